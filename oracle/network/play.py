"""One run from its plan: chain started, played, audited, ended."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from oracle.chain.anvil import AnvilChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.errors import CatalystError
from oracle.network.audit import Audit, audit
from oracle.network.block import NetworkBlock
from oracle.network.driven import DrivenNetwork
from oracle.network.live import LiveNetwork
from oracle.network.measure import RoundRow, Summary, TransactionRow, round_rows, summarise, transaction_rows
from oracle.network.plan import NetworkPlan
from oracle.network.site import build_site


@dataclass(frozen=True)
class Played:
    """What came of a run."""

    plan: NetworkPlan
    rounds: list[RoundRow]
    transactions: list[TransactionRow]
    summary: Summary
    audit: Audit


def play(
    plan: NetworkPlan,
    observe: Callable[[NetworkBlock], None],
    *,
    real_time: bool = False,
    bundle: Sequence[str] | None = None,
) -> Played:
    """Play a run to its end, or to Ctrl-C, and check it from the chain alone; `observe` sees every block.

    Args:
        plan: The run.
        observe: Called with each block.
        real_time: Whether miners and oracle are processes of their own, at the pace of the clock.
        bundle: In real time, the options that name the model to the oracle's process; see LiveNetwork.

    Raises:
        FormulaMismatch: the chain and the formulas disagree.
        CatalystError: the run was too short to measure, or something stopped it.
    """
    blocks: list[NetworkBlock] = []
    with ExitStack() as cleanup:
        chain = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, order="fees")
        cleanup.callback(chain.close)
        directory = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="catalyst-network-")))
        site = build_site(plan, chain, directory)
        try:
            if real_time:
                live = LiveNetwork(plan, chain, site, directory, bundle)
                cleanup.callback(live.close)
                _watch(live.play(), blocks, observe)
                live.close()  # ahead of the audit: nothing moves any more
            else:
                driven = DrivenNetwork(plan, chain, site, directory / "oracle.sqlite")
                cleanup.callback(driven.committee.stop)
                _watch(driven.play(), blocks, observe)
        except KeyboardInterrupt:
            if not blocks:
                raise
        checked = audit(site, blocks[-1].followed.block.number if blocks else site.chain.head())
    rounds, transactions = round_rows(blocks), transaction_rows(blocks)
    if not rounds or not transactions:
        raise CatalystError(f"no transaction was sent in {plan.intervals} intervals; let the run be longer")
    return Played(plan, rounds, transactions, summarise(plan, rounds, transactions), checked)


def _watch(played: Iterator[NetworkBlock], blocks: list[NetworkBlock], observe: Callable[[NetworkBlock], None]) -> None:
    for block in played:
        blocks.append(block)
        observe(block)
