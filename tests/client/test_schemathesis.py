"""The description keeps its word: schemathesis asks the real interface what it describes, and what it forbids."""

from collections.abc import Iterator
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from tests.client.conftest import Served

_Operation = schemathesis.APIOperation[Any, Any, Any, Any]
_EXAMPLES = 5  # for each operation and mode


def _modes(operation: _Operation) -> Iterator[GenerationMode]:
    yield GenerationMode.POSITIVE
    if any(True for _ in operation.iter_parameters()):
        yield GenerationMode.NEGATIVE  # where there is something to get wrong


def _ask(operation: _Operation, mode: GenerationMode, headers: dict[str, str]) -> None:
    @settings(
        max_examples=_EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(headers=headers)

    ask()


def test_every_operation_answers_as_it_is_described(served: Served) -> None:
    # A stream of events stays open; tests/client/test_events.py reads it.
    schema = schemathesis.openapi.from_url(f"{served.url}/v1/openapi.json").exclude(path="/v1/events")
    asked = []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        headers = {"Authorization": f"Bearer {served.key}"} if "/control/" in operation.path else {}
        for mode in _modes(operation):
            _ask(operation, mode, headers)
            asked.append(f"{operation.label} {mode.value}")
    assert "GET /v1/nodes/{node} negative" in asked
    assert "POST /v1/control/resume positive" in asked
    assert len(asked) > 20
