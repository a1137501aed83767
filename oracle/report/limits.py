"""The contract's limits: when the next report may come, and the lanes nearest to the wished ones that keep all bounds.

Twin of the checks in `contracts/libraries/LaneBounds.sol` and `contracts/PhiOracle.sol`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from oracle.formulas.exp_table import sum_exp_q85
from oracle.formulas.lanes import MAX_LANE, MIN_LANE, UNITS_PER_ONE, WAD_PER_UNIT
from oracle.window.window import Nodes

BPS = 10_000


@dataclass(frozen=True)
class Limits:
    """Mirrors the contract's `Limits`, field by field in its order."""

    max_phi_lane: int
    max_step_lane: int
    max_sum_ratio_bps: int
    min_spacing_blocks: int
    max_age_seconds: int
    relax_period_seconds: int


@dataclass(frozen=True)
class Moment:
    """A block as limits count it."""

    number: int
    timestamp_seconds: int


def is_spaced(limits: Limits, *, last: Moment, block: Moment) -> bool:
    """Whether the report after the one that `last` applied may come in `block`, and so in any later one."""
    return block.number >= last.number + limits.min_spacing_blocks


def quantise(phi: Sequence[float]) -> list[int]:
    """Lanes nearest to phi, ties to even, within 16 bits."""
    return [max(MIN_LANE, min(MAX_LANE, round(value * UNITS_PER_ONE))) for value in phi]


def bounded_lanes(
    wish: Sequence[int], *, nodes: Nodes, limits: Limits, theta_min_wad: int, theta_max_wad: int
) -> list[int]:
    """The lanes nearest to `wish` that the contract accepts after the lanes of `nodes`.

    Each node by itself is moved into its step, its bound on |phi| and the bounds on theta. If the sum of exp(phi) then
    moves by more than the joint ratio, the wishes of the nodes that move it there are lowered (if it falls: raised) by
    one common amount, the least that fits: so nodes stay as far apart as wished, as far as their own bounds let them.
    None moves the other way, except where its own bounds force it. A retired node's lane is 0.

    If the owner has tightened limits around lanes in force, no lanes may fit: a node whose bounds exclude each other
    keeps its lane, and forced moves that exceed the joint ratio are returned as they are. The contract refuses such a
    report with the error that names the limit.

    Args:
        wish: One lane per node.
        nodes: The nodes as they stand on chain.
        limits: The contract's limits.
        theta_min_wad: Lower bound on theta.
        theta_max_wad: Upper bound on theta.
    """
    if len(wish) != nodes.count:
        raise ValueError(f"{len(wish)} lanes for {nodes.count} nodes; give one per node")
    forced, moved = [], []
    for node, lane in enumerate(wish):
        previous = nodes.lanes[node]
        if not nodes.active[node]:
            low, high = 0, 0
        else:
            theta0 = nodes.theta0_wad[node]
            reach = (
                max(-limits.max_phi_lane, previous - limits.max_step_lane),
                min(limits.max_phi_lane, previous + limits.max_step_lane),
            )
            least, most = cleared_lanes(theta0, theta_min_wad, theta_max_wad)
            low, high = max(reach[0], least), min(reach[1], most)
            if low > high:  # lanes that the contract takes by a look at theta_0 itself
                low = max(reach[0], -((theta0 - theta_min_wad) // WAD_PER_UNIT))
                high = min(reach[1], (theta_max_wad - theta0) // WAD_PER_UNIT)
        if low > high:
            low, high = previous, previous
        forced.append(max(low, min(high, previous)))
        moved.append(max(low, min(high, lane)))
    return _within_joint_ratio(wish, moved, forced, nodes=nodes, max_sum_ratio_bps=limits.max_sum_ratio_bps)


def cleared_lanes(theta0_wad: int, theta_min_wad: int, theta_max_wad: int) -> tuple[int, int]:
    """The least and the greatest lane of a node that the contract clears without reading its exact theta_0.

    The contract keeps e, twice theta_0 in lane units rounded to a whole number, and clears a lane q if 2q + e lies
    between twice the bounds, rounded inward to whole units (`contracts/libraries/ThetaLanes.sol`). If the bound or
    theta_0 is a whole number of units, these are all lanes within the bounds; otherwise it may be one less. A report of
    such lanes needs no read of theta_0 per node, so it fits its transaction however unequal nodes are.
    """
    entry = min(0xFFFF, theta0_wad // WAD_PER_UNIT - -theta0_wad // WAD_PER_UNIT)
    least_units, most_units = -(-theta_min_wad // WAD_PER_UNIT), theta_max_wad // WAD_PER_UNIT
    return least_units - entry // 2, most_units - (entry + 1) // 2


def _within_joint_ratio(
    wish: Sequence[int], lanes: Sequence[int], forced: Sequence[int], *, nodes: Nodes, max_sum_ratio_bps: int
) -> list[int]:
    """`lanes`, with the wishes that move the sum too far lowered, or raised, by the least common amount that fits."""

    def summed(candidate: Sequence[int]) -> int:
        return sum_exp_q85(lane for lane, is_active in zip(candidate, nodes.active, strict=True) if is_active)

    before, wanted = summed(nodes.lanes), summed(lanes)

    def fits(after: int) -> bool:
        return after * BPS <= before * max_sum_ratio_bps and before * BPS <= after * max_sum_ratio_bps

    if fits(wanted):
        return list(lanes)
    up = 1 if wanted > before else -1

    def less(by: int) -> list[int]:
        return [
            up * max(up * least, min(up * most, up * wished - by)) if up * most > up * least else most
            for wished, most, least in zip(wish, lanes, forced, strict=True)
        ]

    low, high = 0, max(up * (wished - least) for wished, least in zip(wish, forced, strict=True))
    while high - low > 1:
        middle = (low + high) // 2
        after = summed(less(middle))
        is_near = after * BPS <= before * max_sum_ratio_bps if up > 0 else before * BPS <= after * max_sum_ratio_bps
        low, high = (low, middle) if is_near else (middle, high)
    found = less(high)
    return found if fits(summed(found)) else list(forced)
