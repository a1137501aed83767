"""Gas of reports that come in pages, for networks whose phi does not fit one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

from deploy.parameters import LIMITS, THETA_MIN_WAD
from oracle.chain.calls import calldata
from oracle.chain.owned import start_chain
from oracle.formulas.lanes import pack
from oracle.lab.bench.gas_stage import UNEQUAL_HIGH_WAD, GasStage, lanes_of, others_theta0
from oracle.report.limits import bounded_lanes
from oracle.report.pages import sign_pages

_SIGNATURES = 3


@dataclass(frozen=True)
class PagedRow:
    """One size of network; its report takes a transaction a page, and one that puts all pages in force."""

    n: int
    k: int
    unequal: int  # nodes whose theta_0 is not that of the others
    pages: int
    cold_gas: int  # of the first two reports, which write either copy of phi for the first time: the dearer
    warm_gas: int  # of one after these
    largest_gas: int  # the dearest transaction of all
    gas_per_node: float  # warm


def measure_paged(say: Callable[[str], None], networks: Sequence[tuple[int, int]]) -> list[PagedRow]:
    """A row for each pair of a number of nodes and of how many have a theta_0 of their own, on Anvil."""
    rows = []
    for n, unequal in networks:
        row = _paged_row(n, unequal)
        say(
            f"by {row.pages} pages  N {row.n:7,}  unequal {row.unequal:6,}  first {row.cold_gas:11,}  "
            f"warm {row.warm_gas:11,}  dearest transaction {row.largest_gas:10,}  {row.gas_per_node:6.1f} gas a node"
        )
        rows.append(row)
    return rows


def _paged_row(n: int, unequal: int) -> PagedRow:
    owned = start_chain("anvil")
    try:
        others = others_theta0(unequal) if unequal else []
        stage = GasStage(owned, n, others[: n - 1], is_paged=True)
        if unequal:
            stage.deployer.call(stage.name, "setThetaBounds", THETA_MIN_WAD, UNEQUAL_HIGH_WAD)
        stage.set_committee(_SIGNATURES)
        reports = [_report(stage, seed) for seed in (1, 2, 3)]
        sums = [sum(gas) for gas in reports]
        return PagedRow(
            n=n,
            k=_SIGNATURES,
            unequal=unequal,
            pages=len(reports[0]) - 1,
            cold_gas=max(sums[:2]),
            warm_gas=sums[2],
            largest_gas=max(max(gas) for gas in reports),
            gas_per_node=round(sums[2] / n, 1),
        )
    finally:
        owned.close()


def _report(stage: GasStage, seed: int) -> list[int]:
    """Gas of each transaction of one report."""
    chain, oracle = stage.owned.chain, stage.contracts.addresses.oracle
    lanes = bounded_lanes(
        lanes_of(stage.n, seed=seed),
        nodes=stage.contracts.nodes(chain.head()),
        limits=LIMITS,
        theta_min_wad=THETA_MIN_WAD,
        theta_max_wad=UNEQUAL_HIGH_WAD,
    )
    signed = stage.signed(lanes)
    pages = sign_pages(
        signed.report.epoch,
        signed.report.deadline,
        pack(lanes),
        signers=list(stage.committee.values()),
        chain_id=chain.chain_id,
        oracle_address=oracle,
    )
    calls = [
        calldata(stage.name, "stagePage", astuple(page.page), [astuple(each) for each in page.signatures], page.words)
        for page in pages
    ]
    signatures = [astuple(each) for each in signed.signatures]
    calls.append(calldata(stage.name, "submitPagedReport", astuple(signed.report), signatures))
    return [stage.send(data) for data in calls]
