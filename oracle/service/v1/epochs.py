"""Epochs as the chain tells them, this operator's own reports, and what it signed."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response

from oracle.client.answers import EpochAnswer, Page, PastNode, Point, ReportAnswer, SignaturesAnswer, WholeReport
from oracle.service.v1 import examples
from oracle.service.v1.cached import Rendered, whole
from oracle.service.v1.pages import LARGEST_INTEGER, Cursor, Limit, page, page_of_more, position_of
from oracle.service.v1.problems import described
from oracle.service.v1.sources import From

router = APIRouter()
LARGEST_NODE = 2**32  # beyond any registry
_Epoch = Annotated[int, Path(ge=0, le=LARGEST_INTEGER)]


@router.get(
    "/epochs",
    response_model=Page[EpochAnswer],
    responses=examples.shown(examples.EPOCHS) | described(422, 503),
    tags=["epochs"],
)
async def epochs(request: Request, sources: From, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """The reports that were applied, whoever sent them, newest first."""
    before = position_of(cursor, LARGEST_INTEGER)

    def render() -> Rendered:
        found = sources.journal.epochs(before, limit + 1)
        return page_of_more(request, found, limit, lambda last: last.epoch)

    return sources.answers.answer(request, sources.journal.now().version, render)


@router.get(
    "/epochs/{epoch}",
    response_model=EpochAnswer,
    responses=examples.shown(examples.EPOCH) | described(404, 422, 503),
    tags=["epochs"],
)
async def epoch(request: Request, sources: From, epoch: _Epoch) -> Response:
    """One report: window, signers, model, transaction, and what words did."""
    found = next(iter(sources.journal.epochs(min(epoch + 1, LARGEST_INTEGER), 1)), None)
    if found is None or found.epoch != epoch:
        raise HTTPException(404, f"no report of epoch {epoch} is known here")
    return sources.answers.answer(request, sources.journal.now().version, lambda: whole(found))


@router.get(
    "/epochs/{epoch}/nodes",
    response_model=Page[PastNode],
    responses=examples.shown(examples.EPOCH_NODES) | described(404, 422, 503),
    tags=["epochs"],
)
async def epoch_nodes(
    request: Request, sources: From, epoch: _Epoch, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """θ₀, φ and θ of all nodes after the block that applied one report, by index, of the last 1 000 epochs."""
    first = min(position_of(cursor, 0), LARGEST_NODE)
    found = sources.journal.nodes_after(epoch, first, limit)
    if found is None:
        raise HTTPException(404, f"the nodes after epoch {epoch} are not known here")
    count, nodes = found
    following = first + limit if first + limit < count else None
    return sources.answers.answer(
        request, sources.journal.now().version, lambda: page(request, nodes, limit, following)
    )


@router.get(
    "/history",
    response_model=Page[Point],
    responses=examples.shown(examples.HISTORY) | described(422, 503),
    tags=["epochs"],
)
async def history(request: Request, sources: From, limit: Limit = 200, cursor: Cursor = None) -> Response:
    """Points for charts: p, d, Σexp(φ), mean θ and φ after each epoch's block, newest first."""
    before = position_of(cursor, LARGEST_INTEGER)

    def render() -> Rendered:
        found = sources.journal.points(before, limit + 1)
        return page_of_more(request, found, limit, lambda last: last.epoch)

    return sources.answers.answer(request, sources.journal.now().version, render)


@router.get(
    "/reports",
    response_model=Page[ReportAnswer],
    responses=examples.shown(examples.REPORTS) | described(422, 503),
    tags=["operator"],
)
async def reports(request: Request, sources: From, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """This operator's own reports and what became of them, newest first, without their lanes."""
    before = position_of(cursor, LARGEST_INTEGER)

    def render() -> Rendered:
        found = sources.journal.reports(before, limit + 1)
        following = found[limit - 1][0] if len(found) > limit else None
        return page(request, [each for _, each in found[:limit]], limit, following)

    return sources.answers.answer(request, sources.journal.now().version, render)


@router.get(
    "/reports/{epoch}",
    response_model=WholeReport,
    responses=examples.shown(examples.WHOLE_REPORT) | described(404, 422, 503),
    tags=["operator"],
)
async def report(request: Request, sources: From, epoch: _Epoch) -> Response:
    """This operator's last report of one epoch, with the lane of every node."""
    found = sources.journal.last_of_epoch(epoch)
    if found is None:
        raise HTTPException(404, f"the journal has no report of epoch {epoch}")
    return sources.answers.answer(request, sources.journal.now().version, lambda: whole(found))


@router.get(
    "/signatures/{epoch}",
    response_model=SignaturesAnswer,
    responses=examples.shown(examples.SIGNATURES) | described(422, 503),
    tags=["operator"],
)
async def signatures(request: Request, sources: From, epoch: _Epoch) -> Response:
    """What the operators held here signed for one epoch: the daemons of other operators pull it from here."""
    return sources.answers.answer(
        request, sources.journal.now().version, lambda: whole(sources.journal.signatures(epoch))
    )
