"""The public ASERT vectors: their files, and the compact form in which they write targets.

Each file names an anchor, then lists blocks; a line's target is the one required of the block after it.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

INTERVAL_SECONDS = 600
HALF_LIFE_SECONDS = 172_800
MAX_TARGET_BITS = 0x1D00FFFF
RUNS = tuple(f"run{number:02d}" for number in range(1, 9))
_BESIDE_THE_REPOSITORY = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "asert"


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


def load(name: str) -> Run:
    """Run `name`; skips the test where the vectors are not at hand."""
    directory = Path(os.environ.get("ASERT_VECTORS", _BESIDE_THE_REPOSITORY))
    path = directory / name
    if not path.exists():
        pytest.skip(
            f"the public ASERT vectors are not beside the repository ({name}); ASERT_VECTORS names their folder"
        )
    header: dict[str, str] = {}
    lines = []
    for text in path.read_text().splitlines():
        if text.startswith("##"):
            key, _, value = text.lstrip("# ").partition(":")
            header[key.strip()] = value.strip()
        elif text and not text.startswith("#"):
            _, height, time, bits = text.split()
            lines.append(
                Line(
                    height_diff=int(height) - int(header["anchor height"]),
                    time_diff_seconds=int(time) - int(header["anchor ancestor time"]),
                    target_bits=int(bits, 16),
                )
            )
    assert len(lines) == int(header["iterations"])
    return Run(anchor_bits=int(header["anchor nBits"], 16), lines=tuple(lines))


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
