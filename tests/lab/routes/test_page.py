"""The tables of faults and of live transfers in docs/routes.md are those that were played."""

import json
from pathlib import Path

from oracle.lab.bench.routes_live import episodes
from oracle.lab.bench.routes_page import LIVE_SECTION, live_section
from oracle.lab.routes.faults import FAULTS, KINDS, NO_FAULT, Row, Stage
from oracle.lab.routes.faults_page import SECTION, section, unplayed
from oracle.lab.routes.providers import WAYS
from oracle.markdown import section_of

_FOLDER = Path(__file__).parent
_PAGE = (_FOLDER.parents[2] / "docs" / "routes.md").read_text()
_ROWS = json.loads((_FOLDER / "faults.json").read_text())
_LIVE = json.loads((_FOLDER / "live.json").read_text())


def test_the_page_has_the_faults_that_were_played() -> None:
    assert section_of(_PAGE, SECTION) == section(_ROWS)


def test_the_page_has_the_live_transfers_that_were_carried() -> None:
    assert section_of(_PAGE, LIVE_SECTION) == live_section(_LIVE)


def test_in_all_faults_that_were_played_nothing_was_lost_or_paid_twice() -> None:
    degrees = {(fault.name, kind): len(fault.degrees) for fault in FAULTS for kind in fault.kinds}
    for row in (Row(**raw) for raw in _ROWS):
        assert row.lost == row.twice == 0
        assert row.runs == degrees.get((row.fault, row.kind), row.runs)  # each degree of a fault, or none
        assert row.arrived + row.stayed == row.runs


def test_the_page_names_the_faults_that_it_lacks() -> None:
    without = [row for row in _ROWS if (row["fault"], row["kind"]) != (NO_FAULT, KINDS[0])]
    assert NO_FAULT in unplayed(without)
    assert NO_FAULT not in unplayed(_ROWS)
    assert f"Not played in these: {NO_FAULT}" in section(without)


def test_a_run_without_a_fault_comes_to_what_is_written_there(stage: Stage) -> None:
    for kind in KINDS:
        balance = stage.run(kind, lambda _: None).balance
        (row,) = (row for row in _ROWS if (row["fault"], row["kind"]) == (NO_FAULT, kind))
        assert (row["runs"], row["arrived"], row["refunded_legs"]) == (1, 1, balance.legs_refunded)
        assert (balance.elsewhere, balance.lost, balance.twice) == (0, row["lost"], row["twice"])


def test_a_course_of_live_transfers_is_decided_by_its_seed() -> None:
    course = episodes(_LIVE["seed"], _LIVE["transfers"])
    assert course == episodes(_LIVE["seed"], _LIVE["transfers"])
    assert course != episodes(_LIVE["seed"] + 1, _LIVE["transfers"])
    assert {name for each in course for name in each.away} == {way.provider for way in WAYS}
    assert all(each.objective.source != each.objective.target for each in course)
