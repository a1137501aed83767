"""What is built on the network: plans, files, transfers, and what operators signed of routes.

These answers are read of the node when they are asked for, within what `/rpc` lets the same client have, and kept
until the next block.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel

from oracle.client.answers import BlockAnswer, Page
from oracle.client.application_answers import (
    FileAnswer,
    FileSummary,
    PlanAnswer,
    PlanSummary,
    PoolAnswer,
    ProofAnswer,
    RouteAnswer,
    TransferAnswer,
)
from oracle.service.answers import block_answer
from oracle.service.applications import conditions, files, plans, transfers
from oracle.service.applications.reader import Contract, Reader, ReadFailed
from oracle.service.rpc_proxy import ANSWER_SECONDS, TooManyRequests
from oracle.service.snapshot import Snapshot
from oracle.service.v1 import application_examples as examples
from oracle.service.v1.cached import Rendered, whole
from oracle.service.v1.examples import shown
from oracle.service.v1.pages import LARGEST_INTEGER, Cursor, page, position_of
from oracle.service.v1.problems import described
from oracle.service.v1.sources import From, Sources

router = APIRouter(tags=["applications"])

MOST_ITEMS = 50  # of a page: each is read of the node
_Limit = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="The most items of the page.")]
_Id = Annotated[str, Path(pattern="^0x[0-9a-f]{64}$")]
_LISTED = described(404, 422, 429, 503)
_Listed = tuple[Sequence[BaseModel], int | None]  # items, and where the next page begins


@router.get("/plans", response_model=Page[PlanSummary], responses=shown(examples.PLANS) | _LISTED)
async def list_plans(request: Request, sources: From, limit: _Limit = 20, cursor: Cursor = None) -> Response:
    """Plans of the PlanBook, the last proposed first. A page may hold fewer than `limit` and still lead on."""
    book = _deployed(sources, plans.CONTRACT, "plans")
    before = position_of(cursor, LARGEST_INTEGER)
    return await _page(request, sources, limit, lambda reader, _: plans.summaries(reader, book, before, limit))


@router.get("/plans/{plan}", response_model=PlanAnswer, responses=shown(examples.PLAN) | _LISTED)
async def plan(request: Request, sources: From, plan: _Id) -> Response:
    """One plan: its parties and what each holds, its steps, and where it stands."""
    book = _deployed(sources, plans.CONTRACT, "plans")

    async def read(reader: Reader, at: Snapshot) -> BaseModel:
        found = await plans.plan(reader, book, _bytes(plan), sources.searches, _block(at))
        return _known(found, f"the book has no plan {plan}")

    return await _whole(request, sources, read)


@router.get("/files", response_model=Page[FileSummary], responses=shown(examples.FILES) | _LISTED)
async def list_files(request: Request, sources: From, limit: _Limit = 20, cursor: Cursor = None) -> Response:
    """Files of the StorageRegistry, the last registered first. A page may hold fewer than `limit` and still lead on."""
    registry = _deployed(sources, files.CONTRACT, "files")
    before = position_of(cursor, LARGEST_INTEGER)
    return await _page(request, sources, limit, lambda reader, _: files.summaries(reader, registry, before, limit))


@router.get("/files/{file}", response_model=FileAnswer, responses=shown(examples.FILE) | _LISTED)
async def file(request: Request, sources: From, file: _Id) -> Response:
    """One file: what its owner wants, and who holds it."""
    registry = _deployed(sources, files.CONTRACT, "files")

    async def read(reader: Reader, at: Snapshot) -> BaseModel:
        found = await files.file(reader, registry, _bytes(file), sources.searches, _block(at))
        return _known(found, f"the registry has no file {file}")

    return await _whole(request, sources, read)


@router.get("/files/{file}/proofs", response_model=Page[ProofAnswer], responses=shown(examples.PROOFS) | _LISTED)
async def file_proofs(
    request: Request, sources: From, file: _Id, limit: _Limit = 20, cursor: Cursor = None
) -> Response:
    """How challenges of a file's holders ended, the last first. A page may hold fewer than `limit`, and lead on."""
    registry = _deployed(sources, files.CONTRACT, "files")
    before = position_of(cursor, LARGEST_INTEGER)

    async def read(reader: Reader, _: Snapshot) -> _Listed:
        if not await files.is_known(reader, registry, _bytes(file)):
            raise HTTPException(404, f"the registry has no file {file}")
        return await files.proofs(reader, registry, _bytes(file), before, limit)

    return await _page(request, sources, limit, read)


@router.get("/transfers", response_model=Page[TransferAnswer], responses=shown(examples.TRANSFERS) | _LISTED)
async def list_transfers(request: Request, sources: From, limit: _Limit = 20, cursor: Cursor = None) -> Response:
    """Locks and orders that began here, the last first. A page may hold fewer than `limit` and still lead on."""
    bridges = _bridges(sources)
    before = position_of(cursor, LARGEST_INTEGER)
    return await _page(request, sources, limit, lambda reader, _: transfers.transfers(reader, bridges, before, limit))


