"""Gas of agreements, on Anvil: sales from proposal to payment, and a round of clearing."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from oracle.agreements.book import PlanBookClient
from oracle.agreements.clearing import ClearingClient, sign_statement
from oracle.agreements.deployment import AgreementContracts, deploy_agreements
from oracle.agreements.erc20 import Erc20
from oracle.agreements.sending import Sender
from oracle.agreements.signatures import sign_permit, sign_plan
from oracle.chain.calls import calldata
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.lab.agreements.faucet import BLOCK_SECONDS, Call, send_all
from oracle.plans.plan import DAY_SECONDS
from oracle.plans.templates.clearing import ClearingTerms, Debt, Round, clearing_round
from oracle.plans.templates.logistics import LatePenalty, LogisticsTerms, logistics_plan
from oracle.plans.terms import Setting, When

PARTIES, OBLIGATIONS = 100, 2_000
CALLS = ("propose and join of all three, with a permit", "receive", "accept", "pay", "withdraw")
SALE_CALLS = CALLS[:-1]  # from the proposal to the payment
SALES = ("first", "later")
_PRICE_MINOR, _FEE_MINOR, _PENALTY_MINOR = 120_000, 8_000, 1_200
_MINTED = 10**12
_ETHER = 10**18
_TEXT = bytes(keccak(b"terms"))
_NOTE = bytes(keccak(b"delivery note"))


@dataclass(frozen=True)
class PlanRow:
    """One call."""

    contract: str
    sale: str  # of SALES
    call: str
    gas: int


@dataclass(frozen=True)
class ClearingRow:
    """One round that settles many obligations."""

    contract: str
    parties: int
    obligations: int
    gas: int  # of the one transaction that settles them
    payments: int  # parties that pay or get what is left, one payment each
    saved: int  # payments that are not made
    gross: int  # all that was owed, in units of the token
    moved: int  # what was paid in its place


def measure_plans(say: Callable[[str], None]) -> list[PlanRow]:
    """A row for each call of two sales of the same parties: the first on a fresh book, and the one after it.

    In the later one, book and buyer have had the token before, and the carrier has credit that it has not withdrawn.
    """
    owned = start_chain("anvil")
    try:
        stage = _Stage(owned)
        rows = [
            PlanRow("PlanBook", sale, call, gas)
            for salt, sale in enumerate(SALES, 1)
            for call, gas in zip(CALLS, _sale(stage, salt), strict=True)
        ]
    finally:
        owned.close()
    for row in rows:
        say(f"{row.contract:14} {row.sale:6} {row.call:40} {row.gas:10,}")
    for sale in SALES:
        say(f"{'PlanBook':14} {sale:6} {'from the proposal to the payment':40} {sale_gas(rows, sale):10,}")
    return rows


def sale_gas(rows: Sequence[PlanRow], sale: str) -> int:
    """Gas of a sale from its proposal to its payment, withdrawals apart."""
    return sum(row.gas for row in rows if row.sale == sale and row.call in SALE_CALLS)


def measure_clearing(
    say: Callable[[str], None], *, parties: int = PARTIES, obligations: int = OBLIGATIONS
) -> ClearingRow:
    """A round in which each of `parties` owes as often as all others, to parties drawn at random."""
    owned = start_chain("anvil")
    try:
        row = _round(_Stage(owned), parties, obligations)
    finally:
        owned.close()
    say(
        f"{row.contract:14}  {row.parties} parties, {row.obligations:,} obligations, {row.payments} payments "
        f"{row.gas:10,}, saved {row.saved:,}"
    )
    return row


class _Stage:
    """The contracts of agreements on a chain whose blocks come when asked."""

    def __init__(self, owned: OwnedBlocks) -> None:
        self.owned, self.chain = owned, owned.chain
        self.faucet: LocalAccount = Account.from_key(owned.faucet_key)
        self.contracts: AgreementContracts = deploy_agreements(self.sender(self.faucet), None, with_money=True)
        self.token = Erc20(self.chain, str(self.contracts.money))

    def sender(self, key: LocalAccount) -> Sender:
        return Sender(self.chain, key, mine=lambda: self.owned.next_block(BLOCK_SECONDS))

    def book(self, key: LocalAccount) -> PlanBookClient:
        return PlanBookClient(self.chain, self.contracts.book, self.sender(key))

    def setting(self, keys: Sequence[tuple[str, LocalAccount]], salt: int = 0) -> Setting:
        accounts = {name: str(key.address) for name, key in keys}
        now_seconds = self.chain.timestamp(self.chain.head())
        return Setting(accounts, self.token.address, now_seconds, _TEXT, salt=salt)

    def prepare(self, calls: Sequence[Call]) -> None:
        """Have the faucet send calls."""
        send_all(self.owned, self.faucet, calls)

    def mint(self, holder: str) -> Call:
        """A call for `prepare`."""
        return self.token.address, calldata("SampleMoney", "mint", holder, _MINTED), 0


def _keys(count: int) -> list[LocalAccount]:
    return [Account.from_key((5_000 + index).to_bytes(32, "big")) for index in range(count)]


def _sale(stage: _Stage, salt: int) -> list[int]:
    """Gas of each of CALLS."""
    buyer, seller, carrier = _keys(3)
    terms = LogisticsTerms(
        buyer="buyer",
        seller="seller",
        carrier="carrier",
        currency="EUR",
        price_minor=_PRICE_MINOR,
        carrier_fee_minor=_FEE_MINOR,
        fee_borne_by="buyer",
        delivery=When(seconds=5 * DAY_SECONDS),
        inspection_seconds=3 * DAY_SECONDS,
        on_silence="accept",
        on_refusal="refund",
        late=LatePenalty(days=10, per_day_minor=_PENALTY_MINOR),
    )
    stage.prepare([stage.mint(buyer.address), *((key.address, b"", _ETHER) for key in (buyer, seller, carrier))])
    plan = logistics_plan(terms, stage.setting([("buyer", buyer), ("seller", seller), ("carrier", carrier)], salt))
    book = stage.book(stage.faucet)
    permit = sign_permit(
        stage.token.permit_terms(buyer.address), buyer, book.place.contract, plan.deposits[0], plan.join_by_seconds
    )
    _, proposed = book.propose(
        plan,
        [
            sign_plan(plan, buyer, book.place, permit),
            sign_plan(plan, seller, book.place),
            sign_plan(plan, carrier, book.place),
        ],
    )
    received = stage.book(carrier).perform(plan, 0, _NOTE)
    accepted = stage.book(buyer).perform(plan, 1)
    paid = stage.book(seller).perform(plan, 2)
    withdrawn = stage.book(seller).withdraw(plan.token, seller.address)
    return [each.gas for each in (proposed, received, accepted, paid, withdrawn)]


def _round(stage: _Stage, parties: int, obligations: int) -> ClearingRow:
    keys = {f"party {index}": key for index, key in enumerate(_keys(parties))}
    chosen = random.Random(9)  # noqa: S311 - who owes whom how much, no secrets
    names = list(keys)
    debts = []
    for index in range(obligations):
        debtor = names[index % parties]
        creditor = chosen.choice([name for name in names if name != debtor])
        debts.append(Debt(debtor, creditor, chosen.randint(1, 10**6)))
    terms = ClearingTerms(tuple(names), "EUR", tuple(debts), When(seconds=DAY_SECONDS))
    round_ = clearing_round(terms, stage.setting(list(keys.items())))
    clearing = ClearingClient(stage.chain, stage.contracts.clearing, stage.sender(stage.faucet))
    stage.prepare([stage.mint(key.address) for key in keys.values()])
    stage.prepare([_allowance(stage, round_, key) for key in keys.values()])
    sent = clearing.settle(round_, [sign_statement(round_, key, clearing.place) for key in keys.values()])
    settled = next(each.values for each in sent.happenings if each.kind == "Settled")
    payments = sum(net != 0 for net in round_.nets)
    return ClearingRow(
        contract="Clearing",
        parties=parties,
        obligations=settled["obligations"],
        gas=sent.gas,
        payments=payments,
        saved=settled["obligations"] - payments,
        gross=settled["gross"],
        moved=settled["moved"],
    )


def _allowance(stage: _Stage, round_: Round, key: LocalAccount) -> Call:
    """The call by which anyone brings a party's permit for the clearing."""
    spender, until = stage.contracts.clearing, round_.settle_by_seconds
    permit = sign_permit(stage.token.permit_terms(key.address), key, spender, _MINTED, until)
    arguments = (key.address, spender, _MINTED, *permit.arguments())
    return stage.token.address, calldata("SampleMoney", "permit", *arguments), 0
