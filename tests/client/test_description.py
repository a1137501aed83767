"""What is committed of the description and the clients is what the code gives, and examples are what they are of."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy.client_abis import PATH, abis
from oracle.client import asks
from oracle.client.asks import Ask
from oracle.service.api import described_app
from oracle.service.v1.routes import as_text
from tests.conftest import ROOT

DOCUMENT: dict[str, Any] = described_app().openapi()
OPERATIONS = [
    (method, path, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
]
_ID = "0x" + "0f" * 32
ASKS: list[Ask[Any]] = [
    *(
        asks.health(),
        asks.network(),
        asks.committee(),
        asks.consensus(),
        asks.rounds(),
        asks.nodes(),
        asks.node(3),
        asks.epochs(),
        asks.epoch(3),
    ),
    *(asks.node_history(3), asks.epoch_nodes(3), asks.pool()),
    *(asks.plans(), asks.plan(_ID), asks.files(), asks.file(_ID), asks.proofs(_ID)),
    *(asks.transfers(), asks.transfer(_ID), asks.routes(), asks.route(_ID)),
    *(asks.history(), asks.reports(), asks.report(3), asks.signatures(3)),
    *(asks.pause_reporting(), asks.resume(), asks.audit()),
]


def test_the_committed_description_is_that_of_the_code() -> None:
    committed = (ROOT / "docs/openapi.json").read_text()
    assert committed == as_text(DOCUMENT), "docs/openapi.json is of other code; run `make clients`"


def test_the_types_of_the_typescript_client_are_those_of_the_description(tmp_path: Path) -> None:
    made = tmp_path / "schema.d.ts"
    program = ROOT / "node_modules/.bin/openapi-typescript"
    subprocess.run([program, ROOT / "docs/openapi.json", "-o", made, "--silent"], check=True, timeout=120)
    committed = (ROOT / "clients/typescript/schema.d.ts").read_text()
    assert committed == made.read_text(), "clients/typescript/schema.d.ts is of another description; run `make clients`"


def test_the_abis_of_the_typescript_client_are_those_of_the_contracts() -> None:
    assert PATH.read_text() == abis(), "clients/typescript/abis.ts is of other contracts; run `make clients`"


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=lambda each: str(each)[:40])
def test_every_answer_has_an_example_of_its_schema(method: str, path: str, operation: dict[str, Any]) -> None:
    # Here, since it takes seconds: each process of a run imports this file, and one runs it.
    from jsonschema import Draft202012Validator, validate  # type: ignore[import-untyped]

    for status, answer in operation["responses"].items():
        for kind, content in answer["content"].items():
            assert "example" in content, f"{method} {path} {status} {kind}"
            schema = {**content["schema"], "components": DOCUMENT["components"]}
            validate(content["example"], schema, Draft202012Validator)


def test_every_refusal_that_is_described_is_a_problem() -> None:
    refusals = [
        (path, status, list(answer["content"]))
        for _, path, operation in OPERATIONS
        for status, answer in operation["responses"].items()
        if int(status) >= 400 and path != "/health"
    ]
    assert len(refusals) > 20
    assert [each for each in refusals if each[2] != ["application/problem+json"]] == []


def test_the_python_client_asks_for_all_that_is_described_and_nothing_else() -> None:
    described = {(method.upper(), path) for method, path, _ in OPERATIONS}
    left_out = {("GET", "/metrics"), ("POST", "/rpc"), ("GET", "/v1/deployment"), ("GET", "/v1/events")}
    asked = set()
    for ask in ASKS:
        path = next(path for path in DOCUMENT["paths"] if _fits(ask.path, path))
        operation = DOCUMENT["paths"][path][ask.method.lower()]
        (content,) = operation["responses"]["200"]["content"].values()
        name = ask.answer.__name__.replace("[", "_").replace("]", "_")
        assert content["schema"] == {"$ref": f"#/components/schemas/{name}"}
        assert set(ask.query) <= {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
        asked.add((ask.method, path))
    assert asked == described - left_out


def _fits(path: str, template: str) -> bool:
    parts, wanted = path.split("/"), template.split("/")
    return len(parts) == len(wanted) and all(
        one == other or other.startswith("{") for one, other in zip(parts, wanted, strict=True)
    )
