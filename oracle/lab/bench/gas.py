"""Gas of reports, on real chains, beside the floor that their own bytes and storage set; and of the ledgers' calls.

    floor = 21 000 + calldata + 5 000 for each phi word written + 5 000 for the one other slot that must change
            + (3 000 + 700) for each signature

Calldata is 16 gas a byte that is not 0 and 4 a byte that is. Gas is deterministic: a row is exact, not a sample.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from deploy.parameters import LIMITS, THETA_MIN_WAD
from oracle.chain.owned import start_chain
from oracle.formulas.lanes import LANES_PER_WORD, pack, word_count
from oracle.lab.bench.gas_engines import measure_engines
from oracle.lab.bench.gas_paged import measure_paged
from oracle.lab.bench.gas_plans import measure_clearing, measure_plans
from oracle.lab.bench.gas_routes import measure_routes
from oracle.lab.bench.gas_stage import TRANSACTION_GAS, UNEQUAL_HIGH_WAD, GasStage, floor_gas, lanes_of, others_theta0
from oracle.lab.bench.gas_storage import measure_storage_gas
from oracle.report.limits import bounded_lanes

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
# Nodes, and how many of them have a theta_0 of their own, for reports in pages.
PAGED = ((30_000, 0), (30_000, 1), (30_000, 30_000), (100_000, 0))

# Nodes for the calls of the consensus ledgers.
ENGINE_NODES = 100


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
    """What is measured, as data: `rows` of GasRow, `sparse` of SparseRow and so on.

    `say` gets a line as each is measured.
    """
    rows = measure_reports(say, chains=CHAINS, nodes=NODES, signatures=SIGNATURES)
    rows += measure_unequal(say, nodes=UNEQUAL_NODES, unequal=UNEQUAL)
    sparse = measure_sparse(say, SPARSE_WORDS)
    paged = measure_paged(say, PAGED)
    engines = measure_engines(say, ENGINE_NODES)
    plans, clearing = measure_plans(say), measure_clearing(say)
    routes = measure_routes(say)
    return {
        "rows": [asdict(row) for row in rows],
        "sparse": [asdict(row) for row in sparse],
        "paged": [asdict(row) for row in paged],
        "engines": [asdict(row) for row in engines],
        "plans": [asdict(row) for row in plans],
        "clearing": asdict(clearing),
        "routes": [asdict(row) for row in routes],
        "storage": [asdict(row) for row in measure_storage_gas(say)],
    }


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


def _gas_rows(chain_name: str, n: int, signatures: Sequence[int]) -> Iterator[GasRow]:
    owned = start_chain(chain_name)
    try:
        stage = GasStage(owned, n)
        for k in signatures:
            registered = owned.chain.request("evm_snapshot", [])
            stage.set_committee(k)
            cold = stage.send(stage.contracts.report_calldata(stage.signed(lanes_of(n, seed=1))))
            data = stage.contracts.report_calldata(stage.signed(lanes_of(n, seed=2)))
            warm = stage.send(data)
            floor = floor_gas(data, words_written=word_count(n), signatures=k)
            owned.chain.request("evm_revert", [registered])
            yield _row(n, k, chain_name, 0, cold, warm, floor)
    finally:
        owned.close()


def _row(n: int, k: int, chain: str, unequal: int, cold: int, warm: int, floor: int) -> GasRow:
    return GasRow(n, k, chain, unequal, cold, warm, floor, round(warm / floor, 4), round(warm / n, 1))


def _unequal_row(n: int, unequal: int) -> GasRow:
    others = others_theta0(unequal)
    owned = start_chain("anvil")
    try:
        # The deployment registers one node at least.
        stage = GasStage(owned, n, others[: n - 1])
        stage.deployer.call("PhiOracle", "setThetaBounds", THETA_MIN_WAD, UNEQUAL_HIGH_WAD)
        if unequal == n:
            stage.deployer.call("PhiOracle", "setTheta0", 0, others[-1])
        stage.set_committee(UNEQUAL_SIGNATURES)
        gas = []
        for seed in (1, 2):
            lanes = bounded_lanes(
                lanes_of(n, seed=seed),
                nodes=stage.contracts.nodes(owned.chain.head()),
                limits=LIMITS,
                theta_min_wad=THETA_MIN_WAD,
                theta_max_wad=UNEQUAL_HIGH_WAD,
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
        stage = GasStage(owned, SPARSE_NODES)
        stage.set_committee(SPARSE_SIGNATURES)
        before = lanes_of(SPARSE_NODES, seed=1)
        stage.send(stage.contracts.report_calldata(stage.signed(before)))
        words = word_count(SPARSE_NODES)
        for changed in changed_words:
            other = lanes_of(SPARSE_NODES, seed=2)
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
