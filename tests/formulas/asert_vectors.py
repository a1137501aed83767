"""The public ASERT vectors: their files, and the compact form in which they write targets.

Each file, `run01` and so on, names an anchor, then lists blocks; a line's target is the one required of the block
after it. All such files of a folder are taken: that beside the repository, or the one that ASERT_VECTORS names.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

INTERVAL_SECONDS = 600
HALF_LIFE_SECONDS = 172_800
MAX_TARGET_BITS = 0x1D00FFFF
VARIABLE = "ASERT_VECTORS"
BESIDE_THE_REPOSITORY = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "asert"
# The rule counts from the time of the anchor's parent. Published files name it in one of these ways.
_TIME_HEADERS = ("anchor ancestor time", "anchor parent time", "anchor time")


@dataclass(frozen=True)
class Line:
    """The latest block, as differences from the anchor, and the target that follows."""

    height_diff: int
    time_diff_seconds: int  # from the anchor's parent, as the rule counts
    target_bits: int


@dataclass(frozen=True)
class Run:
    """One file."""

    anchor_bits: int
    lines: tuple[Line, ...]


def run_files(environment: Mapping[str, str], beside: Path) -> list[Path]:
    """All runs of the folder, in order of their names; none where no folder is named and none is at hand.

    Raises:
        FileNotFoundError: the environment names a folder that holds no run.
    """
    named = environment.get(VARIABLE)
    folder = beside if named is None else Path(named)
    files = sorted(path for path in folder.glob("run*") if path.is_file())
    if named is not None and not files:
        raise FileNotFoundError(f"{VARIABLE} names {named!r}, which holds no file run01, run02, …; name their folder")
    return files


def runs() -> list[ParameterSet]:
    """What a test over all runs is given: one parameter a file, or one that says why it is skipped, or fails."""
    try:
        files = run_files(os.environ, BESIDE_THE_REPOSITORY)
    except FileNotFoundError as error:
        return [pytest.param(error, id=f"no run in {VARIABLE}")]
    if not files:
        skip = pytest.mark.skip(
            f"the public ASERT vectors are not beside the repository; {VARIABLE} names their folder"
        )
        return [pytest.param(None, id="no vectors", marks=skip)]
    return [pytest.param(path, id=path.name) for path in files]


def load(path: Path | Exception) -> Run:
    """A run as its file states it.

    Raises:
        ValueError: the file lacks a header or lists another number of blocks than it says; names both.
        FileNotFoundError: it is what is given.
    """
    if isinstance(path, Exception):
        raise path
    header: dict[str, str] = {}
    rows: list[list[str]] = []
    for text in path.read_text().splitlines():
        if text.startswith("##"):
            key, _, value = text.lstrip("# ").partition(":")
            header[key.strip()] = value.strip()
        elif text.strip() and not text.startswith("#"):
            rows.append(text.split())
    anchor_height, anchor_bits, iterations, anchor_time = (
        _of(header, path, *names) for names in (("anchor height",), ("anchor nBits",), ("iterations",), _TIME_HEADERS)
    )
    if len(rows) != iterations:
        raise ValueError(f"{path}: says {iterations} iterations but lists {len(rows)}; it is cut off, or not a run")
    lines = tuple(
        Line(
            height_diff=int(height) - anchor_height,
            time_diff_seconds=int(time) - anchor_time,
            target_bits=int(bits, 16),
        )
        for _, height, time, bits in rows
    )
    return Run(anchor_bits=anchor_bits, lines=lines)


def _of(header: dict[str, str], path: Path, *names: str) -> int:
    for name in names:
        if name in header:
            return int(header[name], 0)
    raise ValueError(f"{path}: no header {' or '.join(map(repr, names))}; give a run in the published form")


def target_of(bits: int) -> int:
    """The target that compact bits stand for: a 23-bit mantissa times 256**(exponent - 3)."""
    exponent, mantissa = bits >> 24, bits & 0x7FFFFF
    return mantissa >> 8 * (3 - exponent) if exponent <= 3 else mantissa << 8 * (exponent - 3)


def bits_of(target: int) -> int:
    """A target in compact bits, rounded down to 23 bits of mantissa."""
    exponent = -(-target.bit_length() // 8)
    mantissa = target << 8 * (3 - exponent) if exponent <= 3 else target >> 8 * (exponent - 3)
    if mantissa & 0x800000:  # the top bit of the mantissa is a sign
        mantissa >>= 8
        exponent += 1
    return exponent << 24 | mantissa
