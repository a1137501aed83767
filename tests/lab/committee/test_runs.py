"""Four operators as processes: the demonstration, and a short form of the soak."""

import re

import pytest

from oracle.lab.committee.demo import run_committee
from oracle.lab.committee.soak import measure_soak

pytestmark = pytest.mark.long


def test_one_is_killed_and_one_lies_and_every_epoch_is_applied_once() -> None:
    lines: list[str] = []
    run_committee(8, lines.append)
    said = "\n".join(lines)
    assert [int(epoch) for epoch in re.findall(r"^epoch (\d+)", said, re.MULTILINE)][:8] == list(range(1, 9))
    assert "killed     operator 1, by SIGKILL" in said
    assert "lies       operator 2" in said
    assert re.search(r"noticed    by operators \d", said)
    assert lines[-1] == "all 8 epochs were applied, each once"


def test_a_soak_samples_memory_and_open_files_of_each_operator() -> None:
    found = measure_soak(lambda _: None, 3)
    assert found["rows"][-1]["epoch"] == 3
    for row in found["rows"]:
        assert len(row["memory_mib"]) == len(row["open_files"]) == 4
        assert min(row["memory_mib"]) > 20
        assert min(row["open_files"]) > 5
