"""`catalyst store classify` and `place`: words, data, pictures and exit codes."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner

from oracle.cli.commands import cli
from tests.storage.world import node

README = "netkit is a library for networking.\nInstall it with pip install netkit.\n## Quick start\n"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "README.md").write_text(README)
    (tmp_path / "note.txt").write_text("Patient: Ms Clara Weber, born 3 May 1960. Diagnosis: asthma.")
    nodes = [node(name, trusted_for_personal=name in "ab") for name in "abcd"]
    (tmp_path / "nodes.json").write_text(json.dumps([asdict(each) for each in nodes]))
    return [str(tmp_path / "README.md"), str(tmp_path / "note.txt")]


def test_files_are_classified_in_words_and_as_data(files: list[str]) -> None:
    words = CliRunner().invoke(cli, ["store", "classify", *files])
    assert words.exit_code == 0, words.output
    assert f"{files[0]}: hot, private, anywhere; text/markdown" in words.output
    assert "personal, anywhere" in words.output
    data = json.loads(CliRunner().invoke(cli, ["store", "classify", "--privacy", "public", "--json", *files]).output)
    assert [each["privacy"] for each in data] == ["public", "personal"]
    assert data[0]["size_bytes"] == len(README)


def test_files_are_placed_and_drawn(files: list[str], tmp_path: Path) -> None:
    nodes, svg = str(tmp_path / "nodes.json"), tmp_path / "out.svg"
    line = ["store", "place", *files, "--nodes", nodes, "--reader", "eu"]
    placed = CliRunner().invoke(cli, [*line, "--svg", str(svg)])
    assert placed.exit_code == 1  # two trusted nodes are too few for personal data to be as durable as the rules want
    assert "cannot be placed by the rule of" in placed.output
    assert svg.read_text().startswith("<svg")
    line[3:4] = []
    data = CliRunner().invoke(cli, [*line, "--least", "3", "--json"])
    assert data.exit_code == 0, data.output
    (found,) = json.loads(data.output)
    assert len(found["holders"]) >= 3
    assert found["latency_ms"] == {"eu": 20.0}
