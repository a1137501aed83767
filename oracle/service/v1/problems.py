"""Every refusal as a problem of RFC 9457, `application/problem+json`."""

import http
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from oracle.client.answers import Problem
from oracle.errors import JournalFailed

PROBLEM_TYPE = "application/problem+json"
_MOST_DETAIL = 500  # characters of what is wrong with a request

DETAILS = {
    401: "give a key of this operator as Authorization: Bearer",
    403: "this operator has no file of keys, so nothing can be written here",
    404: "there is no node 7; indices run from 0 to 4",
    405: "Method Not Allowed",
    413: "a request holds at most 65536 bytes",
    415: "send application/json",
    422: "limit in the query: Input should be less than or equal to 200",
    429: "too many requests; come again in 1 s",
    503: "the oracle has not read the chain yet; try again soon",
}


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that says so."""
    content = Problem(type="about:blank", title=http.HTTPStatus(status).phrase, status=status, detail=detail)
    return Response(content.model_dump_json(), status, dict(headers or {}), PROBLEM_TYPE)


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Entries of the description for refusals by these statuses, each with an example."""
    return {status: _described(status) for status in statuses}


def _described(status: int) -> dict[str, Any]:
    title = http.HTTPStatus(status).phrase
    example = Problem(type="about:blank", title=title, status=status, detail=DETAILS[status])
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": title, "content": {PROBLEM_TYPE: {"schema": schema, "example": example.model_dump()}}}


def add_problems(app: FastAPI) -> None:
    """Have an app answer its refusals and failures so."""

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), error.headers)

    @app.exception_handler(JournalFailed)
    async def journal_failed(_: Request, error: JournalFailed) -> Response:
        return problem(503, str(error))

    @app.exception_handler(RequestValidationError)
    async def unusable(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place, *names = map(str, first["loc"])
        return problem(422, f"{'.'.join(names)} in the {place}: {first['msg']}"[:_MOST_DETAIL])

    @app.exception_handler(500)
    async def failed(_: Request, __: Exception) -> Response:
        return problem(500, "the oracle failed to answer; its log says why")
