"""The measured section of docs/api.md, from what `catalyst bench api` has written.

Run as `python -m oracle.lab.bench.api_page FIGURES docs/api.md`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from oracle.markdown import with_section, wrapped

SECTION = "reads measured"
AIM_PER_SECOND, AIM_P95_MS = 500, 50.0
_REFUSED = "429"
_LEAST_SHARE = 0.98  # of the aimed rate that must have been sent: a tool that falls behind measures another load


def section(measured: dict[str, Any]) -> str:
    """How long reads took, who took the processor meanwhile, and whether reports were on time."""
    rows, niceness = measured["rows"], measured["niceness"]
    lines = [
        f"{measured['locust']} on {measured['cores']} cores ({measured['processor']}), which daemon, node and load "
        f"share; the load average was {measured['load_before']} before"
        f"{f', and they ran at niceness {niceness}' if niceness else ''}. {measured['nodes']} nodes, a block each "
        f"{measured['block_seconds']:g} s, a report every {measured['epoch_blocks']} blocks; each load lasts "
        f"{rows[0]['seconds']:g} s.",
        "",
        "| load | reads a second | failed | p50 | p95 | p99 | reports on time |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(_reads(row) for row in rows),
        "",
        'What ran meanwhile, in cores on average. "Abuse" is the process that sends what means no good, and '
        '"others" all else on the machine.',
        "",
        "| load | daemon | node | locust | abuse | others |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_cores(row) for row in rows),
        "",
        *(_abuse(row) for row in rows if row["abuse"]),
        *(_failures(row) for row in rows if row["read"] and row["read"]["failures"]),
        f"Aim: {AIM_PER_SECOND} mixed reads a second at a p95 of at most {AIM_P95_MS:g} ms on 2 cores, and each "
        f"report on time: {_verdict(measured)}.",
    ]
    return wrapped("\n".join(lines) + "\n")


def _reads(row: dict[str, Any]) -> str:
    reads, on_time = row["read"], f"{row['on_time']} of {row['due']}"
    if reads is None:
        return f"| {row['load']} | | | | | | {on_time} |"
    times = " | ".join(f"{reads[name]:.0f} ms" for name in ("p50_ms", "p95_ms", "p99_ms"))
    return (
        f"| {row['load']} | {reads['reads_per_second']} | {reads['failed']} of {reads['reads']} | {times} | {on_time} |"
    )


def _cores(row: dict[str, Any]) -> str:
    names = ("daemon", "node", "load_tool", "here", "others")
    return f"| {row['load']} | " + " | ".join(f"{row['cores'][name]:.2f}" for name in names) + " |"


def _abuse(row: dict[str, Any]) -> str:
    said = "; ".join(f"{count} × {name}" for name, count in row["abuse"].items())
    return f'Beside "{row["load"]}", what the abusers sent and were answered: {said}.\n'


def _failures(row: dict[str, Any]) -> str:
    said = "; ".join(f"{count} × {name}" for name, count in row["read"]["failures"].items())
    return f'Beside "{row["load"]}", reads that failed: {said}.\n'


def _verdict(measured: dict[str, Any]) -> str:
    (row,) = (row for row in measured["rows"] if row["read"] is not None and row["abuse"] == {})
    reads = row["read"]
    missed = []
    if reads["reads_per_second"] < _LEAST_SHARE * AIM_PER_SECOND:
        missed.append("fewer reads were sent")
    if reads["p95_ms"] > AIM_P95_MS:
        missed.append("the p95 is higher")
    if any(_REFUSED not in name for name in reads["failures"]):  # all users are one client to the bounds of `/rpc`
        missed.append("reads failed")
    if row["on_time"] < row["due"]:
        missed.append("reports were late")
    return f"missed, {' and '.join(missed)}" if missed else "reached"


if __name__ == "__main__":
    figures, page = Path(sys.argv[1]), Path(sys.argv[2])
    page.write_text(with_section(page.read_text(), SECTION, section(json.loads(figures.read_text()))))
