"""The figures in docs/routes.md are those that were measured, and one world of them is measured again."""

import json
from pathlib import Path

from oracle.lab.bench.routes import RoutesPlan, measure_routes
from oracle.lab.bench.routes_page import SECTION, section
from oracle.markdown import section_of
from oracle.training.transfers.page import SECTION as READER_SECTION
from oracle.training.transfers.page import table
from oracle.workload.transfers.wordings import HELD_OUT, KINDS, PARTS, TRAINING, wordings

_ROOT = Path(__file__).resolve().parents[2]
_PAGE = _ROOT / "docs" / "routes.md"
_FIGURES = json.loads((Path(__file__).parent / "measured.json").read_text())


def test_the_page_has_the_figures_that_were_measured() -> None:
    assert section_of(_PAGE.read_text(), SECTION) == section(_FIGURES)


def test_the_first_world_is_measured_as_before() -> None:
    again = measure_routes(lambda _: None, RoutesPlan(worlds=1))
    assert again["first_world"] == _FIGURES["first_world"]


def test_the_page_has_the_figures_of_the_shipped_reader() -> None:
    assert section_of(_PAGE.read_text(), READER_SECTION) == table()


def test_wordings_of_the_three_sets_are_enough_and_share_none() -> None:
    for kind in KINDS:
        sets = [wordings(part, kind) for part in PARTS]
        assert len(wordings(TRAINING, kind)) >= 40
        assert len(wordings(HELD_OUT, kind)) >= 12
        assert len({line.lower() for some in sets for line in some}) == sum(map(len, sets))
