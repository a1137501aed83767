"""The reference data server: gives sealed records to whom a consent on chain grants them now.

    POST /challenges                                   {"nonce": "…", "server": "…", "chain": 1, "book": "0x…"}
    GET  /records/{id}?plan=0x…&fields=a,b&purpose=…   {"envelope": {…}, "log": {"number": 1, "hash": "0x…"}}

The second takes three headers: `Catalyst-Nonce`, `Catalyst-Sealing-Key` (the X25519 public key that the answer is
sealed for) and `Catalyst-Signature` (by the grantee, over the text of `challenge.challenge_text`). A refusal is a
problem document (RFC 9457) with one sentence: 403 where access is not granted, 503 where the chain or the log cannot be
asked, so that nothing is known. Put TLS and a limit on requests in front of it.
"""

import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Header, Query, Request
from fastapi import Path as PathParameter
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from oracle import __version__
from oracle.chain.connection import Chain
from oracle.errors import CatalystError, ConnectionFailed
from oracle.plans.templates.medical import FIELDS, PURPOSES
from oracle.records.access import Desk, Settings
from oracle.records.access_log import AccessLog, LogFailed
from oracle.records.challenge import NONCE, Asked, ChallengeFailed
from oracle.records.consent import NotGranted
from oracle.records.held import RECORD_ID, Holdings
from oracle.records.sealed import SealFailed

log = logging.getLogger(__name__)

_FIELD = "(" + "|".join(FIELDS) + ")"
_NO_STORE = {"Cache-Control": "no-store"}
# What a client is told of an error of ours, which may name a node or a file; None for the error's own sentence.
_TOLD: tuple[tuple[type[CatalystError], int, str | None], ...] = (
    (NotGranted, 403, None),
    (ChallengeFailed, 403, None),
    (SealFailed, 422, None),
    (ConnectionFailed, 503, "the chain cannot be asked now, so that no access is granted; try again later"),
    (LogFailed, 503, "the access cannot be logged now, so that none is granted; try again later"),
    (CatalystError, 500, "the record cannot be given out as it is; ask who holds it"),
)
_Problems = dict[int | str, dict[str, Any]]
_PROBLEMS: _Problems = {code: {"content": {"application/problem+json": {}}} for code in (403, 422, 500, 503)}


def create_app(
    chain: Chain,
    book: str,
    holdings: Holdings,
    access_log: AccessLog,
    settings: Settings,
    *,
    now_seconds: Callable[[], float] = time.time,
) -> FastAPI:
    """The HTTP interface.

    Args:
        chain: Where consents are.
        book: Address of PlanBook.
        holdings: Records and consents.
        access_log: Where each decision goes.
        settings: What the operator decides.
        now_seconds: The clock, as a timestamp.

    Raises:
        DeploymentError: there is no PlanBook at the address.
        SettingsError: a consent is for de-identified records, and Presidio is not installed.
    """
    desk = Desk(chain, book, holdings, access_log, settings, now_seconds)
    app = FastAPI(title="Catalyst medical records", version=__version__, docs_url=None, redoc_url=None)

    @app.post("/challenges")
    def challenges() -> JSONResponse:
        """A nonce to sign a request with, and where it is valid."""
        place = desk.place
        return JSONResponse(
            {"nonce": desk.nonces.issue(), "server": place.server, "chain": place.chain_id, "book": place.book},
            headers=_NO_STORE,
        )

    @app.get("/records/{record}", responses=_PROBLEMS)
    def records(
        record: Annotated[str, PathParameter(pattern=f"^{RECORD_ID}$", max_length=64)],
        plan: Annotated[str, Query(pattern="^0x[0-9a-f]{64}$")],
        fields: Annotated[str, Query(pattern=f"^{_FIELD}(,{_FIELD}){{0,{len(FIELDS) - 1}}}$")],
        purpose: Annotated[str, Query(pattern=f"^({'|'.join(PURPOSES)})$")],
        nonce: Annotated[str, Header(alias="Catalyst-Nonce", pattern=f"^{NONCE}$")],
        sealing_key: Annotated[str, Header(alias="Catalyst-Sealing-Key", pattern="^0x[0-9a-f]{64}$")],
        signature: Annotated[str, Header(alias="Catalyst-Signature", pattern="^0x[0-9a-f]{130}$")],
    ) -> JSONResponse:
        """Fields of a record, sealed for the grantee."""
        asked = Asked(
            plan=bytes.fromhex(plan[2:]),
            record=record,
            fields=tuple(fields.split(",")),
            purpose=purpose,
            sealing_key=bytes.fromhex(sealing_key[2:]),
        )
        answer = desk.read(asked, nonce, bytes.fromhex(signature[2:]))
        return JSONResponse({"envelope": answer.envelope, "log": answer.entry.as_json()}, headers=_NO_STORE)

    _add_problems(app)
    return app


def _add_problems(app: FastAPI) -> None:
    @app.exception_handler(CatalystError)
    async def refused(_: Request, error: CatalystError) -> JSONResponse:
        status, told = next((status, told) for kind, status, told in _TOLD if isinstance(error, kind))
        if told is not None:
            log.warning("a request was not answered: %s", error)
        return _problem(status, told or str(error))

    @app.exception_handler(RequestValidationError)
    async def unusable(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place, *names = map(str, first["loc"])
        return _problem(422, f"{'.'.join(names)} in the {place}: {first['msg']}")

    @app.exception_handler(HTTPException)
    async def unknown(_: Request, error: HTTPException) -> JSONResponse:
        return _problem(error.status_code, str(error.detail))


def _problem(status: int, sentence: str) -> JSONResponse:
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": sentence}
    return JSONResponse(document, status_code=status, headers=_NO_STORE, media_type="application/problem+json")
