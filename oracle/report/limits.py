"""The contract's bounds on phi, and the lanes nearest to a wish that keep them all.

Twin of the checks in `contracts/ConsensusRegistry.sol` and `contracts/PhiOracle.sol`: what `bounded_lanes` returns,
they accept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from oracle.formulas.difficulty import sum_exp
from oracle.formulas.lanes import MAX_LANE, MIN_LANE, UNITS_PER_ONE, WAD_PER_UNIT
from oracle.window.window import Nodes

BPS = 10_000
# Below the contract's ratio by this much, so that its rounding of the sum (1e-18 a term) can never tip a report over.
_RATIO_MARGIN = 1e-9


@dataclass(frozen=True)
class Limits:
    """Mirrors the contract's `Limits`."""

    max_phi_lane: int
    max_step_lane: int
    max_sum_ratio_bps: int
    min_spacing_blocks: int
    max_age_seconds: int
    relax_period_seconds: int


def quantise(phi: Sequence[float]) -> list[int]:
    """Lanes nearest to phi, ties to even, within 16 bits."""
    return [max(MIN_LANE, min(MAX_LANE, round(value * UNITS_PER_ONE))) for value in phi]


def bounded_lanes(
    wish: Sequence[int], *, nodes: Nodes, limits: Limits, theta_min_wad: int, theta_max_wad: int
) -> list[int]:
    """The lanes nearest to `wish` that the contract accepts after `nodes`.

    Each node alone is moved into its step, its bound on |phi| and the bounds on theta; where the sum of exp(phi) then
    moves by more than the joint ratio, all moves are shortened by one common factor. A retired node's lane is 0.

    Args:
        wish: One lane per node.
        nodes: The nodes as they stand on chain.
        limits: The contract's limits.
        theta_min_wad: Lower bound on theta.
        theta_max_wad: Upper bound on theta.
    """
    if len(wish) != nodes.count:
        raise ValueError(f"{len(wish)} lanes for {nodes.count} nodes; give one per node")
    moved = []
    for node, lane in enumerate(wish):
        previous = nodes.lanes[node]
        if not nodes.active[node]:
            moved.append(0)
            continue
        theta0 = nodes.theta0_wad[node]
        low = max(-limits.max_phi_lane, previous - limits.max_step_lane, -((theta0 - theta_min_wad) // WAD_PER_UNIT))
        high = min(limits.max_phi_lane, previous + limits.max_step_lane, (theta_max_wad - theta0) // WAD_PER_UNIT)
        # Where bounds were narrowed around the present value no lane may fit; staying put is then the least harm.
        moved.append(max(low, min(high, lane)) if low <= high else previous)
    return _within_joint_ratio(moved, nodes=nodes, max_ratio=limits.max_sum_ratio_bps / BPS - _RATIO_MARGIN)


def _within_joint_ratio(lanes: Sequence[int], *, nodes: Nodes, max_ratio: float) -> list[int]:
    before = sum_exp(nodes.active_lanes)

    def fits(candidate: Sequence[int]) -> bool:
        active = [lane for lane, is_active in zip(candidate, nodes.active, strict=True) if is_active]
        after = sum_exp(active)
        return bool(after <= before * max_ratio and before <= after * max_ratio)

    def shortened(sixty_fourths: int) -> list[int]:
        # Integer arithmetic, toward the previous lane: the same on every machine.
        moves = (
            abs(lane - old) * sixty_fourths // 64 * (1 if lane >= old else -1)
            for lane, old in zip(lanes, nodes.lanes, strict=True)
        )
        return [old + move for old, move in zip(nodes.lanes, moves, strict=True)]

    if not nodes.active_lanes or fits(lanes):
        return list(lanes)
    low, high = 0, 64
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(shortened(middle)) else (low, middle)
    return shortened(low)
