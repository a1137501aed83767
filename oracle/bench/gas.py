"""Gas of reports, on real chains, beside the floor that their own bytes and storage set.

    floor = 21 000 + calldata + 5 000 for each phi word written + 5 000 for the one other slot that must change
            + (3 000 + 700) for each signature

Calldata is 16 gas a byte that is not 0 and 4 a byte that is. Gas is deterministic: a row is exact, not a sample.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from deploy.consensus import REGISTER_BATCH, deploy_consensus
from deploy.deployer import Deployer
from deploy.parameters import LIMITS, THETA_MIN_WAD
from deploy.plan import ConsensusPlan
from deploy.record import new_record
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.chain.transactions import sign_transaction
from oracle.errors import TransactionFailed
from oracle.formulas.lanes import LANES_PER_WORD, WAD, pack, phi_hash, word_count
from oracle.report.limits import bounded_lanes
from oracle.report.signing import Report, SignedReport, sign_report

NODES = (100, 1_000, 10_000)
SIGNATURES = (1, 3, 7, 13, 31)
CHAINS = ("anvil", "eth-tester")
# Nodes, and how many of them have a theta_0 of their own (all where that is more), for reports of unequal networks.
UNEQUAL_NODES = (100, 1_000, 10_000, 20_000)
UNEQUAL = (1, 10, 100, 20_000)
UNEQUAL_SIGNATURES = 3
# Nodes and numbers of changed words for which full and sparse reports are compared.
SPARSE_NODES = 1_000
SPARSE_WORDS = (1, 4, 8, 16, 24, 32, 40, 48, 56, 63)
SPARSE_SIGNATURES = 3
# EIP-7825: what one transaction may use.
TRANSACTION_GAS = 1 << 24
_INTERVAL_SECONDS = 10
_MODEL_HASH = b"\x01" * 32
# Where nodes of unequal networks start; the upper end is the upper bound on theta there.
_UNEQUAL_LOW_WAD, _UNEQUAL_HIGH_WAD = 3 * WAD // 10, 7 * WAD // 10


@dataclass(frozen=True)
class GasRow:
    """One size of network and committee on one chain."""

    n: int
    k: int
    chain: str
    unequal: int  # nodes whose theta_0 is not that of the others
    cold_gas: int  # the first report, which finds every phi at 0
    warm_gas: int
    floor_gas: int  # of the warm report
    ratio: float  # warm over floor
    gas_per_node: float  # warm


@dataclass(frozen=True)
class SparseRow:
    """The same report, whole and with only the words that change."""

    n: int
    k: int
    words: int
    changed_words: int
    full_gas: int
    sparse_gas: int


def measure_all(say: Callable[[str], None]) -> dict[str, Any]:
    """`rows` of GasRow and `sparse` of SparseRow, for every size above; `say` gets a line as each is measured."""
    rows = measure_reports(say, chains=CHAINS, nodes=NODES, signatures=SIGNATURES)
    rows += measure_unequal(say, nodes=UNEQUAL_NODES, unequal=UNEQUAL)
    sparse = measure_sparse(say, SPARSE_WORDS)
    return {"rows": [asdict(row) for row in rows], "sparse": [asdict(row) for row in sparse]}


def measure_reports(
    say: Callable[[str], None], *, chains: Sequence[str], nodes: Sequence[int], signatures: Sequence[int]
) -> list[GasRow]:
    """A row for each combination, in this order."""
    rows = []
    for chain in chains:
        for n in nodes:
            for row in _gas_rows(chain, n, signatures):
                say(_line(row))
                rows.append(row)
    return rows


def measure_unequal(say: Callable[[str], None], *, nodes: Sequence[int], unequal: Sequence[int]) -> list[GasRow]:
    """Reports of networks of which some nodes have another theta_0, on Anvil: a row for each size and number.

    The first of these nodes starts at the upper bound on theta, so no lane above 0 suits every node: the contract
    cannot check all of them by one bound, whatever the lanes.
    """
    rows = []
    for n in nodes:
        for count in sorted({min(number, n) for number in unequal}):
            row = _unequal_row(n, count)
            say(_line(row) + ("" if row.warm_gas <= TRANSACTION_GAS else "  (more than a transaction may use)"))
            rows.append(row)
    return rows


def _line(row: GasRow) -> str:
    return (
        f"{row.chain:10} N {row.n:6,}  k {row.k:2}  unequal {row.unequal:6,}  first {row.cold_gas:10,}  "
        f"warm {row.warm_gas:10,}  floor {row.floor_gas:10,}  ratio {row.ratio:.4f}  {row.gas_per_node:7.1f} gas a node"
    )


def measure_sparse(say: Callable[[str], None], changed_words: Sequence[int]) -> list[SparseRow]:
    """A row for each number of words that change, on Anvil."""
    rows = []
    for row in _sparse_rows(changed_words):
        say(f"{row.changed_words:2} of {row.words} words change: full {row.full_gas:8,}  sparse {row.sparse_gas:8,}")
        rows.append(row)
    return rows


def floor_gas(calldata: bytes, *, words_written: int, signatures: int) -> int:
    """The least that a transaction with this calldata, these writes and these signatures can cost."""
    set_bytes = sum(byte != 0 for byte in calldata)
    calldata_gas = 16 * set_bytes + 4 * (len(calldata) - set_bytes)
    return 21_000 + calldata_gas + 5_000 * (words_written + 1) + 3_700 * signatures


class _Stage:
    """One deployment with `n` nodes, on a chain whose blocks come when asked."""

    def __init__(self, owned: OwnedBlocks, n: int, theta0_wad: Sequence[int] = ()) -> None:
        """Of `n` nodes, `theta0_wad` are those of the last; the others' is 0.5."""
        self.owned = owned
        self.n = n
        self.account: LocalAccount = Account.from_key(owned.faucet_key)
        self.deployer = Deployer(
            owned.chain, self.account, new_record(owned.chain, None), mine=lambda: owned.next_block(_INTERVAL_SECONDS)
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
            ),
        )
        for first in range(0, len(theta0_wad), REGISTER_BATCH):
            part = list(theta0_wad[first : first + REGISTER_BATCH])
            self.deployer.call("PhiOracle", "register", [self.account.address] * len(part), part)
        for _ in range(4):  # a window to report on, past the spacing
            owned.next_block(_INTERVAL_SECONDS)

    def set_committee(self, size: int) -> None:
        """A committee of `size`, all of whom must sign."""
        accounts = [Account.from_key((1000 + index).to_bytes(32, "big")) for index in range(size)]
        self.committee = dict(enumerate(accounts))
        self.deployer.call("PhiOracle", "setOperators", [account.address for account in accounts], size)

    def signed(self, lanes: Sequence[int]) -> SignedReport:
        """The next report, of `lanes`; its window ends at the head."""
        chain, state = self.owned.chain, self.contracts.oracle_state()
        head = chain.head()
        while head + 1 < state.report_block + state.limits.min_spacing_blocks:
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

    def send(self, calldata: bytes, *, gas_limit: int = TRANSACTION_GAS) -> int:
        """Gas that a call of the oracle uses, mined.

        Raises:
            TransactionFailed: it reverted.
        """
        chain = self.owned.chain
        transaction = sign_transaction(
            chain=chain,
            account=self.account,
            nonce=chain.nonce(self.account.address),
            to=self.contracts.addresses.oracle,
            data=calldata,
            gas_limit=gas_limit,
        )
        chain.send_raw(transaction.raw, transaction.hash)
        self.owned.next_block(_INTERVAL_SECONDS)
        receipt = chain.receipt(transaction.hash)
        if receipt is None or receipt["status"] != 1:
            raise TransactionFailed(f"a report of {self.n} nodes was not applied; the benchmark cannot go on")
        return int(receipt["gasUsed"])


