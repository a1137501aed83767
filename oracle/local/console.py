"""What a local run prints."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from oracle.local.verify import EpochResult

_STAGES = ("encode", "decide", "sign", "submit")


class Reporter:
    """Progress lines and tables on standard output."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)

    def line(self, text: str) -> None:
        """One progress line."""
        self._console.print(text, markup=False, soft_wrap=True)

    def epoch(self, result: EpochResult) -> None:
        """The table of one epoch."""
        table = Table(show_header=False, title=f"epoch {result.epoch}", title_justify="left", pad_edge=False)
        for style in ("dim", "", "dim", ""):
            table.add_column(style=style, no_wrap=True)
        cells = _cells(result)
        for left, right in zip(cells[::2], cells[1::2], strict=True):
            table.add_row(*left, *right)
        self._console.print(table)

    def summary(self, results: Sequence[EpochResult], seconds: float) -> None:
        """All epochs in one table."""
        table = Table(title="summary", title_justify="left")
        for name in ("epoch", "txs", "mean φ", "θ", "Σexp(φ)", "p", "gas"):
            table.add_column(name, justify="right", no_wrap=True)
        for result in results:
            table.add_row(
                str(result.epoch),
                str(result.transactions),
                f"{result.mean_phi:+.4f}",
                f"{result.theta_min:.3f}–{result.theta_max:.3f}",
                f"{result.sum_exp_wad / 1e18:.4f}",
                str(result.difficulty),
                str(result.gas_used),
            )
        self._console.print(table)
        worst = max(result.max_relative_error for result in results)
        self.line(
            f"{len(results)} epochs applied in {seconds:.1f} s; θ, Σexp(φ), d and p on chain equal the formulas "
            f"(largest relative error {worst:.1e}, limit 1e-12)"
        )


def _cells(result: EpochResult) -> list[tuple[str, str]]:
    cells = [
        ("window", f"blocks {result.from_block}–{result.to_block}"),
        ("transactions", str(result.transactions)),
        ("signers", ", ".join(map(str, result.signers))),
        ("applied in", f"block {result.applied_in_block}"),
        ("mean φ", f"{result.mean_phi:+.6f}"),
        ("θ", f"{result.theta_min:.6f} – {result.theta_max:.6f}"),
        ("Σexp(φ)", f"{result.sum_exp_wad / 1e18:.9f}"),
        ("d", str(result.base_difficulty)),
        ("p", str(result.difficulty)),
        ("gas", str(result.gas_used)),
    ]
    return cells + [(f"{stage} ms", f"{result.milliseconds[stage]:.1f}") for stage in _STAGES]
