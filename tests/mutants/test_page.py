"""What a run of mutants is judged by."""

import json
from pathlib import Path

import pytest

from tests.mutants.page import LEAST_SCORE, NOT_TRIED, Mutant, complaints, page, reasons, rooms_of

DIFF = "- return a + b\n+ return a - b"


def _mutants(killed: int, alive: int, status: str = "survived") -> list[Mutant]:
    return [Mutant("oracle.window.numbers.median", DIFF, "killed")] * killed + [
        Mutant(f"oracle.window.numbers.f{n}", DIFF, status) for n in range(alive)
    ]


def test_a_run_below_the_least_score_is_wrong_and_one_at_it_is_not() -> None:
    why = {(f"oracle.window.numbers.f{n}", DIFF): "equal" for n in range(16)}
    assert complaints(rooms_of(_mutants(84, 16)), why) == ["oracle/window: 84.0% killed, below 85%"]
    del why["oracle.window.numbers.f15", DIFF]
    assert complaints(rooms_of(_mutants(85, 15)), why) == []


def test_a_run_that_was_cut_off_is_wrong() -> None:
    left = Mutant("oracle.window.texts.f", DIFF, NOT_TRIED)
    (complaint,) = complaints(rooms_of([*_mutants(9, 0), left]), {})
    assert complaint == "oracle/window: 1 mutants were not tried; let the run end"


@pytest.mark.parametrize("status", ["survived", "no tests", "suspicious", "skipped", "caught by type check"])
def test_whatever_no_test_killed_wants_a_reason(status: str) -> None:
    (complaint,) = complaints(rooms_of(_mutants(99, 1, status)), {})
    assert complaint == f"oracle.window.numbers.f0: a survivor without a reason:\n{DIFF}"


@pytest.mark.parametrize("status", ["killed", "timeout", "segfault"])
def test_a_reason_whose_mutant_is_dead_is_wrong_but_not_one_of_a_room_that_was_not_run(status: str) -> None:
    rooms = rooms_of(_mutants(99, 1, status))
    why = {("oracle.window.numbers.f0", DIFF): "equal", ("oracle.report.limits.f", DIFF): "equal"}
    (complaint,) = complaints(rooms, why)
    assert complaint == f"oracle.window.numbers.f0: a reason for what did not survive:\n{DIFF}"


def test_the_page_counts_by_room_and_shows_each_survivor_with_its_reason() -> None:
    left = Mutant("oracle.window.texts.f", DIFF, NOT_TRIED)
    rooms = rooms_of([*_mutants(8, 2), Mutant("oracle.report.pages.f", DIFF, "no tests"), left])
    text = page(rooms, {("oracle.window.numbers.f0", DIFF): "the same number"}, commit="abc", tool="mutmut 3")
    assert "| `oracle/window` | 11 | 10 | 8 | 2 | 0 | 80.0 % |" in text
    assert "| `oracle/report` | 1 | 1 | 0 | 0 | 1 | 0.0 % |" in text
    assert f"`oracle.window.numbers.f0`: the same number\n\n```diff\n{DIFF}\n```" in text
    assert "`oracle.window.numbers.f1`: not explained yet" in text


def test_reasons_are_read_by_function_and_diff(tmp_path: Path) -> None:
    path = tmp_path / "explained.json"
    path.write_text(json.dumps([{"function": "f", "diff": ["- a", "+ b"], "reason": "equal"}]))
    assert reasons(path) == {("f", "- a\n+ b"): "equal"}
    assert all(reasons().values())
    assert 0.8 < LEAST_SCORE < 1
