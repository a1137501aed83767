"""A network on a chain of its own, whose every transaction tells its gas."""

import random
from collections.abc import Sequence

from eth_account import Account
from eth_account.signers.local import LocalAccount

from deploy.consensus import REGISTER_BATCH, deploy_consensus
from deploy.deployer import Deployer
from deploy.parameters import LIMITS
from deploy.plan import ConsensusPlan
from oracle.chain.deployment import new_deployment
from oracle.chain.owned import OwnedBlocks
from oracle.chain.transactions import sign_transaction
from oracle.errors import TransactionFailed
from oracle.formulas.lanes import WAD, pack, phi_hash
from oracle.report.limits import Moment, is_spaced
from oracle.report.signing import Report, SignedReport, sign_report

# EIP-7825: what one transaction may use.
TRANSACTION_GAS = 1 << 24
# Where nodes of unequal networks start; the upper end is the upper bound on theta there.
UNEQUAL_LOW_WAD, UNEQUAL_HIGH_WAD = 3 * WAD // 10, 7 * WAD // 10
_INTERVAL_SECONDS = 10
_MODEL_HASH = b"\x01" * 32


def floor_gas(calldata: bytes, *, words_written: int, signatures: int) -> int:
    """The least that a transaction with this calldata, these writes and these signatures can cost."""
    set_bytes = sum(byte != 0 for byte in calldata)
    calldata_gas = 16 * set_bytes + 4 * (len(calldata) - set_bytes)
    return 21_000 + calldata_gas + 5_000 * (words_written + 1) + 3_700 * signatures


class GasStage:
    """One deployment with `n` nodes, on a chain whose blocks come when asked."""

    def __init__(self, owned: OwnedBlocks, n: int, theta0_wad: Sequence[int] = (), *, is_paged: bool = False) -> None:
        """Of `n` nodes, `theta0_wad` are those of the last; the others' is 0.5."""
        self.owned = owned
        self.n = n
        self.account: LocalAccount = Account.from_key(owned.faucet_key)
        self.deployer = Deployer(
            owned.chain,
            self.account,
            new_deployment(owned.chain, None),
            mine=lambda: owned.next_block(_INTERVAL_SECONDS),
        )
        self.committee: dict[int, LocalAccount] = {}
        self.contracts = deploy_consensus(
            self.deployer,
            ConsensusPlan(
                miners=[self.account.address] * (n - len(theta0_wad)),
                theta0_wad=WAD // 2,
                theta_min_wad=WAD // 10,
                theta_max_wad=WAD,
                operators=[self.account.address],
                threshold=1,
                guardian=self.account.address,
                model_hash=_MODEL_HASH,
                limits=LIMITS,
                hashes_per_block=1 << 16,
                interval_seconds=_INTERVAL_SECONDS,
                half_life_seconds=288 * _INTERVAL_SECONDS,
                is_paged=is_paged,
            ),
        )
        self.name = "PagedPhiOracle" if is_paged else "PhiOracle"
        for first in range(0, len(theta0_wad), REGISTER_BATCH):
            part = list(theta0_wad[first : first + REGISTER_BATCH])
            self.deployer.call(self.name, "register", [self.account.address] * len(part), part)
        for _ in range(4):  # a window to report on, past the spacing
            owned.next_block(_INTERVAL_SECONDS)

    def set_committee(self, size: int) -> None:
        """A committee of `size`, all of whom must sign."""
        accounts = [Account.from_key((1000 + index).to_bytes(32, "big")) for index in range(size)]
        self.committee = dict(enumerate(accounts))
        self.deployer.call(self.name, "setOperators", [account.address for account in accounts], size)

    def _next_block(self) -> Moment:
        head = self.owned.chain.head()
        return Moment(head + 1, self.owned.chain.timestamp(head) + _INTERVAL_SECONDS)

    def signed(self, lanes: Sequence[int]) -> SignedReport:
        """The next report, of `lanes`; its window ends at the head."""
        chain, state = self.owned.chain, self.contracts.oracle_state()
        while not is_spaced(state.limits, last=state.reported, block=self._next_block()):
            self.owned.next_block(_INTERVAL_SECONDS)
        head = chain.head()
        report = Report(
            epoch=state.epoch + 1,
            from_block=state.to_block + 1,
            to_block=head,
            deadline=chain.timestamp(head) + 600,
            window_hash=b"\x02" * 32,
            model_hash=_MODEL_HASH,
            phi_hash=phi_hash(pack(lanes)),
        )
        return sign_report(
            report,
            lanes,
            committee=self.committee,
            threshold=len(self.committee),
            chain_id=chain.chain_id,
            oracle_address=self.contracts.addresses.oracle,
        )

    def send(
        self,
        calldata: bytes,
        *,
        gas_limit: int = TRANSACTION_GAS,
        to: str | None = None,
        value_wei: int = 0,
        after_seconds: int = _INTERVAL_SECONDS,
    ) -> int:
        """Gas that a call of the oracle, or of `to`, uses, mined in a block so long after the last.

        Raises:
            TransactionFailed: it reverted.
        """
        chain = self.owned.chain
        transaction = sign_transaction(
            chain=chain,
            account=self.account,
            nonce=chain.nonce(self.account.address),
            to=to or self.contracts.addresses.oracle,
            data=calldata,
            gas_limit=gas_limit,
            value_wei=value_wei,
        )
        chain.send_raw(transaction.raw, transaction.hash)
        self.owned.next_block(after_seconds)
        receipt = chain.receipt(transaction.hash)
        if receipt is None or receipt["status"] != 1:
            raise TransactionFailed(f"a call with {self.n} nodes was not applied; the benchmark cannot go on")
        return int(receipt["gasUsed"])


def lanes_of(n: int, *, seed: int) -> list[int]:
    """Lanes of all sizes within one step of 0, no two words alike."""
    chosen = random.Random(seed)  # noqa: S311 - sizes of phi, no secrets
    reach = LIMITS.max_step_lane // 2
    return [chosen.randint(-reach, reach) for _ in range(n)]


def others_theta0(unequal: int) -> list[int]:
    """Theta_0 of so many nodes that have one of their own, the first at the upper bound: no lane above 0 suits all."""
    chosen = random.Random(unequal)  # noqa: S311 - where nodes start, no secrets
    return [UNEQUAL_HIGH_WAD, *(chosen.randint(UNEQUAL_LOW_WAD, UNEQUAL_HIGH_WAD) for _ in range(unequal - 1))]
