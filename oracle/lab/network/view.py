"""What a terminal shows of a run as it goes."""

import time

from rich.console import Console
from rich.live import Live
from rich.table import Table

from oracle.control.choice import decider
from oracle.formulas.lanes import UNITS_PER_ONE, WAD
from oracle.lab.network.block import NetworkBlock
from oracle.lab.network.plan import NetworkPlan

_RECENT = 50  # confirmed transactions of so many last blocks count for the latency shown


class RunView:
    """A table that follows the blocks of a run; plain lines now and then where the output is no terminal."""

    def __init__(self, name: str, plan: NetworkPlan, console: Console) -> None:
        self._name, self._plan, self._console = name, plan, console
        self._live = Live(console=console, refresh_per_second=4, transient=True)
        self._competing = self._won = 0
        self._latencies: list[list[float]] = []
        self._sent: dict[bytes, float] = {}
        self._said = 0.0

    def __enter__(self) -> "RunView":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def take(self, block: NetworkBlock) -> None:
        """Show a block."""
        won = sum(mined.won for mined in block.followed.mined)
        self._won += won
        self._competing += len(block.followed.mined) - won
        self._sent.update(block.sent)
        waited = [
            block.time_seconds - self._sent.pop(confirmation.offer.hash)
            for confirmation in block.followed.confirmations
        ]
        self._latencies = [*self._latencies[-_RECENT:], waited]
        if self._console.is_terminal:
            self._live.update(self._table(block))
        elif time.monotonic() - self._said > 5:
            self._said = time.monotonic()
            self._console.print("  ".join(f"{name} {value}" for name, value in self._cells(block)))

    def _cells(self, block: NetworkBlock) -> list[tuple[str, str]]:
        interval = self._plan.interval_seconds
        recent = sorted(latency for waited in self._latencies for latency in waited)
        p95 = f"{recent[int(0.95 * (len(recent) - 1))] / interval:.1f} T" if recent else "none confirmed yet"
        thetas = [theta / WAD for theta in block.theta_wad]
        return [
            ("φ", decider(self._name)),
            ("time", f"{block.time_seconds / interval:.0f} of {self._plan.intervals} T"),
            ("height", str(self._won)),
            ("interval", f"{block.time_seconds / interval / max(1, self._won):.2f} T"),
            ("backlog", str(block.pending)),
            ("p95 latency", p95),
            ("θ", f"{min(thetas):.3f}–{max(thetas):.3f}"),
            ("mean φ", f"{sum(block.lanes) / len(block.lanes) / UNITS_PER_ONE:+.3f}"),
            ("p", str(block.difficulty)),
            ("epoch", str(block.epoch)),
            ("stale", f"{self._competing / max(1, self._competing + self._won):.1%}"),
        ]

    def _table(self, block: NetworkBlock) -> Table:
        table = Table(show_header=False, box=None)
        for name, value in self._cells(block):
            table.add_row(name, value)
        return table
