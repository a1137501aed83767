"""Answers made from what the last step left. Pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any

from oracle.chain.contracts import OracleState
from oracle.client.answers import (
    BlockAnswer,
    Committee,
    ContractAnswer,
    Difficulty,
    LimitsAnswer,
    Network,
    NodeAnswer,
    NodeMiner,
    NodeStake,
    NodeVotes,
    PastNode,
    ReportState,
    RoundAnswer,
    Spread,
    Won,
)
from oracle.formulas.lanes import UNITS_PER_ONE, WAD, lane_to_wad
from oracle.service.past_nodes import Parameters
from oracle.service.snapshot import Snapshot
from oracle.window.rounds import Round
from oracle.window.window import Nodes


def network_answer(
    snapshot: Snapshot,
    in_force: OracleState,
    *,
    engine: str,
    deployment: Mapping[str, Any],
    signing_paused: bool,
) -> Network:
    """The network after the block of a snapshot.

    Args:
        snapshot: What was read there.
        in_force: The oracle contract's state there.
        engine: What makes blocks.
        deployment: Content of the deployment file.
        signing_paused: Whether this operator signs nothing.
    """
    return Network(
        chain_id=deployment["chainId"],
        engine=engine,
        contracts={
            name: ContractAnswer(address=entry["address"], block=entry["blockNumber"])
            for name, entry in deployment["contracts"].items()
        },
        block=block_answer(snapshot.block, snapshot.block_hash, snapshot.timestamp_seconds),
        node_count=snapshot.nodes.count,
        active_count=sum(snapshot.nodes.active),
        theta=spread(thetas(snapshot.nodes)),
        phi=spread(phis(snapshot.nodes)),
        difficulty=difficulty_answer(snapshot),
        report=ReportState(
            epoch=in_force.epoch,
            to_block=in_force.to_block,
            block=in_force.reported.number,
            age_seconds=snapshot.age_seconds,
            max_age_seconds=in_force.limits.max_age_seconds,
            stale=snapshot.stale,
        ),
        paused=in_force.paused,
        signing_paused=signing_paused,
    )


def block_answer(number: int, block_hash: bytes, timestamp_seconds: int) -> BlockAnswer:
    """A block as answers name it."""
    return BlockAnswer(number=number, hash="0x" + block_hash.hex(), timestamp_seconds=timestamp_seconds)


def phis(nodes: Nodes) -> list[float]:
    """Phi of the active nodes."""
    return [lane_to_wad(lane) / WAD for lane in nodes.active_lanes]


def thetas(nodes: Nodes) -> list[float]:
    """Theta of the active nodes."""
    rows = zip(nodes.theta0_wad, nodes.lanes, nodes.active, strict=True)
    return [(theta0_wad + lane_to_wad(lane)) / WAD for theta0_wad, lane, active in rows if active]


def spread(values: Sequence[float]) -> Spread | None:
    """Least, mean and most; None of no values."""
    if not values:
        return None
    return Spread(least=min(values), mean=sum(values) / len(values), most=max(values))


def node_answer(
    snapshot: Snapshot,
    node: int,
    *,
    miner: NodeMiner | None = None,
    won: Won | None = None,
    stake: NodeStake | None = None,
    votes: NodeVotes | None = None,
) -> NodeAnswer:
    """One node of a snapshot; IndexError if there is no such node."""
    if node < 0:
        raise IndexError(node)
    nodes = snapshot.nodes
    theta0_wad, phi_wad = nodes.theta0_wad[node], lane_to_wad(nodes.lanes[node])
    return NodeAnswer(
        node=node,
        block=snapshot.block,
        theta0=theta0_wad / WAD,
        phi=phi_wad / WAD,
        theta=(theta0_wad + phi_wad) / WAD,
        theta0_wad=str(theta0_wad),
        phi_wad=str(phi_wad),
        theta_wad=str(theta0_wad + phi_wad),
        retired=not nodes.active[node],
        miner=miner,
        won=won,
        stake=stake,
        votes=votes,
    )


def past_node(epoch: int, block: int, timestamp_seconds: int, node: int, found: Parameters) -> PastNode:
    """A node after the block that applied the report of an epoch."""
    phi_wad = lane_to_wad(found.lane)
    return PastNode(
        epoch=epoch,
        block=block,
        timestamp_seconds=timestamp_seconds,
        node=node,
        theta0=found.theta0_wad / WAD,
        phi=phi_wad / WAD,
        theta=(found.theta0_wad + phi_wad) / WAD,
        theta0_wad=str(found.theta0_wad),
        phi_wad=str(phi_wad),
        theta_wad=str(found.theta0_wad + phi_wad),
        retired=not found.active,
    )


def round_answer(found: Round, capacity_transactions: int) -> RoundAnswer:
    """A round that was won, of a ledger whose blocks hold so many transactions at theta = 1."""
    return RoundAnswer(
        block=found.chain_block,
        timestamp_seconds=found.timestamp_seconds,
        node=found.node,
        difficulty=str(found.difficulty),
        base_difficulty=str(found.base_difficulty),
        transactions=found.confirmed,
        fill=found.confirmed / capacity_transactions,
    )


def won_by_node(rounds: Sequence[Round], capacity_transactions: int) -> dict[int, Won]:
    """What each node that won some of these rounds did in them.

    Args:
        rounds: The last ones of a ledger.
        capacity_transactions: Of a block at theta = 1.
    """
    confirmed: dict[int, list[int]] = {}
    for each in rounds:
        confirmed.setdefault(each.node, []).append(each.confirmed)
    return {
        node: Won(
            rounds=len(rounds),
            blocks=len(counts),
            transactions=sum(counts),
            fill=sum(counts) / (len(counts) * capacity_transactions),
        )
        for node, counts in confirmed.items()
    }


def difficulty_answer(snapshot: Snapshot) -> Difficulty | None:
    """The difficulty of a snapshot; None if no active node is registered."""
    reading, met = snapshot.difficulty, snapshot.miners_difficulty
    if reading is None or met is None:
        return None
    return Difficulty(
        height=reading.height,
        timestamp_seconds=reading.timestamp_seconds,
        base_difficulty=str(reading.base_difficulty),
        sum_exp=reading.sum_exp_wad / WAD,
        sum_exp_wad=str(reading.sum_exp_wad),
        difficulty=str(met.difficulty),
        contract=met.contract,
        round=met.round,
        controller_difficulty=str(reading.difficulty),
    )


def committee_answer(state: OracleState) -> Committee:
    """The committee of a state of the oracle contract, and what binds it."""
    limits = state.limits
    return Committee(
        operators=list(state.operators),
        threshold=state.threshold,
        model_hash="0x" + state.model_hash.hex(),
        limits=LimitsAnswer(
            max_phi=limits.max_phi_lane / UNITS_PER_ONE,
            max_step=limits.max_step_lane / UNITS_PER_ONE,
            max_sum_ratio_bps=limits.max_sum_ratio_bps,
            min_spacing_blocks=limits.min_spacing_blocks,
            max_age_seconds=limits.max_age_seconds,
            relax_period_seconds=limits.relax_period_seconds,
        ),
    )
