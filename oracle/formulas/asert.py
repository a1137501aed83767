"""aserti3, the absolutely scheduled difficulty rule; twin of `contracts/libraries/Asert.sol`.

target = anchor_target * 2**((time_diff - interval * (height_diff + 1)) / half_life), the exponent in 16.16 fixed point
and the power of its fraction by the rule's own cubic. Source: the ASERT specification of Bitcoin Cash (2020-11-15),
whose public vectors `tests/formulas/test_asert.py` runs.
"""

from dataclasses import dataclass

MAX_UINT256 = (1 << 256) - 1


def next_target(
    *,
    anchor_target: int,
    time_diff_seconds: int,
    height_diff: int,
    interval_seconds: int,
    half_life_seconds: int,
    max_target: int = MAX_UINT256,
) -> int:
    """Target of the block after one at `height_diff` blocks and `time_diff_seconds` past the anchor.

    Height counts from the anchor block, time from its parent, as the rule defines.

    Returns:
        An integer in [1, max_target], rounded down.
    """
    late_seconds = time_diff_seconds - interval_seconds * (height_diff + 1)
    scaled = late_seconds * 65536
    exponent = abs(scaled) // half_life_seconds * (1 if scaled >= 0 else -1)  # toward zero, as the rule does
    shift = (exponent >> 16) - 16
    frac = exponent & 0xFFFF
    factor = 65536 + ((195766423245049 * frac + 971821376 * frac**2 + 5127 * frac**3 + (1 << 47)) >> 48)
    if shift > 256:
        return max_target  # beyond any 256-bit target; do not build the number
    product = anchor_target * factor
    target = product << shift if shift >= 0 else product >> -shift
    return max(1, min(target, max_target))


@dataclass(frozen=True)
class Anchor:
    """Where the difficulty schedule is anchored; mirrors `DifficultyController.anchor()`."""

    difficulty: int
    height: int
    timestamp_seconds: int
    interval_seconds: int
    half_life_seconds: int

    def base_difficulty_at(self, *, height: int, timestamp_seconds: int) -> int:
        """D after a block at `height` stamped `timestamp_seconds`, the integer that the contract returns."""
        target = next_target(
            anchor_target=MAX_UINT256 // self.difficulty,
            time_diff_seconds=timestamp_seconds - self.timestamp_seconds + self.interval_seconds,
            height_diff=height - self.height,
            interval_seconds=self.interval_seconds,
            half_life_seconds=self.half_life_seconds,
        )
        return MAX_UINT256 // target
