"""What docs/reliability.md says of latency and of the soak: `python -m oracle.lab.committee.page latency FILE`."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from oracle.markdown import with_section, wrapped
from oracle.output import write_whole

PAGE = Path("docs/reliability.md")
_SHOWN = 10  # rows of a soak at most


def latency_words(found: Mapping[str, Any]) -> str:
    """A paragraph on what `catalyst bench latency` measured."""
    seconds = found["submitted_seconds"]
    return wrapped(
        f"Measured over {found['reports']} reports of {found['operators']} operators on {found['cores']} cores, blocks "
        f"of {found['block_transactions']} transactions every {found['block_seconds']:g} s, the model on: from the "
        f"settled block to the report's transaction in the pool {seconds['p50']:.2f} s in the median, "
        f"{seconds['p95']:.2f} s at the 95th percentile and {seconds['most']:.2f} s at most; from the settled block to "
        f"the block of the transaction {found['mined_blocks_most']} at most.\n"
    )


def soak_table(found: Mapping[str, Any]) -> str:
    """Memory and open files at even steps of what `catalyst bench soak` measured."""
    rows: Sequence[Mapping[str, Any]] = found["rows"]
    kept = [row for number, row in enumerate(rows, 1) if number * _SHOWN % len(rows) < _SHOWN]
    lines = [
        "| reports | blocks | memory of each operator, MiB | open files of each |",
        "|--:|--:|---|---|",
        *(
            f"| {row['epoch']:,} | {row['block']:,} | {', '.join(f'{each:.0f}' for each in row['memory_mib'])} "
            f"| {', '.join(map(str, row['open_files']))} |"
            for row in kept
        ),
    ]
    return "\n".join(lines) + "\n"


_SAYS = {"latency": latency_words, "soak": soak_table}


def main() -> None:
    """Write what a file says into its section of the page."""
    name, path = sys.argv[1:3]
    found = json.loads(Path(path).read_text())
    write_whole(PAGE, with_section(PAGE.read_text(), name, _SAYS[name](found)))


if __name__ == "__main__":
    main()
