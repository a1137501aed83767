"""Gas of routes on Anvil: both kinds of bridges, what a committee publishes, and deployments."""

from collections.abc import Callable
from dataclasses import astuple, replace

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak
from web3.types import TxReceipt

from oracle.bridges.conditions import RouteReport, report_arguments, report_document
from oracle.bridges.locks import NO_ACCOUNT, Counterpart, Lock, hash_of, lock_arguments
from oracle.bridges.orders import (
    CrossOrder,
    filler_data,
    onchain_arguments,
    order_arguments,
    order_id,
    origin_data,
    verdict_document,
)
from oracle.bridges.pool_terms import PoolTerms
from oracle.chain.calls import calldata, creation_code
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.chain.transactions import Fees, sign_transaction
from oracle.errors import TransactionFailed
from oracle.lab.bench.gas_calls import CallRow, say_calls
from oracle.report.signing import sign_document

_GWEI = 10**9
_GAS = 1 << 23
_ETHER = 10**18
_MINTED = 10**12
_AMOUNT, _PAID, _BOND = 1_200_000, 1_199_000, 10**9
_OTHER_CHAIN_ID = 31_999
_OPERATORS, _THRESHOLD = 3, 2
_DAY_SECONDS = 86_400
_PREIMAGES = [bytes(keccak(b"preimage %d" % index)) for index in range(3)]
_TERMS = PoolTerms(NO_ACCOUNT, NO_ACCOUNT, 1_000, 500, 500, 2, 7_200, 1_800, 900, 1_200, _DAY_SECONDS)


def measure_routes(say: Callable[[str], None]) -> list[CallRow]:
    """A row for each call, in the order in which a transfer makes them; calls after the first of an account."""
    owned = start_chain("anvil")
    try:
        stage = _Stage(owned)
        _locks(stage)
        _orders(stage)
        _liquidity(stage)
        _words(stage)
        rows = stage.rows
    finally:
        owned.close()
    say_calls(rows, say)
    return rows


class _Stage:
    """Contracts, and people who have dealt with token and contracts before."""

    def __init__(self, owned: OwnedBlocks) -> None:
        self.owned, self.chain, self.rows = owned, owned.chain, list[CallRow]()
        self.faucet: LocalAccount = Account.from_key(owned.faucet_key)
        self.sender, self.provider, self.rival, self.recipient = _keys(4)
        self.operators = sorted(_keys(4 + _OPERATORS)[4:], key=lambda key: str(key.address).lower())
        self.money = self.deploy("SampleMoney")
        self.locks = self.deploy("HashLock", row="deploy")
        self.offers = self.deploy("RouteOffers", row="deploy")
        operators = [key.address for key in self.operators]
        self.conditions = self.deploy("RouteConditions", NO_ACCOUNT, operators, _THRESHOLD, row="deploy")
        terms = replace(_TERMS, token=self.money, committee=self.conditions)
        self.pool = self.deploy("RelayPool", astuple(terms), row="deploy")
        for key in (self.sender, self.provider, self.rival, self.recipient):
            self.chain.request("anvil_setBalance", [key.address, hex(_ETHER)])
            self.send(self.faucet, "SampleMoney", self.money, "mint", key.address, _MINTED)
            for spender in (self.locks, self.pool):
                self.send(key, "SampleMoney", self.money, "approve", spender, (1 << 256) - 1)
        for key in (self.provider, self.rival):
            self.send(key, "RelayPool", self.pool, "bond", _BOND)
        for contract in (self.locks, self.pool):  # that have had the token before
            self.send(self.faucet, "SampleMoney", self.money, "mint", contract, 1)

    @property
    def now(self) -> int:
        return self.chain.timestamp(self.chain.head())

    def deploy(self, name: str, *arguments: object, row: str | None = None) -> str:
        receipt = self._sent(self.faucet, None, creation_code(name, *arguments))
        if row is not None:
            self.rows.append(CallRow(name, row, receipt["gasUsed"]))
        return str(receipt["contractAddress"])

    def send(self, key: LocalAccount, name: str, to: str, function: str, *arguments: object) -> int:
        return int(self._sent(key, to, calldata(name, function, *arguments))["gasUsed"])

    def row(self, call: str, key: LocalAccount, name: str, function: str, *arguments: object) -> None:
        """A call that gets a row."""
        to = {"HashLock": self.locks, "RelayPool": self.pool, "RouteConditions": self.conditions}.get(name, self.offers)
        self.rows.append(CallRow(name, call, self.send(key, name, to, function, *arguments)))

    def pass_time(self, seconds: int) -> None:
        self.owned.next_block(seconds)

    def _sent(self, key: LocalAccount, to: str | None, data: bytes) -> TxReceipt:
        transaction = sign_transaction(
            chain=self.chain,
            account=key,
            nonce=self.chain.nonce(key.address),
            to=to,
            data=data,
            gas_limit=_GAS,
            fees=Fees(100 * _GWEI, _GWEI),
        )
        self.chain.send_raw(transaction.raw, transaction.hash)
        self.owned.next_block(1)
        receipt = self.chain.receipt(transaction.hash)
        if receipt is None or receipt["status"] != 1:
            raise TransactionFailed("a call whose gas is measured was not carried out; measure on a fresh chain")
        return receipt


