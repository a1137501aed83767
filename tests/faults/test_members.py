"""A tenth of what `make faults` does to members and journals: docs/reliability.md has the whole."""

from pathlib import Path

import pytest

from tests.faults.runs import run_tenth
from tests.faults.scenarios import harmed_journals


@pytest.mark.parametrize("name", ["1 bad member of 4", "2 bad members of 7", "splits of 4", "splits of 7"])
def test_as_many_bad_members_as_the_threshold_allows_lose_no_epoch(name: str, tmp_path: Path) -> None:
    run_tenth(name, tmp_path)


def test_a_harmed_journal_signs_nothing_until_it_is_recovered(tmp_path: Path) -> None:
    outcome = harmed_journals(tmp_path / "run", 1, 6)  # each harm once
    assert len(outcome.did) == 6
    counts = outcome.counts
    assert (counts.lost, counts.doubled, counts.equivocations) == (0, 0, 0), outcome


def test_other_settings_sign_no_second_report_but_without_a_journal(tmp_path: Path) -> None:
    run_tenth("other settings", tmp_path / "with")
    assert run_tenth("control: no journal", tmp_path / "without").counts.equivocations > 0
