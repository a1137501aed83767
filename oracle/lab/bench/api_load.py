"""Reads of a daemon's API by locust, a load generator that others know, and what it says of them."""

import asyncio
import csv
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oracle.errors import CatalystError

READERS = Path(__file__).with_name("api_readers.py")
READS_PER_SECOND_OF_USER = 10  # as in api_readers.py, which imports nothing of ours
_LOCUST = Path(__file__).resolve().parents[3] / "build" / "load-tools" / "bin" / "locust"
_TOTAL = "Aggregated"
_GRACE_SECONDS = 60.0  # for locust to start and to end
_PERCENTILES = {"p50_ms": "50%", "p95_ms": "95%", "p99_ms": "99%"}


async def read_by_locust(url: str, *, per_second: int, seconds: float) -> dict[str, Any]:
    """Read an API at a rate; returns locust's counts and percentiles, over all reads and by path.

    Args:
        url: Of the API.
        per_second: Reads of all users together.
        seconds: How long.

    Raises:
        CatalystError: locust is not there, or does not end well.
    """
    if not _LOCUST.exists():
        raise CatalystError(f"{_LOCUST} is not there; run `make load-tools`")
    users = per_second // READS_PER_SECOND_OF_USER
    with tempfile.TemporaryDirectory(prefix="catalyst-") as folder:
        process = await asyncio.create_subprocess_exec(
            *(_LOCUST, "-f", READERS, "--headless", "--host", url, "--only-summary", "--loglevel", "WARNING"),
            *("--users", str(users), "--spawn-rate", str(users), "--run-time", f"{seconds:.0f}s"),
            *("--csv", Path(folder) / "read", "--exit-code-on-error", "0", "--stop-timeout", "30"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), seconds + _GRACE_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise CatalystError(f"locust has not ended {_GRACE_SECONDS:.0f} s after its time") from None
        if process.returncode != 0:
            raise CatalystError(f"locust ended with code {process.returncode}: {said.decode()[-2_000:]}")
        return read_figures(_rows(Path(folder) / "read_stats.csv"), _rows(Path(folder) / "read_failures.csv"))


async def locust_version() -> str:
    """Which locust it is.

    Raises:
        CatalystError: it is not there.
    """
    if not _LOCUST.exists():
        raise CatalystError(f"{_LOCUST} is not there; run `make load-tools`")
    process = await asyncio.create_subprocess_exec(_LOCUST, "--version", stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    return " ".join(said.decode().split()[:2])


def _rows(path: Path) -> list[Mapping[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def read_figures(rows: list[Mapping[str, str]], failures: list[Mapping[str, str]]) -> dict[str, Any]:
    """What locust's files say.

    Args:
        rows: Of its statistics, one for each path and one over all.
        failures: Of its failures, one for each path and kind.

    Raises:
        CatalystError: there is no row over all reads.
    """
    found = {row["Name"]: _figures(row) for row in rows}
    if _TOTAL not in found:
        raise CatalystError("locust wrote no row over all reads; is it the one of requirements/load.txt?")
    total = found.pop(_TOTAL)
    kinds = {f"{row['Name']}: {row['Error']}": int(row["Occurrences"]) for row in failures}
    return {**total, "failures": kinds, "by_path": found}


def _figures(row: Mapping[str, str]) -> dict[str, Any]:
    times = {name: _milliseconds(row[column]) for name, column in _PERCENTILES.items()}
    return {
        "reads": int(row["Request Count"]),
        "failed": int(row["Failure Count"]),
        "reads_per_second": round(float(row["Requests/s"]), 1),
        **times,
    }


def _milliseconds(cell: str) -> float | None:
    return None if cell == "N/A" else float(cell)
