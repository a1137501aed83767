"""When a report is due, and whose turn it is: the same for all operators, however far each has read."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.errors import SettingsError
from oracle.report.due import Past, Triggers, first_due, first_read, is_turn, own_epoch_end, rank, window_end

ANCHOR = 100
DEPTH = 3


def _due(
    triggers: Triggers, settled: int, *, past: Past | None = None, moves: Callable[[int], float] | None = None
) -> Any:
    return first_due(
        triggers,
        past or Past(start_block=ANCHOR, in_force_block=0, timestamp_seconds=1_000, spacing_blocks=1),
        anchor_block=ANCHOR,
        settled_block=settled,
        depth_blocks=DEPTH,
        timestamp_of=lambda block: 10 * block,
        moves_at=moves or (lambda _: 0.0),
    )


def test_blocks_count_from_the_deployment() -> None:
    every_ten = Triggers(epoch_blocks=10)
    assert [_due(every_ten, settled) for settled in (99, 100, 109, 110, 137)] == [None, None, None, 110, 110]
    past = Past(start_block=113, in_force_block=117, timestamp_seconds=1_170, spacing_blocks=1)
    assert [_due(every_ten, settled, past=past) for settled in (119, 120, 121)] == [None, 120, 120]


def test_seconds_count_from_the_last_report() -> None:
    past = Past(start_block=113, in_force_block=117, timestamp_seconds=1_170, spacing_blocks=1)
    after = Triggers(epoch_seconds=35)
    assert [_due(after, settled, past=past) for settled in (119, 120, 121, 150)] == [None, None, 121, 121]


def test_real_time_waits_for_the_contracts_spacing_alone() -> None:
    past = Past(start_block=113, in_force_block=117, timestamp_seconds=1_170, spacing_blocks=4)
    # A report of block 118 can be sent at head 121, which is 4 blocks after the last one's.
    assert [_due(Triggers(real_time=True), settled, past=past) for settled in (117, 118, 125)] == [None, 118, 118]
    assert _due(Triggers(real_time=True), 101) == 101


def test_a_threshold_is_met_by_the_first_block_that_would_move_phi_enough() -> None:
    past = Past(start_block=113, in_force_block=117, timestamp_seconds=1_170, spacing_blocks=1)
    triggers = Triggers(epoch_blocks=10, threshold_phi=0.1)
    moved = {115: 0.5, 119: 0.1, 121: 0.3}
    moves: Callable[[int], float] = lambda block: moved.get(block, 0.05)  # noqa: E731 - a table
    # Block 115 is ahead of where the last report is in force: that one moved phi for it.
    assert [_due(triggers, settled, past=past, moves=moves) for settled in (117, 118, 119, 125)] == [
        None,
        None,
        119,
        119,
    ]
    # The heartbeat comes where nothing moves.
    assert [_due(triggers, settled, past=past) for settled in (119, 120)] == [None, 120]


@pytest.mark.parametrize(
    ("given", "said"),
    [({}, "nothing makes a report due"), ({"threshold_phi": 0.1}, "--threshold needs a heartbeat beside it")],
)
def test_what_can_never_be_due_is_refused(given: dict[str, float], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Triggers(**given)  # type: ignore[arg-type]


@given(
    epoch_blocks=st.none() | st.integers(1, 30),
    epoch_seconds=st.none() | st.integers(1, 300),
    real_time=st.booleans(),
    threshold=st.none() | st.floats(0.01, 1),
    last=st.integers(0, 60),
    behind=st.integers(0, 10),
    moved=st.lists(st.floats(0, 1), min_size=80, max_size=80),
)
def test_whoever_has_read_further_finds_the_same_block(
    epoch_blocks: int | None,
    epoch_seconds: int | None,
    real_time: bool,
    threshold: float | None,
    last: int,
    behind: int,
    moved: list[float],
) -> None:
    if epoch_blocks is None and epoch_seconds is None and not real_time:
        return
    triggers = Triggers(epoch_blocks, epoch_seconds, real_time, threshold)
    in_force = ANCHOR + last + behind
    past = Past(ANCHOR + last, in_force, timestamp_seconds=10 * in_force, spacing_blocks=2)
    moves: Callable[[int], float] = lambda block: moved[(block - ANCHOR) % len(moved)]  # noqa: E731 - a table
    found = [_due(triggers, settled, past=past, moves=moves) for settled in range(ANCHOR, ANCHOR + 80)]
    firsts = {block for block in found if block is not None}
    assert len(firsts) <= 1
    for settled, block in enumerate(found, ANCHOR):
        assert block is None or past.start_block < block <= settled


@given(
    first=st.integers(ANCHOR, 10_000),
    behind=st.integers(0, 1_000),
    takeover=st.integers(1, 50),
    epoch_blocks=st.none() | st.integers(1, 100),
    patience=st.integers(0, 100),
)
def test_a_late_window_moves_in_whole_steps_and_stays_in_its_epoch_for_a_while(
    first: int, behind: int, takeover: int, epoch_blocks: int | None, patience: int
) -> None:
    own_end = own_epoch_end(first, anchor_block=ANCHOR, epoch_blocks=epoch_blocks)
    end = window_end(first, first + behind, takeover_blocks=takeover, own_end=own_end, patience_blocks=patience)
    assert first <= end <= first + behind
    if epoch_blocks is None:
        assert own_end == first
    else:
        assert (first - ANCHOR) // epoch_blocks == (own_end - ANCHOR) // epoch_blocks
        assert (own_end + 1 - ANCHOR) % epoch_blocks == 0
    assert (end - first) % takeover == 0
    if own_end < first + behind <= own_end + patience:
        assert end <= own_end
    if not own_end < first + behind <= own_end + patience + takeover:
        assert first + behind < end + takeover


@given(
    first=st.integers(ANCHOR, ANCHOR + 100),
    in_force=st.integers(0, 60),
    takeover=st.integers(1, 9),
    epoch_blocks=st.none() | st.integers(1, 20),
    patience=st.integers(0, 20),
)
def test_no_two_windows_have_one_reference_block(
    first: int, in_force: int, takeover: int, epoch_blocks: int | None, patience: int
) -> None:
    """Else an operator that signed the first of them could not sign the second."""
    own_end = own_epoch_end(first, anchor_block=ANCHOR, epoch_blocks=epoch_blocks)
    applied = first - 1 + in_force  # the block of the last report, which is settled ahead of the next
    ends: dict[int, set[int]] = {}
    for settled in range(max(first, applied), applied + 80):
        end = window_end(first, settled, takeover_blocks=takeover, own_end=own_end, patience_blocks=patience)
        ends.setdefault(max(end, applied), set()).add(end)
    assert all(len(each) == 1 for each in ends.values())


@given(
    delays=st.lists(st.integers(0, 7), min_size=1, max_size=30),
    epoch_blocks=st.integers(8, 20),
    takeover=st.integers(1, 4),
)
def test_reports_that_are_late_by_less_than_an_epoch_skip_none(
    delays: list[int], epoch_blocks: int, takeover: int
) -> None:
    """Each comes up to seven blocks later than the first moment that the one before it leaves open."""
    triggers = Triggers(epoch_blocks=epoch_blocks)
    last, free, ends = ANCHOR, ANCHOR, []
    for delay in delays:
        due = ANCHOR + ((last - ANCHOR) // epoch_blocks + 1) * epoch_blocks
        settled = max(due, free) + delay
        past = Past(last, free, timestamp_seconds=10 * free, spacing_blocks=1)
        first = _due(triggers, settled, past=past)
        assert first == due
        own_end = own_epoch_end(first, anchor_block=ANCHOR, epoch_blocks=epoch_blocks)
        last = window_end(first, settled, takeover_blocks=takeover, own_end=own_end, patience_blocks=epoch_blocks)
        ends.append((last - ANCHOR) // epoch_blocks)
        free = settled + 1
    assert ends == list(range(1, len(delays) + 1))


@given(operators=st.integers(1, 30), epoch=st.integers(1, 10_000), takeover=st.integers(1, 9))
def test_operators_take_turns_and_each_comes_up(operators: int, epoch: int, takeover: int) -> None:
    ranks = [rank(index, epoch, operators) for index in range(operators)]
    assert sorted(ranks) == list(range(operators))
    assert ranks.index(0) == epoch % operators
    for index in range(operators):
        due = 500
        blocks = list(range(due, due + operators * takeover + 1))
        turns = [is_turn(ranks[index], due_block=due, settled_block=each, takeover_blocks=takeover) for each in blocks]
        assert turns.index(True) == ranks[index] * takeover
        assert all(turns[turns.index(True) :])


@given(st.integers(1, 60), st.integers(1, 40), st.integers(1, 300))
def test_each_block_of_the_next_window_is_read_ahead(epoch_blocks: int, window_blocks: int, ahead: int) -> None:
    head = ANCHOR + ahead
    next_end = ANCHOR + -(-ahead // epoch_blocks) * epoch_blocks
    first = first_read(Triggers(epoch_blocks=epoch_blocks), anchor_block=ANCHOR, head=head, window_blocks=window_blocks)
    assert first > ANCHOR
    if head > next_end - window_blocks:
        assert first <= max(ANCHOR + 1, next_end - window_blocks + 1)


def test_between_windows_that_are_far_apart_nothing_is_read_ahead() -> None:
    triggers = Triggers(epoch_blocks=100)
    reads = [
        into
        for into in range(1, 100)
        if first_read(triggers, anchor_block=ANCHOR, head=ANCHOR + into, window_blocks=10) <= ANCHOR + into
    ]
    # Right after an epoch's end its window may still move on.
    assert reads == [*range(1, 10), *range(91, 100)]


def test_where_reports_do_not_come_by_blocks_any_block_may_be_of_the_next_window() -> None:
    for triggers in (Triggers(epoch_seconds=60), Triggers(real_time=True), Triggers(epoch_blocks=9, real_time=True)):
        assert first_read(triggers, anchor_block=ANCHOR, head=ANCHOR + 50, window_blocks=10) == ANCHOR + 41
