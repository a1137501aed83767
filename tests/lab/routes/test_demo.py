"""The demonstration by its own command: real chains, real processes, and a minute of the clock."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner

from oracle.cli.commands import cli
from oracle.crossing.executor import transfer_of
from oracle.crossing.journal import read_entries


@pytest.mark.long
def test_the_demonstration_carries_two_transfers_and_tells_of_them(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["route", "demo", "--out", str(tmp_path)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "heron, who stands behind heron-A-B, is killed" in result.output
    assert "3 legs were paid out, 1 was refunded by time" in result.output
    arrived = [
        float(each.replace(",", "")) for each in re.findall(r"([\d,.]+) of 1,200.00 arrived on C", result.output)
    ]
    assert arrived == [1_198.04, 1_197.56]
    assert ET.parse(tmp_path / "graph.svg").getroot().tag.endswith("svg")  # noqa: S314 - written a moment ago
    (journal,) = tmp_path.glob("sender-*.db")
    transfers = [transfer_of(raw) for raw in read_entries(journal, "transfer").values()]
    assert [transfer.arrived / 100 for transfer in transfers] == arrived
