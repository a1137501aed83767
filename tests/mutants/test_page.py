"""What a run of mutants is judged by."""

import json
import tomllib
from pathlib import Path

import pytest

from tests.mutants.changes import CHANGES, Outcome
from tests.mutants.contracts import changed, path_of
from tests.mutants.page import LEAST_SCORE, LEFT_OUT, NOT_TRIED, Mutant, complaints, page, reasons, rooms_of

ROOT = Path(__file__).resolve().parents[2]
DIFF = "- return a + b\n+ return a - b"
NOTICED = [Outcome(change, "test_bounds.py::test_a_lane[1]") for change in CHANGES]


def _mutants(killed: int, alive: int, status: str = "survived") -> list[Mutant]:
    return [Mutant("oracle.window.numbers.median", DIFF, "killed")] * killed + [
        Mutant(f"oracle.window.numbers.f{n}", DIFF, status) for n in range(alive)
    ]


def test_a_run_below_the_least_score_is_wrong_and_one_at_it_is_not() -> None:
    why = {(f"oracle.window.numbers.f{n}", DIFF): "equal" for n in range(16)}
    assert complaints(rooms_of(_mutants(84, 16)), why, NOTICED) == ["oracle/window: 84.0% killed, below 85%"]
    del why["oracle.window.numbers.f15", DIFF]
    assert complaints(rooms_of(_mutants(85, 15)), why, NOTICED) == []


def test_a_run_that_was_cut_off_is_wrong() -> None:
    left = Mutant("oracle.window.texts.f", DIFF, NOT_TRIED)
    (complaint,) = complaints(rooms_of([*_mutants(9, 0), left]), {}, NOTICED)
    assert complaint == "oracle/window: 1 mutants were not tried; let the run end"


@pytest.mark.parametrize("status", ["survived", "no tests", "suspicious", "skipped", "caught by type check"])
def test_whatever_no_test_killed_wants_a_reason(status: str) -> None:
    (complaint,) = complaints(rooms_of(_mutants(99, 1, status)), {}, NOTICED)
    assert complaint == f"oracle.window.numbers.f0: a survivor without a reason:\n{DIFF}"


@pytest.mark.parametrize("status", ["killed", "timeout", "segfault"])
def test_a_reason_whose_mutant_is_dead_is_wrong_but_not_one_of_a_room_that_was_not_run(status: str) -> None:
    rooms = rooms_of(_mutants(99, 1, status))
    why = {("oracle.window.numbers.f0", DIFF): "equal", ("oracle.report.limits.f", DIFF): "equal"}
    (complaint,) = complaints(rooms, why, NOTICED)
    assert complaint == f"oracle.window.numbers.f0: a reason for what did not survive:\n{DIFF}"


def test_the_page_counts_by_room_and_shows_each_survivor_with_its_reason() -> None:
    left = Mutant("oracle.window.texts.f", DIFF, NOT_TRIED)
    rooms = rooms_of([*_mutants(8, 2), Mutant("oracle.report.pages.f", DIFF, "no tests"), left])
    why = {("oracle.window.numbers.f0", DIFF): "the same number"}
    text = page(rooms, why, NOTICED, commit="abc", tool="mutmut 3")
    assert "| `oracle/window` | 11 | 10 | 8 | 2 | 0 | 80.0 % |" in text
    assert "The run was cut off: 1 mutants were not tried" in text
    assert "| `oracle/report` | 1 | 1 | 0 | 0 | 1 | 0.0 % |" in text
    assert f"the same number\n\n```diff\n@@ oracle.window.numbers.f0 @@\n{DIFF}\n```" in text
    assert f"Not explained yet.\n\n```diff\n@@ oracle.report.pages.f @@\n{DIFF}\n@@ oracle.window.numbers.f1 @@" in text


def test_reasons_are_read_by_function_and_diff(tmp_path: Path) -> None:
    path = tmp_path / "explained.json"
    changes = [{"function": name, "diff": ["- a", "+ b"]} for name in "fg"]
    path.write_text(json.dumps([{"reason": "equal", "changes": changes}]))
    assert reasons(path) == {("f", "- a\n+ b"): "equal", ("g", "- a\n+ b"): "equal"}
    assert all(reasons().values())
    assert 0.8 < LEAST_SCORE < 1


def test_a_change_to_the_contracts_that_no_test_noticed_or_that_was_not_tried_is_wrong() -> None:
    unnoticed = [Outcome(CHANGES[0], None), *NOTICED[1:]]
    assert complaints([], {}, unnoticed) == [f"contracts: {CHANGES[0].name}: no test noticed"]
    assert complaints([], {}, NOTICED[2:]) == ["contracts: 2 changes were not tried"]


def test_the_page_shows_each_change_to_the_contracts_and_which_test_noticed() -> None:
    change = CHANGES[0]
    whole = page([], {}, [Outcome(change, None), *NOTICED[1:]], commit="abc", tool="mutmut 3")
    assert f"Of {len(CHANGES)} hand-written changes to the contracts all were tried" in whole
    assert f"tests noticed {len(CHANGES) - 1}." in whole
    assert f"| {change.contract} | {change.source} | {change.name} | no test |" in whole
    assert f"| {CHANGES[1].name} | `test_a_lane` |" in whole
    assert f"to the contracts {len(CHANGES) - 5} were tried" in page([], {}, NOTICED[5:], commit="abc", tool="mutmut 3")


def test_each_change_to_the_contracts_finds_what_it_changes() -> None:
    assert 20 <= len({change.name for change in CHANGES}) == len(CHANGES)
    for change in CHANGES:
        assert changed(change) != (ROOT / "contracts" / change.source).read_text()
        assert all((ROOT / path_of(name)).exists() for name in change.tests)


def test_each_file_of_a_room_is_changed_or_named_as_left_out() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]["only_mutate"]
    for room in ("formulas", "report", "service", "window"):
        files = {path.name for path in (ROOT / "oracle" / room).glob("*.py")} - {"__init__.py"}
        left = {name for name in files if not any(Path(f"oracle/{room}/{name}").match(each) for each in patterns)}
        assert left == set(LEFT_OUT.get(f"oracle/{room}", {}))
