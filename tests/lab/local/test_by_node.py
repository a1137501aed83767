"""What a local run says of each node, and what would wait without phi."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.chain.offers import Offer
from oracle.control.by_node import phi_by_node
from oracle.lab.local.by_node import facts_by_node
from oracle.lab.local.chains import WholeSeconds
from oracle.lab.local.unmoved import Unmoved
from oracle.report.limits import quantise
from oracle.window.rounds import Round, Rounds
from oracle.window.window import Window
from tests.examples import block, nodes, transaction, window

GWEI = 10**9


def _window(arrivals: list[list[int]], winners: dict[int, int], confirmed: dict[int, list[int]]) -> Window:
    """Blocks 1, 2, … with transactions of these prices in gwei; who won in which, with what."""
    blocks = [
        block(number, [transaction(100 * number + i, gas_price_wei=price * GWEI) for i, price in enumerate(prices)])
        for number, prices in enumerate(arrivals, 1)
    ]
    won = tuple(
        Round(
            number,
            1_700_000_000 + 10 * number,
            node,
            2_000,
            8_000,
            0,
            len(confirmed.get(number, [])),
            GWEI * sum(confirmed.get(number, [])),
        )
        for number, node in sorted(winners.items())
    )
    return replace(window(blocks, at=nodes(6), capacity=8), rounds=Rounds(won, 2_880, None))


def _offers(*prices: int) -> list[Offer]:
    return [Offer(number, bytes(32), price * GWEI, 1, 1_700_000_000) for number, price in enumerate(prices)]


def test_at_phi_0_the_same_rounds_serve_what_theta_0_allows_the_dearest_first() -> None:
    # Blocks at theta_0 hold 4. Node 0 takes what fits; node 1 the dearest quarter, here 1 of 3 and then 2 of 6.
    seen = _window([[9, 1, 1], [5, 5, 5, 5], [2], [3, 3]], {2: 1, 3: 1, 4: 0}, {})
    unmoved = Unmoved([], 0)
    assert unmoved.take(replace(seen, blocks=seen.blocks[:2])) == (1, (3, 4), 2)
    assert unmoved.take(replace(seen, blocks=seen.blocks[:3])) == (3, (1,), 4)
    assert unmoved.take(seen) == (4, (2,), 1)


def test_at_phi_0_what_waited_at_the_start_waits_too_and_old_blocks_count_once() -> None:
    seen = _window([[], [7], [7]], {3: 0}, {})
    assert Unmoved(_offers(1, 2, 3, 4, 5, 6), 1).take(seen) == (2, (1, 1), 3)
    at_start = Unmoved(_offers(1, 2), 3)
    assert at_start.take(seen) == (3, (), 2)


def test_nodes_are_told_with_what_they_confirmed_and_the_dearest_wants_most() -> None:
    winners = {2: 0, 3: 1, 4: 0, 5: 1, 6: 3}
    confirmed = {2: [4] * 12, 3: [8] * 12, 4: [4] * 12, 5: [8] * 12}
    seen = _window([[4]] * 6, winners, confirmed)
    wish = quantise(list(phi_by_node(seen, 0.1)))
    facts = facts_by_node(seen, wish, [lane // 2 for lane in wish])
    assert [(each.node, each.rounds, each.confirmed) for each in facts] == [
        (0, 2, 24),
        (1, 2, 24),
        (3, 1, 0),
        (2, 0, 0),
    ]
    assert [each.gas_price_gwei for each in facts] == [4, 8, 0, 0]
    cheap, dear, empty, other = facts
    assert dear.value > 1 == empty.value == other.value > cheap.value
    assert dear.wanted_phi > other.wanted_phi == empty.wanted_phi > cheap.wanted_phi
    assert all(each.theta == pytest.approx(0.5 + each.given_phi) for each in facts)
    # All that is left is like `other`: so the mean is the one that was asked for.
    mean = (sum(each.wanted_phi for each in facts) + 2 * other.wanted_phi) / 6
    assert mean == pytest.approx(0.1, abs=2**-15)


@given(st.lists(st.floats(0, 60), max_size=60))
def test_whole_seconds_add_up_to_what_was_asked_but_for_blocks_of_less_than_one(times: list[float]) -> None:
    clock, stamped, exact = WholeSeconds(), 0, 0.0
    for seconds in times:
        whole = clock.interval_seconds(seconds)
        assert whole >= 1
        stamped, exact = stamped + whole, exact + seconds
    assert stamped >= exact - 0.5 - 1e-6
    if all(seconds >= 2 for seconds in times):
        assert stamped == pytest.approx(exact, abs=0.5 + 1e-6)
