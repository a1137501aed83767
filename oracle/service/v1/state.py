"""The network's state: parameters, nodes, committee."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request, Response
from pydantic_core import to_json

from oracle.client.answers import Committee, Consensus, Network, NodeAnswer, Page, PastNode, RoundAnswer, Won
from oracle.service.answers import block_answer, committee_answer, network_answer, node_answer, round_answer
from oracle.service.lookout import Seen
from oracle.service.v1 import examples
from oracle.service.v1.cached import Rendered, whole
from oracle.service.v1.pages import LARGEST_INTEGER, Cursor, Limit, page, page_of_more, position_of
from oracle.service.v1.problems import described
from oracle.service.v1.sources import From, Sources

router = APIRouter(tags=["state"])
_Node = Annotated[int, Path(ge=0, le=LARGEST_INTEGER)]


@router.get("/network", response_model=Network, responses=examples.shown(examples.NETWORK) | described(503))
async def network(request: Request, sources: From) -> Response:
    """p, Σexp(φ), d, θ and φ over all nodes, the report in force and its freshness, pauses, contracts, engine."""
    seen, paused = sources.seen, sources.journal.now().signing_paused

    def render() -> Rendered:
        found = network_answer(
            seen.snapshot,
            seen.in_force,
            engine=seen.engine,
            deployment=sources.deployment,
            signing_paused=paused,
        )
        return whole(found)

    return sources.answers.answer(request, (seen.number, paused), render)


@router.get("/nodes", response_model=Page[NodeAnswer], responses=examples.shown(examples.NODES) | described(422, 503))
async def nodes(request: Request, sources: From, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """All nodes by index, retired ones included."""
    seen, first = sources.seen, position_of(cursor, 0)
    last = min(seen.snapshot.nodes.count, first + limit)
    following = last if last < seen.snapshot.nodes.count else None

    def render() -> Rendered:
        return page(request, [_node(sources, seen, node) for node in range(first, last)], limit, following)

    return sources.answers.answer(request, seen.number, render)


@router.get(
    "/nodes/{node}", response_model=NodeAnswer, responses=examples.shown(examples.NODE) | described(404, 422, 503)
)
async def node(request: Request, sources: From, node: _Node) -> Response:
    """One node: θ₀, φ, θ, its key, and what it won in the last rounds where the chain has a ledger."""
    seen = sources.seen
    _refuse_unknown(seen, node)
    return sources.answers.answer(request, seen.number, lambda: whole(_node(sources, seen, node)))


@router.get(
    "/nodes/{node}/history",
    response_model=Page[PastNode],
    responses=examples.shown(examples.NODE_HISTORY) | described(404, 422, 503),
)
async def node_history(
    request: Request, sources: From, node: _Node, limit: Limit = 200, cursor: Cursor = None
) -> Response:
    """θ₀, φ and θ of one node after each epoch's block, newest first, of the last 1 000 epochs."""
    _refuse_unknown(sources.seen, node)
    before = position_of(cursor, LARGEST_INTEGER)

    def render() -> Rendered:
        found = sources.journal.node_after_each(node, before, limit + 1)
        return page_of_more(request, found, limit, lambda last: last.epoch)

    return sources.answers.answer(request, sources.journal.now().version, render)


def _refuse_unknown(seen: Seen, node: int) -> None:
    if node >= seen.snapshot.nodes.count:
        raise HTTPException(404, f"there is no node {node}; indices run from 0 to {seen.snapshot.nodes.count - 1}")


def _node(sources: Sources, seen: Seen, node: int) -> NodeAnswer:
    won = sources.won(seen)
    none = None if seen.rounds is None else Won(rounds=len(seen.rounds), blocks=0, transactions=0, fill=None)
    return node_answer(
        seen.snapshot,
        node,
        miner=seen.miners.get(node),
        won=None if won is None else won.get(node, none),
        stake=seen.own.stakes.get(node),
        votes=seen.own.votes.get(node),
    )


@router.get("/consensus", response_model=Consensus, responses=examples.shown(examples.CONSENSUS) | described(503))
async def consensus(request: Request, sources: From) -> Response:
    """What the consensus has of its own: the target of hashes, slots and stake, or the order of turns."""
    seen = sources.seen

    def render() -> Rendered:
        at, own = seen.snapshot, seen.own
        found = Consensus(
            engine=seen.engine,
            block=block_answer(at.block, at.block_hash, at.timestamp_seconds),
            work=own.work,
            stake=own.stake,
            delegates=own.delegates,
        )
        return whole(found)

    return sources.answers.answer(request, seen.number, render)


@router.get(
    "/rounds", response_model=Page[RoundAnswer], responses=examples.shown(examples.ROUNDS) | described(422, 503)
)
async def rounds(request: Request, sources: From, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """The last 201 rounds of the ledger up to the last window that was read, newest first; none without a ledger."""
    seen, before = sources.seen, position_of(cursor, LARGEST_INTEGER)
    capacity_transactions = sources.daemon.cycle.settings.capacity_transactions

    def render() -> Rendered:
        found = [each for each in reversed(seen.rounds or ()) if each.chain_block < before]
        following = found[limit - 1].chain_block if len(found) > limit else None
        items = [round_answer(each, capacity_transactions) for each in found[:limit]]
        return page(request, items, limit, following)

    return sources.answers.answer(request, seen.number, render)


@router.get("/committee", response_model=Committee, responses=examples.shown(examples.COMMITTEE) | described(503))
async def committee(request: Request, sources: From) -> Response:
    """The operators, how many must sign, the model, and the contract's bounds on reports."""
    seen = sources.seen
    return sources.answers.answer(request, seen.number, lambda: whole(committee_answer(seen.in_force)))


@router.get("/deployment", response_model=dict[str, Any], responses=examples.shown(examples.DEPLOYMENT))
async def deployment(request: Request, sources: From) -> Response:
    """The deployment's record: where the contracts are, for the page."""
    return sources.answers.answer(request, None, lambda: Rendered(to_json(sources.deployment)))
