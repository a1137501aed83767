"""A tenth of `make faults`, all scenarios side by side, as each waits most of the time; docs/reliability.md has all."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from tests.faults.page import Row, complaints
from tests.faults.runs import run_row
from tests.faults.scenarios import SCENARIOS

_SEED = 1
_SIDE_BY_SIDE = 4
# Each journal is harmed in each of six ways once.
_SHARES = {"harmed journals": 0.2}

Tenth = Callable[[str], Row]


@pytest.fixture(scope="module")
def tenth() -> Iterator[Tenth]:
    """What a scenario came to, whose counts must be as they have to."""
    with ProcessPoolExecutor(_SIDE_BY_SIDE, mp_context=get_context("spawn")) as processes:
        running = {
            each.name: processes.submit(run_row, each.name, _SEED, _SHARES.get(each.name, 0.1)) for each in SCENARIOS
        }

        def row_of(name: str) -> Row:
            row, _ = running[name].result()
            # Of so few transactions one is more than a share of them allows.
            assert not [each for each in complaints([row]) if "wasted" not in each], row
            assert row.counts.wasted <= 1 or row.is_control, row
            return row

        yield row_of


def test_no_kill_loses_an_epoch_or_signs_two(tenth: Tenth) -> None:
    row = tenth("kills")
    assert row.counts.kills >= 100
    assert len(row.did) > 8  # of different points


def test_no_fault_of_nodes_loses_an_epoch(tenth: Tenth) -> None:
    assert tenth("RPC faults").counts.rpc_faults >= 1000


def test_no_reorganisation_loses_an_epoch(tenth: Tenth) -> None:
    assert tenth("reorganisations").counts.reorgs == 20


@pytest.mark.parametrize("name", ["fee spikes", "clock steps"])
def test_neither_fees_nor_clocks_lose_an_epoch(tenth: Tenth, name: str) -> None:
    tenth(name)


@pytest.mark.parametrize("name", ["1 bad member of 4", "2 bad members of 7", "splits of 4", "splits of 7"])
def test_as_many_bad_members_as_the_threshold_allows_lose_no_epoch(tenth: Tenth, name: str) -> None:
    tenth(name)


def test_a_harmed_journal_signs_nothing_until_it_is_recovered(tenth: Tenth) -> None:
    assert len(tenth("harmed journals").did) == 6


def test_other_settings_sign_no_second_report_but_without_a_journal(tenth: Tenth) -> None:
    tenth("other settings")
    assert tenth("control: no journal").counts.equivocations > 0
