"""All routes of version 1, and the description of the whole interface."""

import json
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from oracle.client.answers import Problem
from oracle.service.v1 import applications, epochs, events, operator, state

PREFIX = "/v1"
OPENAPI = f"{PREFIX}/openapi.json"
_ROUTERS = (state.router, epochs.router, events.router, applications.router, operator.router)


def router() -> APIRouter:
    """Everything below `/v1`."""
    found = APIRouter(prefix=PREFIX)
    for each in _ROUTERS:
        found.include_router(each)
    return found


def description(app: FastAPI, root: APIRouter) -> dict[str, Any]:
    """The OpenAPI document, with the schema of problems and how keys are given; `root` holds what is not of `/v1`."""
    found = FastAPI.openapi(app)
    schemas = found["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema()
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    found["components"]["securitySchemes"] = {"apiKey": {"type": "http", "scheme": "bearer"}}
    for path, route in _routes(root):
        for method in route.methods or ():
            _restore_examples(found["paths"][path][method.lower()]["responses"], route)
    return found


def as_text(document: dict[str, Any]) -> str:
    """The document as it is committed."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _routes(root: APIRouter) -> Iterator[tuple[str, APIRoute]]:
    for prefix, each in [("", root), *((PREFIX, each) for each in _ROUTERS)]:
        yield from ((prefix + route.path, route) for route in each.routes if isinstance(route, APIRoute))


def _restore_examples(responses: dict[str, Any], route: APIRoute) -> None:
    """Put examples back as they are given: FastAPI leaves out of them what is null."""
    for status, described in route.responses.items():
        for kind, content in described.get("content", {}).items():
            responses[str(status)]["content"][kind]["example"] = content["example"]
