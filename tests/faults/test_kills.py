"""A tenth of the kills of `make faults`: docs/reliability.md has the whole."""

from pathlib import Path

from tests.faults.runs import run_tenth


def test_no_kill_loses_an_epoch_or_signs_two(tmp_path: Path) -> None:
    outcome = run_tenth("kills", tmp_path)
    assert outcome.counts.kills >= 100
    assert len(outcome.did) > 8  # of different points
