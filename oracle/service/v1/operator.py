"""What a key of this operator may do: pause its own signing, resume, and read the audit log."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from oracle.client.answers import AuditEntry, Page, SigningState
from oracle.errors import CatalystError
from oracle.service.api_keys import Scope
from oracle.service.control import Control, NotAllowed
from oracle.service.v1 import examples
from oracle.service.v1.pages import Cursor, Limit, page, position_of
from oracle.service.v1.problems import described
from oracle.service.v1.sources import From, Sources

router = APIRouter(prefix="/control", tags=["control"])
_SECURITY: dict[str, Any] = {"security": [{"apiKey": []}]}


@router.post(
    "/pause-reporting",
    response_model=SigningState,
    responses=examples.shown(examples.SIGNING_PAUSED) | described(401, 403, 429, 503),
    openapi_extra=_SECURITY,
)
async def pause_reporting(request: Request, sources: From) -> SigningState:
    """Have this operator sign and send nothing until it is resumed; a restart changes nothing of it."""
    return _signing(request, sources, paused=True)


@router.post(
    "/resume",
    response_model=SigningState,
    responses=examples.shown(examples.SIGNING_RESUMED) | described(401, 403, 429, 503),
    openapi_extra=_SECURITY,
)
async def resume(request: Request, sources: From) -> SigningState:
    """Have this operator sign again."""
    return _signing(request, sources, paused=False)


@router.get(
    "/audit",
    response_model=Page[AuditEntry],
    responses=examples.shown(examples.AUDIT) | described(401, 403, 422, 429, 503),
    openapi_extra=_SECURITY,
)
async def audit(request: Request, sources: From, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """What keys did here or were refused, oldest first."""
    control = _admitted(request, sources, "audit", "read the audit log")
    after = position_of(cursor, 0)
    found = control.audit.entries(after, limit + 1)
    following = after + limit if len(found) > limit else None
    made = page(request, found[:limit], limit, following)
    return Response(made.content, headers=dict(made.headers), media_type="application/json")


def _signing(request: Request, sources: Sources, *, paused: bool) -> SigningState:
    _admitted(request, sources, "control", "pause reporting" if paused else "resume reporting")
    sources.daemon.cycle.store.pause_signing(paused)
    return SigningState(signing_paused=paused)


def _admitted(request: Request, sources: Sources, scope: Scope, action: str) -> Control:
    control = sources.control
    if control is None:
        raise HTTPException(403, "this operator has no file of keys, so nothing can be written here")
    client = request.client.host if request.client else ""
    try:
        control.admit(request.headers.get("authorization", ""), scope, action, client)
    except NotAllowed as error:
        raise HTTPException(error.status, error.detail, error.headers) from None
    except CatalystError as error:
        raise HTTPException(503, str(error)) from error
    return control