def _gas_rows(chain_name: str, n: int, signatures: Sequence[int]) -> Iterator[GasRow]:
    owned = start_chain(chain_name)
    try:
        stage = _Stage(owned, n)
        for k in signatures:
            registered = owned.chain.request("evm_snapshot", [])
            stage.set_committee(k)
            cold = stage.send(stage.contracts.report_calldata(stage.signed(_lanes(n, seed=1))))
            data = stage.contracts.report_calldata(stage.signed(_lanes(n, seed=2)))
            warm = stage.send(data)
            floor = floor_gas(data, words_written=word_count(n), signatures=k)
            owned.chain.request("evm_revert", [registered])
            yield _row(n, k, chain_name, 0, cold, warm, floor)
    finally:
        owned.close()


def _row(n: int, k: int, chain: str, unequal: int, cold: int, warm: int, floor: int) -> GasRow:
    return GasRow(n, k, chain, unequal, cold, warm, floor, round(warm / floor, 4), round(warm / n, 1))


def _unequal_row(n: int, unequal: int) -> GasRow:
    chosen = random.Random(unequal)  # noqa: S311 - where nodes start, no secrets
    others = [_UNEQUAL_HIGH_WAD, *(chosen.randint(_UNEQUAL_LOW_WAD, _UNEQUAL_HIGH_WAD) for _ in range(unequal - 1))]
    owned = start_chain("anvil")
    try:
        # The deployment registers one node at least.
        stage = _Stage(owned, n, others[: n - 1])
        stage.deployer.call("PhiOracle", "setThetaBounds", THETA_MIN_WAD, _UNEQUAL_HIGH_WAD)
        if unequal == n:
            stage.deployer.call("PhiOracle", "setTheta0", 0, others[-1])
        stage.set_committee(UNEQUAL_SIGNATURES)
        gas = []
        for seed in (1, 2):
            lanes = bounded_lanes(
                _lanes(n, seed=seed),
                nodes=stage.contracts.nodes(owned.chain.head()),
                limits=LIMITS,
                theta_min_wad=THETA_MIN_WAD,
                theta_max_wad=_UNEQUAL_HIGH_WAD,
            )
            data = stage.contracts.report_calldata(stage.signed(lanes))
            gas.append(stage.send(data, gas_limit=4 * TRANSACTION_GAS))
        floor = floor_gas(data, words_written=word_count(n), signatures=UNEQUAL_SIGNATURES)
        return _row(n, UNEQUAL_SIGNATURES, "anvil", unequal, gas[0], gas[1], floor)
    finally:
        owned.close()


