"""HTTP beside the daemon: health, journal, parameters in force, metrics, the page and what it reads."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from pydantic_core import from_json
from web3.exceptions import ContractLogicError

from oracle import __version__
from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.errors import CatalystError, ConnectionFailed, UnknownNode
from oracle.formulas.lanes import WAD
from oracle.service.daemon import Daemon
from oracle.service.rpc_proxy import answer
from oracle.service.store import ReportRow

DAPP_DIRECTORY = Path(__file__).resolve().parents[2] / "dapp" / "dist"
_MAX_RPC_BODY_BYTES = 64 * 1024
# How long a request waits for the node to be free. The steps of the oracle go first; /health then says so.
_PATIENCE_SECONDS = 2.0


def create_app(daemon: Daemon, deployment: dict[str, Any]) -> FastAPI:
    """The HTTP interface of a daemon.

    Args:
        daemon: The running daemon; it is read, never changed.
        deployment: Content of the deployment file, for the page.
    """
    app = FastAPI(title="Catalyst oracle", version=__version__, docs_url="/docs", redoc_url=None)

    @app.exception_handler(ConnectionFailed)
    def unreachable(_: Request, error: ConnectionFailed) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=502)

    _add_daemon_routes(app, daemon)
    _add_parameter_routes(app, daemon.cycle.chain, daemon.cycle.contracts)
    _add_page_routes(app, daemon.cycle.chain, deployment)
    return app


def _add_daemon_routes(app: FastAPI, daemon: Daemon) -> None:
    @app.get("/health")
    def health() -> JSONResponse:
        """200 while the oracle works and its report is fresh, else 503; says what is wrong."""
        problems = [daemon.last_error] if daemon.last_error else []
        head: int | None = None
        stale = age = None
        try:
            with daemon.cycle.chain.within(_PATIENCE_SECONDS):
                head = daemon.cycle.chain.head()
                stale, age, _ = daemon.cycle.contracts.staleness()
            if stale:
                problems.append(f"the last report is {age} s old and stale")
        except CatalystError as error:
            problems.append(str(error))
        refusal = daemon.cycle.refusal
        if refusal is not None:
            problems.append(refusal)
        return JSONResponse(
            {
                "status": "degraded" if problems else "ok",
                "problems": problems,
                "head": head,
                "report_age_seconds": age,
                "in_flight": daemon.cycle.store.in_flight() is not None,
                "refusal": refusal,
            },
            status_code=503 if problems else 200,
        )

    @app.get("/epochs")
    def epochs(limit: Annotated[int, Query(ge=1, le=100)] = 50) -> list[dict[str, Any]]:
        """The journal's last reports, newest first, without their lanes."""
        return [_public(row) for row in daemon.cycle.store.latest(limit)]

    @app.get("/epochs/{epoch}")
    def epoch(epoch: int) -> dict[str, Any]:
        """The journal's last report of one epoch, with the lane of every node."""
        row = daemon.cycle.store.last_of_epoch(epoch)
        if row is None:
            raise HTTPException(404, f"the journal has no report of epoch {epoch}")
        return _public(row) | {"lanes": list(row.lanes)}

    @app.get("/metrics")
    def metrics() -> Response:
        """Prometheus text format."""
        return Response(daemon.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _add_parameter_routes(app: FastAPI, chain: Chain, contracts: Contracts) -> None:
    @app.get("/nodes/{node}")
    def node(node: int) -> dict[str, Any]:
        """Parameters of one node in force now: theta0, phi, theta."""
        try:
            with chain.within(_PATIENCE_SECONDS):
                found = contracts.node(node)
        except UnknownNode as error:
            raise HTTPException(404, str(error)) from None
        return {
            "node": node,
            "block": found.block,
            "theta0": found.theta0_wad / WAD,
            "phi": found.phi_wad / WAD,
            "theta": found.theta_wad / WAD,
            # Exact values as strings: WAD exceeds what JavaScript's numbers hold.
            "theta0_wad": str(found.theta0_wad),
            "phi_wad": str(found.phi_wad),
            "theta_wad": str(found.theta_wad),
            "retired": found.retired,
            "miner": found.miner,
        }

    @app.get("/difficulty")
    def difficulty() -> dict[str, Any]:
        """d, sum of exp(phi) and p for the next block, and whether the report behind them is stale."""
        with chain.within(_PATIENCE_SECONDS):
            try:
                reading = contracts.difficulty()
            except ContractLogicError:
                raise HTTPException(409, "no active node is registered, so p is not defined") from None
            stale, age, _ = contracts.staleness()
        return {
            "height": reading.height,
            "timestamp_seconds": reading.timestamp_seconds,
            "base_difficulty": str(reading.base_difficulty),
            "sum_exp": reading.sum_exp_wad / WAD,
            "sum_exp_wad": str(reading.sum_exp_wad),
            "difficulty": str(reading.difficulty),
            "stale": stale,
            "report_age_seconds": age,
        }


def _add_page_routes(app: FastAPI, chain: Chain, deployment: dict[str, Any]) -> None:
    @app.get("/deployment.json")
    def deployment_file() -> dict[str, Any]:
        """Where the contracts are, for the page."""
        return deployment

    @app.post("/rpc")
    async def rpc(request: Request) -> Response:
        """Read-only JSON-RPC for the page."""
        # A page of another origin cannot send this type without asking first, and is never answered yes.
        if request.headers.get("content-type", "").split(";")[0] != "application/json":
            raise HTTPException(415, "send application/json")
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_RPC_BODY_BYTES:
                raise HTTPException(413, f"a request holds at most {_MAX_RPC_BODY_BYTES} bytes")
        return await _answer_in_thread(chain, bytes(body))

    if DAPP_DIRECTORY.is_dir():
        app.mount("/dapp", StaticFiles(directory=DAPP_DIRECTORY, html=True), name="dapp")

        @app.get("/", include_in_schema=False)
        def root() -> RedirectResponse:
            return RedirectResponse("/dapp/")


async def _answer_in_thread(chain: Chain, body: bytes) -> Response:
    try:
        request = from_json(body)  # bounds its depth itself; json would follow any nesting off the stack
    except ValueError:
        return JSONResponse({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "not JSON"}})
    return JSONResponse(await run_in_threadpool(answer, chain, request, _PATIENCE_SECONDS))


def _public(row: ReportRow) -> dict[str, Any]:
    """A journal row without the signed bytes."""
    return {
        "epoch": row.epoch,
        "status": row.status,
        "from_block": row.from_block,
        "to_block": row.to_block,
        "deadline": row.deadline,
        "transactions": row.transactions,
        "window_hash": row.window_hash,
        "model_hash": row.model_hash,
        "phi_hash": row.phi_hash,
        "signers": list(row.signers),
        "transaction_hash": row.transaction_hash,
        "block_number": row.block_number,
        "gas_used": row.gas_used,
        "milliseconds": {name: round(value, 3) for name, value in row.milliseconds.items() if name != "sent_at"},
        "reason": row.reason,
    }
