"""The table of faults in docs/storage.md, from what `catalyst store faults --json FILE` has written.

Run as `python -m oracle.lab.storage.faults_page docs/storage-faults.json docs/storage.md`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from oracle.markdown import with_section

SECTION = "faults"


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown."""
    lines = [
        "| fault | files | lost | whole again after | convicted | kills |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_row(row) for row in rows),
    ]
    return "\n".join(lines) + "\n"


def _row(row: dict[str, Any]) -> str:
    after = _rounds(row)
    return f"| {row['fault']} | {row['files']} | {row['lost']} | {after} | {row['convicted']} | {row['kills']} |"


def _rounds(row: dict[str, Any]) -> str:
    if not row["is_whole"]:
        return "never"
    rounds = int(row["rounds"])
    return "1 round" if rounds == 1 else f"{rounds} rounds"


if __name__ == "__main__":
    figures, page = Path(sys.argv[1]), Path(sys.argv[2])
    page.write_text(with_section(page.read_text(), SECTION, table(json.loads(figures.read_text()))))
