"""θ, d and p that the contracts state at a block, against the formulas over the lanes that events and calldata give."""

from oracle.audit.differences import Difference
from oracle.chain.contracts import Contracts
from oracle.errors import FormulaMismatch
from oracle.formulas.difficulty import check_difficulty, check_sum_exp, check_theta
from oracle.window.window import Nodes


def standing_difference(contracts: Contracts, block: int, nodes: Nodes) -> Difference | None:
    """What differs after a block; None where all is equal.

    Raises:
        StatePruned: the node does not keep the state of that block.
    """
    held = contracts.nodes(block)
    if held != nodes:
        at = next(node for node in range(nodes.count) if _of(held, node) != _of(nodes, node))
        return Difference("lanes", f"node {at} is not on chain what events and calldata make of it after block {block}")
    try:
        for node, theta in enumerate(contracts.thetas(block)):
            check_theta(node=node, got_wad=theta, theta0_wad=nodes.theta0_wad[node], lane=nodes.lanes[node])
    except FormulaMismatch as error:
        return Difference("θ", str(error))
    reading = contracts.difficulty(block)
    expected = contracts.anchor.base_difficulty_at(height=reading.height, timestamp_seconds=reading.timestamp_seconds)
    if reading.base_difficulty != expected:
        return Difference("d", f"d on chain is {reading.base_difficulty} but ASERT gives {expected}")
    try:
        check_sum_exp(got_wad=reading.sum_exp_wad, active_lanes=nodes.active_lanes)
    except FormulaMismatch as error:
        return Difference("Σexp(φ)", str(error))
    try:
        check_difficulty(
            got=reading.difficulty, base_difficulty=reading.base_difficulty, active_lanes=nodes.active_lanes
        )
    except FormulaMismatch as error:
        return Difference("p", str(error))
    return None


def _of(nodes: Nodes, node: int) -> tuple[int, int, bool] | None:
    return (nodes.theta0_wad[node], nodes.lanes[node], nodes.active[node]) if node < nodes.count else None
