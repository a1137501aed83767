"""The daemon's HTTP interface: health, journal, parameters in force, metrics, the page and what it reads.

Nothing here calls the chain on the oracle's connection or waits for a step. Parameters come from the snapshot that the
last step left, the journal is read by a connection of its own, and `/rpc` has its own connection to the node.
"""

import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from pydantic_core import from_json, to_json

from oracle import __version__
from oracle.chain.reads import Reads
from oracle.errors import JournalFailed
from oracle.service.answers import (
    Difficulty,
    Health,
    NodeAnswer,
    Problem,
    ReportAnswer,
    SignaturesAnswer,
    WholeReport,
    difficulty_answer,
    node_answer,
)
from oracle.service.daemon import Daemon
from oracle.service.journal_view import MOST_LISTED, JournalView
from oracle.service.rpc_proxy import RpcProxy, TooManyRequests
from oracle.service.snapshot import Snapshot

DAPP_DIRECTORY = Path(__file__).resolve().parents[2] / "dapp" / "dist"
_MAX_RPC_BODY_BYTES = 64 * 1024
# After this long without the end of a step, steps hang: none takes longer, nor does a wait for a foreign block.
_OLDEST_STEP_SECONDS = 90.0
_LARGEST_INTEGER = 2**63 - 1  # of SQLite
_Problems = dict[int | str, dict[str, Any]]


def _problems(*codes: int) -> _Problems:
    return {code: {"model": Problem} for code in codes}


