"""The table of faults in docs/routes.md, from what `catalyst route faults` has written.

Run as `python -m oracle.lab.routes.faults_page ROWS docs/routes.md`.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oracle.lab.routes.faults import FAULTS, KINDS, NO_FAULT, Part, name_of
from oracle.markdown import with_section, wrapped

SECTION = "faults of routes"
_KINDS = {"hash_lock": "hash lock", "relay_pool": "relay pool"}


def section(rows: Sequence[dict[str, Any]]) -> str:
    """How many runs there were, what came of each fault, and which faults are still to be played."""
    runs, lost, twice = (sum(row[name] for row in rows) for name in ("runs", "lost", "twice"))
    left = unplayed(rows)
    lines = [
        f"{runs} runs: {lost} units were lost, and {twice} were paid twice."
        + (f" Not played in these: {', '.join(left)}." if left else ""),
        "",
        "| fault | first leg over a | runs | arrived whole | stopped at the sender's own account | legs refunded "
        "| units lost | units paid twice |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(_line(row) for row in sorted(rows, key=lambda row: _order(row, rows))),
    ]
    return wrapped("\n".join(lines) + "\n")


def unplayed(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The faults that rows lack, for one kind of bridge or both."""
    played = {(row["fault"], row["kind"]) for row in rows}
    wanted = [(NO_FAULT, kind) for kind in KINDS]
    wanted += [(fault.name, kind) for fault in FAULTS for kind in fault.kinds]
    wanted += [(name_of(part), kind) for part in Part if part is not Part.FAULTS for kind in KINDS]
    return list(dict.fromkeys(name for name, kind in wanted if (name, kind) not in played))


def _order(row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> int:
    """Both kinds of a fault beside each other, in the order in which faults first come."""
    return [each["fault"] for each in rows].index(row["fault"])


def _line(row: dict[str, Any]) -> str:
    names = ("runs", "arrived", "stayed", "refunded_legs", "lost", "twice")
    cells = [row["fault"], _KINDS[row["kind"]], *(str(row[name]) for name in names)]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    file, page = Path(sys.argv[1]), Path(sys.argv[2])
    page.write_text(with_section(page.read_text(), SECTION, section(json.loads(file.read_text()))))
