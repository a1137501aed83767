"""The measured sections of docs/routes.md, from what `catalyst bench routes`, and with `--live`, have written.

Run as `python -m oracle.lab.bench.routes_page FIGURES LIVE_FIGURES docs/routes.md`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from oracle.markdown import with_section, wrapped

SECTION, LIVE_SECTION = "routes measured", "routes measured live"


def section(measured: dict[str, Any]) -> str:
    """Tables of who carried what in time, at what cost."""
    few, many = measured["bridges"]
    words = (
        f"{measured['transfers']} transfers in {measured['worlds']} worlds of {measured['chains']} chains and {few} to "
        f"{many} bridges. Brackets are 95 % intervals; cost and time are of transfers that arrived at all."
    )
    return _tables(words, measured)


def live_section(measured: dict[str, Any]) -> str:
    """The same tables of transfers over live chains."""
    words = (
        f"{measured['transfers']} transfers over 3 Anvil nodes and {measured['bridges']} bridges, each by "
        f"{len(measured['rows'])} ways to choose: {measured['transfers'] * len(measured['rows'])} transfers in all."
    )
    return _tables(words, measured)


def _tables(words: str, measured: dict[str, Any]) -> str:
    lines = [
        words,
        "",
        "| routes are chosen by | arrived in time | arrived at all | cost, hundredths of a percent | minutes | legs "
        "| failed legs |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(_row(row) for row in measured["rows"]),
        "",
        "Beside the solver, on the same transfers: how much more the others cost and take, where both are in time.",
        "",
        "| routes are chosen by | both in time | only the solver | only the other | more cost | more minutes |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_compared(row) for row in measured["compared"]),
    ]
    return wrapped("\n".join(lines) + "\n")


def _row(row: dict[str, Any]) -> str:
    share, low, high = (100 * value for value in row["in_time"])
    return (
        f"| {row['name']} | {share:.1f} % [{low:.1f}, {high:.1f}] | {row['arrived']} | {_interval(row['cost_bps'])} "
        f"| {_interval(row['minutes'])} | {row['legs']:.2f} | {row['failed_legs']:.2f} |"
    )


def _compared(row: dict[str, Any]) -> str:
    return (
        f"| {row['name']} | {row['both_in_time']} | {row['only_solver']} | {row['only_other']} "
        f"| {_interval(row['more_bps'])} | {_interval(row['more_minutes'])} |"
    )


def _interval(values: list[float]) -> str:
    mean, low, high = values
    return f"{mean:.1f} [{low:.1f}, {high:.1f}]"


if __name__ == "__main__":
    *files, page = map(Path, sys.argv[1:])
    text = page.read_text()
    for file, name, made in zip(files, (SECTION, LIVE_SECTION), (section, live_section), strict=True):
        text = with_section(text, name, made(json.loads(file.read_text())))
    page.write_text(text)