def create_app(daemon: Daemon, deployment: dict[str, Any]) -> FastAPI:
    """The HTTP interface of a daemon.

    Args:
        daemon: The running daemon; it is read, never changed.
        deployment: Content of the deployment file, for the page.

    Raises:
        JournalFailed: the daemon's journal cannot be read.
    """
    journal = JournalView(daemon.cycle.store.path)
    proxy = RpcProxy(Reads(daemon.cycle.chain))

    @asynccontextmanager
    async def closing(_: FastAPI) -> AsyncIterator[None]:
        yield
        proxy.close()
        journal.close()

    app = FastAPI(title="Catalyst oracle", version=__version__, docs_url=None, redoc_url=None, lifespan=closing)

    @app.exception_handler(JournalFailed)
    async def journal_failed(_: Request, error: JournalFailed) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=503)

    @app.exception_handler(RequestValidationError)
    async def unusable(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place, *names = map(str, first["loc"])
        return JSONResponse({"detail": f"{'.'.join(names)} in the {place}: {first['msg']}"}, status_code=422)

    _add_daemon_routes(app, daemon, journal)
    _add_parameter_routes(app, daemon)
    _add_page_routes(app, proxy, deployment)
    _add_description(app)
    return app


def _add_daemon_routes(app: FastAPI, daemon: Daemon, journal: JournalView) -> None:
    @app.get("/health", response_model=Health, responses={503: {"model": Health}})
    async def health() -> Response:
        """200 while the oracle works and its report is fresh, else 503; says what is wrong."""
        found = _health(daemon, journal)
        status_code = 503 if found.problems else 200
        return Response(found.model_dump_json(), status_code=status_code, media_type="application/json")

    tags = _Tags()

    @app.get("/epochs", response_model=list[ReportAnswer], responses=_problems(422, 503))
    async def epochs(request: Request, limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50) -> Response:
        """The journal's last reports, newest first, without their lanes."""
        now = journal.now()
        return tags.answer(request, now.version, lambda: to_json(now.latest[:limit]))

    @app.get("/epochs/{epoch}", response_model=WholeReport, responses=_problems(404, 422, 503))
    async def epoch(epoch: Annotated[int, PathParameter(ge=0, le=_LARGEST_INTEGER)]) -> Response:
        """The journal's last report of one epoch, with the lane of every node."""
        found = journal.last_of_epoch(epoch)
        if found is None:
            raise HTTPException(404, f"the journal has no report of epoch {epoch}")
        return _json(found)

    @app.get("/signatures/{epoch}", response_model=SignaturesAnswer, responses=_problems(422, 503))
    async def signatures(epoch: Annotated[int, PathParameter(ge=0, le=_LARGEST_INTEGER)]) -> Response:
        """What the operators held here signed for one epoch: the daemons of other operators pull it from here."""
        return _json(journal.signatures(epoch))

    @app.get("/metrics")
    async def metrics() -> Response:
        """Prometheus text format."""
        return Response(daemon.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


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
    return Health(
        status="degraded" if problems else "ok",
        problems=problems,
        head=None if snapshot is None else snapshot.block,
        report_age_seconds=None if snapshot is None else snapshot.age_seconds,
        in_flight=None if now is None else now.in_flight,
        refusal=None if now is None else now.refusal,
    )


def _add_parameter_routes(app: FastAPI, daemon: Daemon) -> None:
    tags = _Tags()

    @app.get("/nodes/{node}", response_model=NodeAnswer, responses=_problems(404, 422, 503))
    async def node(request: Request, node: int) -> Response:
        """Parameters of one node after the block that the last step looked at: theta0, phi, theta."""
        snapshot = _snapshot(daemon)
        try:
            found = node_answer(snapshot, node)
        except IndexError:
            last = snapshot.nodes.count - 1
            raise HTTPException(404, f"there is no node {node}; indices run from 0 to {last}") from None
        return tags.answer(request, snapshot.number, lambda: found.model_dump_json().encode())

    @app.get("/difficulty", response_model=Difficulty, responses=_problems(409, 503))
    async def difficulty(request: Request) -> Response:
        """P that miners meet and the contract it is of; d, sum of exp(phi) and p of the controller; their freshness."""
        snapshot = _snapshot(daemon)
        found = difficulty_answer(snapshot)
        if found is None:
            raise HTTPException(409, "no active node is registered, so p is not defined")
        return tags.answer(request, snapshot.number, lambda: found.model_dump_json().encode())


def _snapshot(daemon: Daemon) -> Snapshot:
    snapshot = daemon.cycle.lookout.snapshot
    if snapshot is None:
        raise HTTPException(503, "the oracle has not read the chain yet; try again soon", {"Retry-After": "1"})
    return snapshot


class _Tags:
    """ETags from the number of the state that an answer shows, so that polling clients get few bytes if it is old."""

    def __init__(self) -> None:
        self._process = secrets.token_hex(4)  # each process starts its numbers again

    def answer(self, request: Request, number: int, render: Callable[[], bytes]) -> Response:
        """304 if the request names the tag of `number`, else the rendered JSON."""
        tag = f'"{self._process}-{number}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(render(), headers=headers, media_type="application/json")


def _json(answer: BaseModel) -> Response:
    return Response(answer.model_dump_json(), media_type="application/json")


def _add_page_routes(app: FastAPI, proxy: RpcProxy, deployment: dict[str, Any]) -> None:
    @app.get("/deployment.json")
    async def deployment_file() -> dict[str, Any]:
        """Where the contracts are, for the page."""
        return deployment

    @app.post("/rpc", responses=_problems(413, 415, 429))
    async def rpc(request: Request) -> Response:
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
            return JSONResponse({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "not JSON"}})
        try:
            answer = await proxy.answer(called, request.client.host if request.client else "")
        except TooManyRequests as error:
            raise HTTPException(429, str(error), {"Retry-After": str(error.retry_after_seconds)}) from None
        return Response(to_json(answer), media_type="application/json")

    if DAPP_DIRECTORY.is_dir():
        app.mount("/dapp", StaticFiles(directory=DAPP_DIRECTORY, html=True), name="dapp")

        @app.get("/", include_in_schema=False)
        async def root() -> RedirectResponse:
            return RedirectResponse("/dapp/")


def _add_description(app: FastAPI) -> None:
    """`/docs`, by Swagger UI's files in the page's folder: nothing is loaded from elsewhere."""
    scripts = DAPP_DIRECTORY / "swagger-ui"
    if not scripts.is_dir():
        return

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Catalyst oracle",
            swagger_js_url="/dapp/swagger-ui/swagger-ui-bundle.js",
            swagger_css_url="/dapp/swagger-ui/swagger-ui.css",
            swagger_favicon_url="/dapp/icon.svg",
            swagger_ui_parameters={"validatorUrl": None},  # it would send the description elsewhere
        )