@router.get("/transfers/{transfer}", response_model=TransferAnswer, responses=shown(examples.TRANSFER) | _LISTED)
async def transfer(request: Request, sources: From, transfer: _Id) -> Response:
    """One transfer, by the id of its lock or order."""
    bridges = _bridges(sources)

    async def read(reader: Reader, _: Snapshot) -> BaseModel:
        found = await transfers.transfer(reader, bridges, _bytes(transfer), sources.searches)
        return _known(found, f"neither locks nor orders here have the id {transfer}")

    return await _whole(request, sources, read)


@router.get("/routes", response_model=Page[RouteAnswer], responses=shown(examples.ROUTES) | _LISTED)
async def list_routes(request: Request, sources: From, limit: _Limit = 20, cursor: Cursor = None) -> Response:
    """Routes by the last report that operators signed of each, the latest first.

    A page may hold fewer than `limit` and still lead on: of a route's reports only the last one is shown.
    """
    contract = _deployed(sources, conditions.CONTRACT, "routes")
    before = position_of(cursor, LARGEST_INTEGER)

    async def read(reader: Reader, at: Snapshot) -> _Listed:
        return await conditions.routes(reader, contract, before, limit, at.timestamp_seconds)

    return await _page(request, sources, limit, read)


@router.get("/routes/{route}", response_model=RouteAnswer, responses=shown(examples.ROUTE) | _LISTED)
async def route(request: Request, sources: From, route: _Id) -> Response:
    """What operators signed of one route last."""
    contract = _deployed(sources, conditions.CONTRACT, "routes")

    async def read(reader: Reader, at: Snapshot) -> BaseModel:
        found = await conditions.route(reader, contract, _bytes(route), at.timestamp_seconds)
        return _known(found, f"operators have signed nothing of a route {route}")

    return await _whole(request, sources, read)


@router.get("/pool", response_model=PoolAnswer, responses=shown(examples.POOL) | described(404, 429, 503))
async def pool(request: Request, sources: From) -> Response:
    """The liquidity of the RelayPool."""
    bridges = _bridges(sources)
    return await _whole(request, sources, lambda reader, at: transfers.pool(reader, bridges, _block(at)))


async def _page(
    request: Request, sources: Sources, limit: int, read: Callable[[Reader, Snapshot], Awaitable[_Listed]]
) -> Response:
    async def render(reader: Reader, at: Snapshot) -> Rendered:
        items, following = await read(reader, at)
        return page(request, items, limit, following)

    return await _answered(request, sources, render)


async def _whole(
    request: Request, sources: Sources, read: Callable[[Reader, Snapshot], Awaitable[BaseModel]]
) -> Response:
    async def render(reader: Reader, at: Snapshot) -> Rendered:
        return whole(await read(reader, at))

    return await _answered(request, sources, render)


async def _answered(
    request: Request, sources: Sources, render: Callable[[Reader, Snapshot], Awaitable[Rendered]]
) -> Response:
    """The answer as of the block that the oracle saw last."""
    seen = sources.seen
    reader = Reader(sources.proxy, request.client.host if request.client else "", seen.snapshot.block)

    async def read() -> Rendered:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await render(reader, seen.snapshot)

    try:
        return await sources.answers.answer_read(request, seen.number, read)
    except TooManyRequests as error:
        raise HTTPException(429, str(error), {"Retry-After": str(error.retry_after_seconds)}) from None
    except ReadFailed as error:
        raise HTTPException(503, f"{error}; try again in 1 s", {"Retry-After": "1"}) from error
    except TimeoutError:
        detail = f"the oracle's node has not answered within {ANSWER_SECONDS:.0f} s; ask for less, or later"
        raise HTTPException(503, detail, {"Retry-After": "5"}) from None


def _deployed(sources: Sources, name: str, subject: str) -> Contract:
    """A contract of the deployment.

    Raises:
        HTTPException: 404, it has none.
    """
    entry = sources.deployment["contracts"].get(name)
    if entry is None or entry["blockNumber"] is None:
        raise HTTPException(404, f"this deployment has no {name}, so there are no {subject} here")
    return Contract(name, entry["address"], entry["blockNumber"])


def _bridges(sources: Sources) -> transfers.Bridges:
    return transfers.Bridges(
        _deployed(sources, transfers.LOCKS, "transfers"), _deployed(sources, transfers.POOL, "transfers")
    )


def _known(found: BaseModel | None, otherwise: str) -> BaseModel:
    if found is None:
        raise HTTPException(404, otherwise)
    return found


def _block(at: Snapshot) -> BlockAnswer:
    return block_answer(at.block, at.block_hash, at.timestamp_seconds)


def _bytes(identity: str) -> bytes:
    return bytes.fromhex(identity[2:])