def _keys(count: int) -> list[LocalAccount]:
    return [Account.from_key((6_000 + index).to_bytes(32, "big")) for index in range(count)]


def _lock(stage: _Stage, index: int) -> Lock:
    return Lock(
        token=stage.money,
        sender=stage.sender.address,
        recipient=stage.recipient.address,
        amount=_AMOUNT,
        hash=hash_of(_PREIMAGES[index]),
        expiry_seconds=stage.now + 3_600,
        counterpart=Counterpart(_OTHER_CHAIN_ID, stage.locks, stage.money, stage.sender.address, _PAID),
    )


def _locks(stage: _Stage) -> None:
    first, second = _lock(stage, 0), _lock(stage, 1)
    stage.row("lock", stage.sender, "HashLock", "lock", lock_arguments(first))
    stage.row("claim", stage.recipient, "HashLock", "claim", lock_arguments(first), _PREIMAGES[0])
    stage.send(stage.sender, "HashLock", stage.locks, "lock", lock_arguments(second))
    stage.pass_time(3_600)
    stage.row("refund", stage.sender, "HashLock", "refund", lock_arguments(second))


def _order(stage: _Stage, nonce: int, *, is_ours: bool = True) -> CrossOrder:
    """An order that leaves this chain, or one that comes to it."""
    here, there = stage.chain.chain_id, _OTHER_CHAIN_ID
    return CrossOrder(
        origin_chain_id=here if is_ours else there,
        origin_settler=stage.pool,
        user=stage.sender.address,
        nonce=nonce,
        fill_deadline=stage.now + 600,
        input_amount=_AMOUNT,
        destination_chain_id=there if is_ours else here,
        destination_settler=stage.pool,
        output_token=stage.money,
        output_amount=_PAID,
        recipient=stage.recipient.address,
    )


def _verdict(stage: _Stage, order: CrossOrder, filler: str) -> tuple[object, ...]:
    signatures = sign_document(verdict_document(order, filler), stage.operators[:_THRESHOLD])
    return order_arguments(order), filler, [(each.r, each.vs) for each in signatures]


def _orders(stage: _Stage) -> None:
    made = [_order(stage, nonce) for nonce in range(5)]
    stage.row("open", stage.sender, "RelayPool", "open", onchain_arguments(made[0]))
    for order in made[1:]:
        stage.send(stage.sender, "RelayPool", stage.pool, "open", onchain_arguments(order))
    stage.row("claim", stage.provider, "RelayPool", "claim", order_arguments(made[0]))
    stage.send(stage.provider, "RelayPool", stage.pool, "claim", order_arguments(made[1]))
    stage.row("challenge", stage.rival, "RelayPool", "challenge", order_arguments(made[1]))
    filler = stage.provider.address
    stage.row("decide a dispute, 2 signatures", stage.rival, "RelayPool", "decide", *_verdict(stage, made[1], filler))
    stage.row(
        "decide an open order, 2 signatures", stage.rival, "RelayPool", "decide", *_verdict(stage, made[2], filler)
    )
    stage.pass_time(10_000)
    stage.row("finalize", stage.provider, "RelayPool", "finalize", order_arguments(made[0]))
    stage.row("withdraw", stage.provider, "RelayPool", "withdraw", stage.provider.address)
    stage.row("refund", stage.sender, "RelayPool", "refund", order_arguments(made[3]))


def _liquidity(stage: _Stage) -> None:
    stage.send(stage.rival, "RelayPool", stage.pool, "deposit", 10**9, 0)
    stage.row("deposit, a later one", stage.rival, "RelayPool", "deposit", 10**9, 0)
    own, lent = _order(stage, 10, is_ours=False), _order(stage, 11, is_ours=False)
    for call, order, from_pool in (("fill", own, False), ("fill from the pool", lent, True)):
        data = filler_data(stage.provider.address, from_pool=from_pool)
        stage.row(call, stage.provider, "RelayPool", "fill", order_id(order), origin_data(order), data)
    stage.row("repay", stage.provider, "RelayPool", "repay", order_id(lent))
    stage.pass_time(_TERMS.loan_seconds)
    stage.row("redeem", stage.rival, "RelayPool", "redeem", 10**9, 0)


def _words(stage: _Stage) -> None:
    for sequence in (1, 2):
        report = RouteReport(
            bytes(keccak(b"route")), sequence, stage.now, stage.now + 3_600, 90, 9_900, 12, 100, 10**9, bytes(32)
        )
        document = report_document(report, chain_id=stage.chain.chain_id, contract=stage.conditions)
        signatures = [(each.r, each.vs) for each in sign_document(document, stage.operators[:_THRESHOLD])]
        call = f"publish, the {'first' if sequence == 1 else 'later'} of a route, 2 of 3"
        stage.row(call, stage.rival, "RouteConditions", "publish", report_arguments(report), signatures)
    offer = (stage.locks, stage.money, _OTHER_CHAIN_ID, stage.locks, stage.money, 50, 4, 1_000, 10**9, 600)
    stage.row("post, the first", stage.provider, "RouteOffers", "post", offer)
    stage.row("post, a later one", stage.provider, "RouteOffers", "post", (*offer[:6], 5, *offer[7:]))
