"""`catalyst route read` and `solve`, by their command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oracle.cli.commands import cli
from oracle.errors import InputError, SettingsError
from oracle.routing.record import amount_minor, graph_as_json, graph_of
from tests.routing.graphs import square

GRAPH = str(Path(__file__).parent / "requests" / "graph.json")
_NOW = ["--now", "2026-11-24T09:30:00+00:00"]
_STATED = ["--amount", "1200", "--asset", "USDC", "--source", "Aurora", "--target", "Cinder"]


def _run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["route", *words])


def test_solve_tells_why_and_draws(tmp_path: Path) -> None:
    result = _run("solve", "--graph", GRAPH, *_STATED, "--wish", "cheap", "--svg", str(tmp_path / "route.svg"))
    assert result.exit_code == 0, result.output
    assert result.output.startswith("from Aurora by Northgate to Cinder: 1.2 USDC in fees")
    assert (tmp_path / "route.svg").read_text().startswith("<svg")


def test_solve_gives_amounts_of_data_as_text() -> None:
    result = _run("solve", "--graph", GRAPH, *_STATED, "--avoid", "Northgate", "--json")
    plan = json.loads(result.output)
    legs = plan["best"]["routes"][0]
    assert [leg["bridge"] for leg in legs] == ["Pontoon", "Moorline"]
    assert legs[0]["amount_in_minor"] == "1200000000"
    assert plan["objective"]["avoid"] == ["Northgate"]


def test_a_text_is_read_with_where_its_parts_come_from() -> None:
    text = "move 1 200 USDC from Aurora to Cinder before 18:00, as cheap as it gets, not through bridge Northgate"
    result = _run("read", text, "--graph", GRAPH, *_NOW, "--json")
    record = json.loads(result.output)
    assert result.exit_code == 0, result.output
    assert record["objective"]["amount_minor"] == "1200000000"
    assert record["sources"]["deadline"] == ["18:00"]
    assert _run("solve", text, "--graph", GRAPH, *_NOW).output.startswith("from Aurora by Pontoon to Basalt, Moorline")


def test_questions_end_with_one() -> None:
    result = _run("read", "move 1.200 USDC from Aurora to Cinder", "--graph", GRAPH, *_NOW)
    assert result.exit_code == 1
    assert '? How much of which asset is moved? In the text, "1.200" may be thousands' in result.output


def test_a_text_and_options_are_not_taken_together() -> None:
    with pytest.raises(SettingsError, match="give one of them"):
        CliRunner().invoke(cli, ["route", "solve", "x", "--graph", GRAPH, *_STATED], catch_exceptions=False)


@pytest.mark.parametrize("now", ["yesterday", "2026-11-24T09:30:00"])
def test_the_present_needs_a_zone(now: str) -> None:
    with pytest.raises(SettingsError, match="--now"):
        CliRunner().invoke(cli, ["route", "read", "x", "--graph", GRAPH, "--now", now], catch_exceptions=False)


def test_a_graph_is_written_and_read_without_loss() -> None:
    assert graph_of(json.loads(json.dumps(graph_as_json(square()))), "square") == square()


@pytest.mark.parametrize("raw", [{}, [], {"format": 1, "chains": ["A"], "assets": [], "bridges": [{"name": "x"}]}])
def test_what_is_no_graph_is_refused(raw: object) -> None:
    with pytest.raises(InputError, match="no graph of chains and bridges"):
        graph_of(raw, "file")


@pytest.mark.parametrize("text", ["", "1e6", "-5", "1.2.3", "0.0000001", "९"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        amount_minor(text, 6)
