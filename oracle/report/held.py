"""Which of the contract's bounds kept nodes from the lanes that the controller wished for."""

from collections import Counter
from collections.abc import Sequence

from oracle.report.limits import Limits, cleared_lanes
from oracle.window.window import Nodes

MAX_PHI, STEP, THETA, RATIO = "the bound on |φ|", "the step of φ", "the bounds on θ", "the ratio of Σexp(φ)"


def held_by(
    wish: Sequence[int],
    lanes: Sequence[int],
    *,
    nodes: Nodes,
    limits: Limits,
    theta_min_wad: int,
    theta_max_wad: int,
) -> dict[str, int]:
    """How many active nodes each bound kept from their wish; empty if all nodes got it.

    Args:
        wish: One lane per node.
        lanes: What `bounded_lanes` made of it.
        nodes: The nodes as they stood on chain.
        limits: The contract's limits.
        theta_min_wad: Lower bound on theta.
        theta_max_wad: Upper bound on theta.
    """
    held: Counter[str] = Counter()
    for node, (wished, lane) in enumerate(zip(wish, lanes, strict=True)):
        if lane == wished or not nodes.active[node]:
            continue
        up = 1 if wished > lane else -1
        previous = nodes.lanes[node]
        least, most = cleared_lanes(nodes.theta0_wad[node], theta_min_wad, theta_max_wad)
        # How far each bound lets this node go in the direction of its wish; the joint ratio may stop it earlier.
        reaches = {
            MAX_PHI: limits.max_phi_lane,
            STEP: limits.max_step_lane + up * previous,
            THETA: most if up > 0 else -least,
        }
        nearest = min(reaches, key=lambda bound: reaches[bound])
        held[nearest if up * lane >= reaches[nearest] else RATIO] += 1
    return dict(held.most_common())
