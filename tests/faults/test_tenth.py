"""Parts of `make faults`, all scenarios side by side, as each waits most of the time; docs/reliability.md has all.

`make test` runs a twentieth, `make test-long` a tenth.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.faults.page import Row, complaints
from tests.faults.process import SERVER
from tests.faults.runs import run_row
from tests.faults.scenarios import SCENARIOS

_SEED = 1
_SIDE_BY_SIDE = 4
# Each journal is harmed in each of six ways once.
_LEAST_SHARES = {"harmed journals": 0.2}

Part = Callable[[str], Row]


@pytest.fixture(scope="module", params=[0.05, pytest.param(0.1, marks=pytest.mark.long)], ids=["twentieth", "tenth"])
def share(request: pytest.FixtureRequest) -> float:
    """Of the whole numbers of faults."""
    found: float = request.param
    return found


@pytest.fixture(scope="module")
def part(share: float) -> Iterator[Part]:
    """What a scenario came to, whose counts must be as they have to."""
    with ProcessPoolExecutor(_SIDE_BY_SIDE, mp_context=SERVER) as processes:
        running = {
            each.name: processes.submit(run_row, each.name, _SEED, max(share, _LEAST_SHARES.get(each.name, 0)))
            for each in SCENARIOS
        }

        def row_of(name: str) -> Row:
            row, _ = running[name].result()
            # Of so few transactions one is more than a share of them allows.
            assert not [each for each in complaints([row]) if "wasted" not in each], row
            assert row.counts.wasted <= 1 or row.is_control, row
            return row

        yield row_of


def test_no_kill_loses_an_epoch_or_signs_two(part: Part, share: float) -> None:
    row = part("kills")
    assert row.counts.kills >= 1000 * share
    assert len(row.did) > 8  # of different points


def test_no_fault_of_nodes_loses_an_epoch(part: Part, share: float) -> None:
    assert part("RPC faults").counts.rpc_faults >= 10_000 * share


def test_no_reorganisation_loses_an_epoch(part: Part, share: float) -> None:
    assert part("reorganisations").counts.reorgs == round(200 * share)


@pytest.mark.parametrize("name", ["fee spikes", "clock steps"])
def test_neither_fees_nor_clocks_lose_an_epoch(part: Part, name: str) -> None:
    part(name)


@pytest.mark.parametrize("name", ["1 bad member of 4", "2 bad members of 7", "splits of 4", "splits of 7"])
def test_as_many_bad_members_as_the_threshold_allows_lose_no_epoch(part: Part, name: str) -> None:
    part(name)


def test_a_harmed_journal_signs_nothing_until_it_is_recovered(part: Part) -> None:
    assert len(part("harmed journals").did) == 6


def test_other_settings_sign_no_second_report_but_without_a_journal(part: Part) -> None:
    part("other settings")
    assert part("control: no journal").counts.equivocations > 0
