"""The window of a report, from the settled chain alone."""

from collections.abc import Callable, Sequence

from oracle.chain.contracts import Contracts, OracleState
from oracle.chain.follower import Follower
from oracle.chain.proof.check import SealedBlock
from oracle.window.rounds import Rounds
from oracle.window.window import Cadence, Nodes, PhiBounds, Window, build_window


def traffic_rule(contracts: Contracts, follower: Follower | None) -> Callable[[bytes | None], bool]:
    """Whether calls of a receiver are traffic: all but those of the network's own contracts."""
    own = contracts.addresses.own | (frozenset() if follower is None else follower.own)
    return lambda receiver: receiver not in own


def window_of(
    contracts: Contracts,
    follower: Follower | None,
    blocks: Sequence[SealedBlock],
    *,
    state: OracleState,
    nodes: Nodes,
    theta_bounds_wad: tuple[int, int],
    capacity_transactions: int,
) -> Window:
    """The window that ends with the last of `blocks`.

    Args:
        contracts: On the chain of the blocks.
        follower: Of the ledger of rounds, where there is one; it is taken along to the last block.
        blocks: In order.
        state: Of the oracle contract at the reference block.
        nodes: At the last block.
        theta_bounds_wad: At the reference block too.
        capacity_transactions: Of a block at theta = 1.

    Raises:
        ChainReorganised: the blocks do not follow each other.
    """
    to_block, anchor = blocks[-1].block.number, contracts.anchor
    backlog: int | None = None
    rounds: Rounds | None = None
    if follower is not None:
        follower.catch_up(to_block, blocks)
        backlog = follower.pending_after(to_block)
        rounds = follower.rounds_until(to_block, anchor.half_life_seconds)
    return build_window(
        chain_id=contracts.chain.chain_id,
        blocks=[sealed.block for sealed in blocks],
        nodes=nodes,
        capacity_transactions=capacity_transactions,
        interval_seconds=anchor.interval_seconds,
        bounds=PhiBounds(state.limits.max_phi_lane, state.limits.max_step_lane, *theta_bounds_wad),
        cadence=_cadence(to_block, state),
        is_traffic=traffic_rule(contracts, follower),
        backlog_transactions=backlog,
        rounds=rounds,
    )


def _cadence(to_block: int, state: OracleState) -> Cadence:
    if state.epoch == 0:
        return Cadence(0, 0)
    return Cadence(to_block - state.to_block, state.reported.number - state.to_block)
