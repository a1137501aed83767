"""The table of docs/reliability.md, and whether the counts are as they must be."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from oracle.markdown import with_section, wrapped
from tests.faults.count import Counts

SECTION = "counts"
_MOST_WASTED = 0.01
_COLUMNS = ("expected", "applied", "doubled", "lost", "wasted", "nonce_gaps", "equivocations")


@dataclass(frozen=True)
class Row:
    """A scenario's line."""

    name: str
    does: str
    counts: Counts
    did: dict[str, int]
    is_control: bool


def total(rows: Sequence[Row]) -> Counts:
    """All scenarios together, without the control."""
    return reduce(add, (row.counts for row in rows if not row.is_control), Counts())


def complaints(rows: Sequence[Row]) -> list[str]:
    """What is not as it must be."""
    wrong = []
    for row in rows:
        counts = row.counts
        if row.is_control:
            if not counts.equivocations:
                wrong.append(f"{row.name}: nothing went wrong, so the counts cannot be trusted")
            continue
        for name in ("lost", "doubled", "equivocations", "nonce_gaps"):
            if getattr(counts, name):
                wrong.append(f"{row.name}: {name.replace('_', ' ')} is {getattr(counts, name)}, and must be 0")
        if not counts.expected or counts.applied != counts.expected:
            wrong.append(f"{row.name}: {counts.applied} of {counts.expected} epochs were applied")
    whole = total(rows)
    if whole.wasted > _MOST_WASTED * whole.transactions:
        wrong.append(f"{whole.wasted} of {whole.transactions} transactions were wasted: more than {_MOST_WASTED:.0%}")
    return wrong


def with_table(page: str, rows: Sequence[Row], *, seed: int) -> str:
    """The page with the counts of a run in place of those of the last."""
    whole = total(rows)
    said = (
        f"Seed {seed}: {whole.kills:,} kills, {whole.rpc_faults:,} faults of requests and {whole.reorgs} "
        f"reorganisations; of {whole.transactions:,} transactions {whole.wasted} applied nothing."
    )
    all_rows = [*rows, Row("all but the control", "", whole, {}, is_control=False)]
    lines = [
        "| scenario | what goes wrong | "
        + " | ".join(name.replace("_", " ") for name in _COLUMNS)
        + " | transactions |",
        "|---|---" + "|--:" * (len(_COLUMNS) + 1) + "|",
        *(
            f"| {row.name} | {row.does} | "
            + " | ".join(f"{getattr(row.counts, name):,}" for name in _COLUMNS)
            + f" | {row.counts.transactions:,} |"
            for row in all_rows
        ),
    ]
    did = ["What was done, and how often:", ""]
    for row in rows:
        each = ", ".join(f"{what} {times:,}" for what, times in sorted(row.did.items()))
        did.append(f"- {row.name}: {each}.")
    table = wrapped(said + "\n") + "\n" + "\n".join(lines) + "\n\n" + wrapped("\n".join(did) + "\n")
    return with_section(page, SECTION, table)