def _sparse_rows(changed_words: Sequence[int]) -> Iterator[SparseRow]:
    owned = start_chain("anvil")
    try:
        stage = _Stage(owned, SPARSE_NODES)
        stage.set_committee(SPARSE_SIGNATURES)
        before = _lanes(SPARSE_NODES, seed=1)
        stage.send(stage.contracts.report_calldata(stage.signed(before)))
        words = word_count(SPARSE_NODES)
        for changed in changed_words:
            other = _lanes(SPARSE_NODES, seed=2)
            lanes = other[: changed * LANES_PER_WORD] + before[changed * LANES_PER_WORD :]
            signed = stage.signed(lanes)
            gas = []
            for data in (
                stage.contracts.report_calldata(signed),
                stage.contracts.sparse_report_calldata(signed, pack(before)),
            ):
                applied = owned.chain.request("evm_snapshot", [])
                gas.append(stage.send(data))
                owned.chain.request("evm_revert", [applied])
            yield SparseRow(SPARSE_NODES, SPARSE_SIGNATURES, words, changed, gas[0], gas[1])
    finally:
        owned.close()


def _lanes(n: int, *, seed: int) -> list[int]:
    """Lanes of all sizes within one step of 0, no two words alike."""
    chosen = random.Random(seed)  # noqa: S311 - sizes of phi, no secrets
    reach = LIMITS.max_step_lane // 2
    return [chosen.randint(-reach, reach) for _ in range(n)]
