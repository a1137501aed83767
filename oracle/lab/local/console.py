"""What a local run prints."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from oracle.lab.local.by_node import NodeFacts
from oracle.lab.local.explain import Explanation
from oracle.lab.local.verify import EpochResult
from oracle.service.store import ReportRow

_TEXT_COLUMNS = 70
_MOST_BLOCKS = 6  # whose transactions are listed one by one
_STAGES = ("encode", "decide", "sign", "submit")


class Reporter:
    """Progress lines and tables on standard output."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)

    def line(self, text: str) -> None:
        """One progress line."""
        self._console.print(text, markup=False, soft_wrap=True)

    def ended(self, outcome: str, row: ReportRow) -> None:
        """One line of a report that ended otherwise than applied."""
        where = "" if row.block_number is None else f" in block {row.block_number}"
        reason = "" if not row.reason else f": {row.reason}"
        self.line(f"report   epoch {row.epoch} {outcome}{where}{reason}")

    def epoch(self, result: EpochResult, explanation: Explanation | None) -> None:
        """The table of one epoch, and under it why φ is what it is."""
        table = Table(show_header=False, title=f"epoch {result.epoch}", title_justify="left", pad_edge=False)
        for style in ("dim", "", "dim", ""):
            table.add_column(style=style, no_wrap=True)
        cells = _cells(result)
        for left, right in zip(cells[::2], cells[1::2], strict=True):
            table.add_row(*left, *right)
        self._console.print(table)
        for line in [] if explanation is None else _why(explanation):
            self.line(line)

    def summary(self, results: Sequence[EpochResult], explanations: Mapping[int, Explanation], seconds: float) -> None:
        """All epochs in one table: what came, what was read, what φ was made of, and what it did."""
        table = Table(title="summary", title_justify="left", box=box.SIMPLE_HEAD, padding=0, show_edge=False)
        for name in ("epoch", "blocks", "their txs", "queue", "at φ=0", "words", "wanted", "φ", "θ", "p"):
            table.add_column(name, justify="right", no_wrap=True)
        for result in results:
            why = explanations.get(result.epoch)
            told = (
                [""] * 6
                if why is None
                else [
                    f"{why.from_block}–{why.to_block}",
                    _arrivals(why),
                    str(why.queue),
                    str(why.queue_without_phi),
                    f"{why.text_phi:+.3f}",
                    f"{why.wanted_phi:+.3f}",
                ]
            )
            theta = f"{result.theta_min:.3f}"
            if f"{result.theta_max:.3f}" != theta:
                theta += f"–{result.theta_max:.3f}"
            table.add_row(str(result.epoch), *told, f"{result.mean_phi:+.3f}", theta, str(result.difficulty))
        self._console.print(table)
        self.line(
            "queue: transactions that the last block could have confirmed and did not; at φ=0: the same rounds, had φ "
            "stayed 0"
        )
        last = explanations.get(results[-1].epoch)
        if last is not None:
            self._console.print(_by_node(results[-1].epoch, last.nodes))
        worst = max(result.max_relative_error for result in results)
        self.line(
            f"{len(results)} epochs applied in {seconds:.1f} s; θ, Σexp(φ), d and p equal the formulas "
            f"(largest relative error {worst:.1e}, limit 1e-12)"
        )


def _by_node(epoch: int, nodes: Sequence[NodeFacts]) -> Table:
    """Who confirmed what, and what each was given for it."""
    table = Table(
        title=f"by node, epoch {epoch}", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False
    )
    for name in ("node", "rounds", "txs", "gwei each", "value", "wanted", "φ", "θ"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in nodes:
        table.add_row(
            str(each.node) if each.rounds else f"{each.node} …",
            str(each.rounds),
            str(each.confirmed),
            f"{each.gas_price_gwei:.2f}" if each.confirmed else "",
            f"{each.value:.3f}",
            f"{each.wanted_phi:+.4f}",
            f"{each.given_phi:+.4f}",
            f"{each.theta:.4f}",
        )
    return table


def _why(why: Explanation) -> list[str]:
    """Lines of at most 100 columns."""
    held = ", ".join(f"{bound} ({count} nodes)" for bound, count in why.held_nodes.items())
    lines = [
        f"  came    {_arrivals(why)} transactions in blocks {why.from_block}–{why.to_block}; queue {why.queue}, "
        f"at φ = 0 {why.queue_without_phi}",
        f"  φ       wanted {why.wanted_phi:+.4f} = numbers {why.numbers_phi:+.4f} and words {why.text_phi:+.4f}; "
        f"given {why.given_phi:+.4f}",
        f"  held    by {held}" if held else "  held    by no bound",
    ]
    for word in why.words:
        text = word.of if len(word.of) <= _TEXT_COLUMNS else word.of[: _TEXT_COLUMNS - 1] + "…"
        lines.append(f"  {word.added_phi:+.4f} {text}  ({_span(word.first_block, word.last_block)})")
    return lines


def _span(first: int, last: int) -> str:
    return f"block {first}" if first == last else f"blocks {first}–{last}"


def _arrivals(why: Explanation) -> str:
    """Transactions by block; of many blocks, their sum."""
    if len(why.arrivals) > _MOST_BLOCKS:
        return str(sum(why.arrivals))
    return " ".join(map(str, why.arrivals))


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
