"""The traffic of a local run."""

import itertools
from collections import defaultdict

import pytest

from oracle.lab.local.traffic import recorded_traffic
from oracle.training.lesson_blocks import VENUE
from tests.examples import block, transaction

_BUDGET_WEI = 10**18


@pytest.mark.parametrize("blocks", [1, 3, 4, 100])
def test_recorded_blocks_that_come_again_stay_within_what_the_accounts_hold(blocks: int) -> None:
    recorded = [block(n, [transaction(10 * n + s, sender=s, value_wei=10**20) for s in range(4)]) for n in (1, 2, 3)]
    traffic = recorded_traffic(recorded, blocks=blocks, accounts=2, venue=VENUE, budget_wei=_BUDGET_WEI)
    spent: dict[int, int] = defaultdict(int)
    for calls in itertools.islice(traffic.calls, blocks):
        for call in calls:
            spent[call.sender] += call.value_wei
    assert 0 < max(spent.values()) <= _BUDGET_WEI


def test_what_was_cut_to_fit_a_chain_is_said_with_its_blocks() -> None:
    plain = [block(1, [transaction(1)])]
    long = [block(n, [transaction(n, receiver=None, calldata=b"\x01" * 50_000)]) for n in range(2, 9)]
    said = [
        recorded_traffic(recorded, blocks=4, accounts=2, venue=VENUE, budget_wei=_BUDGET_WEI).description
        for recorded in (plain, plain + long[:1], plain + long)
    ]
    assert "cut" not in said[0]
    assert said[1].endswith(
        "1 of them cut to what chains take, 49152 bytes of code in a creation and 128000 of calldata: of block 2"
    )
    assert said[2].endswith("of block 2, 3, 4, 5, 6 and 2 more")
