"""Reading requests by the shipped reader: right, or a question; and what is hostile is never offered."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from oracle.errors import BundleError
from oracle.plans import bundle as plans
from oracle.routing.graph import Graph
from oracle.routing.reading.bundle import DEFAULT_BUNDLE, ReaderBundle, load_reader, write_reader
from oracle.routing.reading.read import Reading, Thresholds, read_objective
from oracle.routing.reading.weights import weights_of
from oracle.routing.record import graph_of

_REQUESTS = Path(__file__).parent / "requests"


@cache
def _loaded() -> ReaderBundle:
    return load_reader()


def _file(name: str) -> Any:
    return json.loads((_REQUESTS / name).read_text())


def _graph() -> Graph:
    return graph_of(_file("graph.json"), "graph.json")


def _read(text: str) -> Reading:
    loaded = _loaded()
    now = datetime.fromisoformat(_file("human.json")["now"])
    return read_objective(text, loaded.reader, loaded.thresholds, _graph(), now)


def test_the_request_of_the_readme_is_read_whole() -> None:
    text = "move 1 200 USDC from Aurora to Cinder before 18:00, as cheap as it gets, not through bridge Northgate"
    objective = _read(text).objective
    assert objective is not None
    assert (objective.amount_minor, objective.asset) == (1_200 * 10**6, "USDC")
    assert (objective.source, objective.target) == ("Aurora", "Cinder")
    assert objective.deadline_seconds == 8 * 3_600 + 1_800
    assert objective.weight_cost == pytest.approx(0.8)
    assert objective.avoid == {"Northgate"}


@pytest.mark.parametrize("request_", _file("human.json")["requests"], ids=lambda each: str(each["text"])[:40])
def test_what_people_write_is_read_rightly_or_asked_about(request_: dict[str, Any]) -> None:
    reading = _read(request_["text"])
    if reading.objective is not None:
        wanted = request_["fields"] | {"amount_minor": int(request_["fields"]["amount_minor"])}
        assert reading.fields == wanted
    assert reading.refusals == ()


@pytest.mark.parametrize("request_", _file("hostile.json")["requests"], ids=lambda each: str(each["fault"]))
def test_what_is_hostile_is_never_offered(request_: dict[str, Any]) -> None:
    reading = _read(request_["text"])
    assert reading.objective is None
    if request_["asks"] is None:
        assert reading.refusals
    else:
        assert set(request_["asks"]) & {question.term for question in reading.questions}


def test_a_request_that_says_nothing_asks_for_all_that_is_needed() -> None:
    asked = {question.term for question in _read("Thanks a lot").questions}
    assert {"amount", "source", "target"} <= asked


def test_a_request_that_is_too_long_is_not_read() -> None:
    assert "at most 2000" in _read("please " * 300).refusals[0]


@pytest.mark.parametrize(
    ("wishes", "weights"),
    [(set(), (0.4, 0.2, 0.4)), ({"cheap"}, (0.8, 0.1, 0.1)), ({"fast", "safe"}, (0.1, 0.45, 0.45))],
)
def test_wishes_weigh(wishes: set[str], weights: tuple[float, ...]) -> None:
    assert weights_of(wishes) == pytest.approx(weights)


def test_a_bundle_that_was_changed_is_refused(tmp_path: Path) -> None:
    for file in DEFAULT_BUNDLE.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "config.json").write_text('{"sure": 0.1, "doubt": 0.9}')
    with pytest.raises(BundleError, match=r"config\.json is not the file of the manifest"):
        load_reader(tmp_path)


def test_layers_that_stand_on_another_encoder_are_refused(tmp_path: Path) -> None:
    reader = _loaded().reader
    write_reader(
        tmp_path,
        wishes=reader.wishes,
        meanings=reader.meanings,
        thresholds=Thresholds(),
        encoder_hash=b"\x11" * 32,
        training={},
    )
    with pytest.raises(BundleError, match="catalyst train routes"):
        load_reader(tmp_path, plans.DEFAULT_BUNDLE)
