"""The daemon's HTTP interface: version 1 of the API, health, metrics, the page and what it reads.

Nothing here calls the chain on the oracle's connection or waits for a step. State comes from what the last look left,
the journal is read by a connection of its own, and `/rpc` has its own connection to the node.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from pydantic_core import from_json, to_json

from oracle import __version__
from oracle.chain.reads import Reads
from oracle.client.answers import Health
from oracle.errors import JournalFailed
from oracle.service.control import Control
from oracle.service.daemon import Daemon
from oracle.service.journal_view import JournalView
from oracle.service.rpc_proxy import RpcProxy, TooManyRequests
from oracle.service.v1 import examples
from oracle.service.v1.problems import add_problems, described
from oracle.service.v1.routes import OPENAPI, description, router
from oracle.service.v1.sources import From, Sources
from oracle.shipped import shipped

DAPP_DIRECTORY = shipped("page", "dapp/dist")
_MAX_RPC_BODY_BYTES = 64 * 1024
# After this long without the end of a step, steps hang: none takes longer, nor does a wait for a foreign block.
_OLDEST_STEP_SECONDS = 90.0

_root = APIRouter()


def create_app(daemon: Daemon, deployment: dict[str, Any], control: Control | None = None) -> FastAPI:
    """The HTTP interface of a daemon.

    Args:
        daemon: The running daemon; it is read, never changed but by keys.
        deployment: Content of the deployment file, for the page.
        control: Who may write; None: nobody.

    Raises:
        JournalFailed: the daemon's journal cannot be read.
    """
    app = described_app()
    app.state.sources = Sources(
        daemon=daemon,
        journal=JournalView(daemon.cycle.store.path),
        proxy=RpcProxy(Reads(daemon.cycle.chain)),
        deployment=deployment,
        control=control,
    )
    return app


def described_app() -> FastAPI:
    """An app with all routes, and nothing yet to answer from."""
    app = FastAPI(
        title="Catalyst oracle",
        version=__version__,
        openapi_url=OPENAPI,
        docs_url=None,
        redoc_url=None,
        lifespan=_closing,
        generate_unique_id_function=lambda route: route.name,
    )
    add_problems(app)
    app.include_router(router())
    app.include_router(_root)
    _add_page(app)
    app.openapi = lambda: description(app, _root)  # type: ignore[method-assign] # as FastAPI has it
    return app


@asynccontextmanager
async def _closing(app: FastAPI) -> AsyncIterator[None]:
    yield
    sources: Sources = app.state.sources
    sources.proxy.close()
    sources.journal.close()


@_root.get(
    "/health",
    response_model=Health,
    responses=examples.shown(examples.HEALTH)
    | {
        503: {
            "model": Health,
            "description": "Something is wrong",
            "content": {"application/json": {"example": examples.DEGRADED.model_dump()}},
        }
    },
)
async def health(sources: From) -> Response:
    """200 while the oracle works and its report is fresh, else 503; says what is wrong."""
    found = _health(sources.daemon, sources.journal)
    status_code = 503 if found.problems else 200
    return Response(found.model_dump_json(), status_code=status_code, media_type="application/json")


@_root.get("/metrics", response_class=Response, responses=examples.METRICS)
async def metrics(sources: From) -> Response:
    """Prometheus text format."""
    return Response(sources.daemon.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


@_root.post(
    "/rpc",
    response_class=Response,
    responses=examples.RPC | described(413, 415, 429),
    openapi_extra=examples.RPC_REQUEST,
)
async def rpc(request: Request, sources: From) -> Response:
    """Read-only JSON-RPC for the page, within bounds on gas, time, bytes and rate."""
    # A page of another origin must ask before it sends this content type, and is always refused.
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        raise HTTPException(415, "send application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_RPC_BODY_BYTES:
            raise HTTPException(413, f"a request holds at most {_MAX_RPC_BODY_BYTES} bytes")
    try:
        called = from_json(bytes(body))  # bounds its depth itself; json would follow any nesting off the stack
    except ValueError:
        answer: object = {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "not JSON"}}
        return Response(to_json(answer), media_type="application/json")
    try:
        answer = await sources.proxy.answer(called, request.client.host if request.client else "")
    except TooManyRequests as error:
        raise HTTPException(429, str(error), {"Retry-After": str(error.retry_after_seconds)}) from None
    return Response(to_json(answer), media_type="application/json")


def _health(daemon: Daemon, journal: JournalView) -> Health:
    problems = [daemon.last_error] if daemon.last_error else []
    snapshot, cycle, now_seconds = daemon.cycle.lookout.snapshot, daemon.cycle, time.monotonic()
    oldest = max(_OLDEST_STEP_SECONDS, 5 * cycle.settings.poll_seconds)
    if now_seconds - daemon.last_step_at > oldest:
        problems.append(f"no step has ended for {oldest:.0f} s: the node hangs, or no one calls for steps")
    if cycle.lookout.funds is not None and cycle.lookout.funds.problem is not None:
        problems.append(cycle.lookout.funds.problem)
    if snapshot is None:
        problems.append("the oracle has not read the chain yet")
    else:
        if now_seconds - snapshot.since > cycle.lookout.max_head_age_seconds:
            problems.append(
                f"block {snapshot.block} has been the latest for {now_seconds - snapshot.since:.0f} s, though blocks "
                f"are {cycle.contracts.anchor.interval_seconds} s apart: the chain or the node has halted"
            )
        if snapshot.problem is not None:
            problems.append(snapshot.problem)
        if snapshot.stale:
            problems.append(f"the last report is {snapshot.age_seconds} s old and stale")
    try:
        now = journal.now()
    except JournalFailed as error:
        now = None
        problems.append(str(error))
    if now is not None and now.refusal is not None:
        problems.append(now.refusal)
    if now is not None and now.signing_paused:
        problems.append("a key of this operator has paused its signing; resume it by POST /v1/control/resume")
    return Health(
        status="degraded" if problems else "ok",
        problems=problems,
        head=None if snapshot is None else snapshot.block,
        report_age_seconds=None if snapshot is None else snapshot.age_seconds,
        in_flight=None if now is None else now.in_flight,
        refusal=None if now is None else now.refusal,
    )


def _add_page(app: FastAPI) -> None:
    """The page, where it is built, and `/docs` by Swagger UI's files beside it: nothing is loaded from elsewhere."""
    if DAPP_DIRECTORY.is_dir():
        app.mount("/dapp", StaticFiles(directory=DAPP_DIRECTORY, html=True), name="dapp")

        @app.get("/", include_in_schema=False)
        async def root() -> RedirectResponse:
            return RedirectResponse("/dapp/")

    if not (DAPP_DIRECTORY / "swagger-ui").is_dir():
        return

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=OPENAPI,
            title="Catalyst oracle",
            swagger_js_url="/dapp/swagger-ui/swagger-ui-bundle.js",
            swagger_css_url="/dapp/swagger-ui/swagger-ui.css",
            swagger_favicon_url="/dapp/icon.svg",
            swagger_ui_parameters={"validatorUrl": None},  # it would send the description elsewhere
        )
