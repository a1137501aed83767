"""A tenth of what `make faults` does to the chain and to the clock: docs/reliability.md has the whole."""

from pathlib import Path

import pytest

from tests.faults.runs import run_tenth


def test_no_reorganisation_loses_an_epoch(tmp_path: Path) -> None:
    assert run_tenth("reorganisations", tmp_path).counts.reorgs == 20


@pytest.mark.parametrize("name", ["fee spikes", "clock steps"])
def test_neither_fees_nor_clocks_lose_an_epoch(name: str, tmp_path: Path) -> None:
    run_tenth(name, tmp_path)
