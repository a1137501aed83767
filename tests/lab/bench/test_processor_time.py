"""How much less than others a measured process gets."""

import os
from pathlib import Path

import pytest

from oracle.lab.bench.processor_time import niceness


@pytest.mark.parametrize(("told", "found"), [("/autogroup-7215 nice -5\n", -5), ("/autogroup-1 nice 0\n", 0)])
def test_the_niceness_is_its_sessions(tmp_path: Path, told: str, found: int) -> None:
    autogroup = tmp_path / "autogroup"
    autogroup.write_text(told)
    assert niceness(autogroup) == found


@pytest.mark.parametrize("told", [None, ""], ids=["no file", "an empty file"])
def test_without_a_session_it_is_the_processes_own(tmp_path: Path, told: str | None) -> None:
    autogroup = tmp_path / "autogroup"
    if told is not None:
        autogroup.write_text(told)
    assert niceness(autogroup) == os.getpriority(os.PRIO_PROCESS, 0)
