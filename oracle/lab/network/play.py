"""One run from its plan: chain started, played, audited, ended."""

import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from oracle.chain.anvil import AnvilChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.errors import CatalystError
from oracle.lab.network.audit import Audit, Auditor
from oracle.lab.network.block import NetworkBlock
from oracle.lab.network.driven import DrivenNetwork
from oracle.lab.network.live import LiveNetwork
from oracle.lab.network.measure import RoundRow, Summary, TransactionRow, round_rows, summarise, transaction_rows
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.site import build_site
from oracle.window.blocks import Block

# States of the chain that Anvil keeps: it holds each of them whole, and all that take part read at the last blocks.
KEPT_STATES = 32


@dataclass(frozen=True)
class Played:
    """What came of a run."""

    plan: NetworkPlan
    rounds: list[RoundRow]
    transactions: list[TransactionRow]
    blocks: list[Block]  # of the chain
    summary: Summary
    audit: Audit


@dataclass(frozen=True)
class Standing:
    """A chain that stands after its run."""

    url: str
    deployments: Path  # folder of its deployment record


def play(plan: NetworkPlan, observe: Callable[[NetworkBlock], None]) -> Played:
    """As `playing`, and end the chain."""
    with playing(plan, observe) as (played, _):
        return played


@contextmanager
def playing(
    plan: NetworkPlan,
    observe: Callable[[NetworkBlock], None],
    *,
    real_time: bool = False,
    model_options: Sequence[str] = (),
) -> Iterator[tuple[Played, Standing]]:
    """Play a run to its end, or to Ctrl-C, and check every block from the chain alone; `observe` sees each.

    Inside, the run is over and its chain still stands.

    Args:
        plan: The run.
        observe: Called with each block.
        real_time: Whether nodes and oracle are processes of their own, at the pace of the clock.
        model_options: In real time, the options that name the model to the oracle's process.

    Raises:
        FormulaMismatch: the chain and the formulas disagree.
        CatalystError: the run was too short to measure, or something stopped it.
    """
    blocks: list[NetworkBlock] = []
    with ExitStack() as cleanup:
        chain = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, order="fees", kept_states=KEPT_STATES)
        cleanup.callback(chain.close)
        directory = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="catalyst-network-")))
        site = build_site(plan, chain, directory)
        auditor = Auditor(site)

        try:
            with _interrupt_held() as is_interrupted:
                if real_time:
                    live = LiveNetwork(plan, chain, site, directory, model_options)
                    cleanup.callback(live.close)
                    played = live.play(is_interrupted)
                else:
                    driven = DrivenNetwork(plan, chain, site, directory / "oracle.sqlite")
                    cleanup.callback(driven.committee.stop)
                    played = driven.play()
                for block in played:
                    auditor.check(block.followed.block.number)
                    blocks.append(block)
                    observe(block)
                    if is_interrupted():
                        break
        except KeyboardInterrupt:
            if not blocks:
                raise
        yield _played(plan, blocks, auditor.result), Standing(chain.url, directory)


def _played(plan: NetworkPlan, blocks: Sequence[NetworkBlock], audit: Audit) -> Played:
    rounds, transactions = round_rows(blocks), transaction_rows(blocks)
    if not transactions or all(row.round is None for row in rounds):
        lacking = "round was won" if transactions else "transaction was sent"
        raise CatalystError(f"no {lacking} in {plan.intervals} intervals; let the run be longer")
    return Played(
        plan,
        rounds,
        transactions,
        [block.followed.block for block in blocks],
        summarise(plan, rounds, transactions),
        audit,
    )


@contextmanager
def _interrupt_held() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C wait for what must be done whole, and raise it in the end; gives whether it came."""
    came: list[bool] = []
    before = signal.signal(signal.SIGINT, lambda *_: came.append(True))
    try:
        yield lambda: bool(came)
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt
