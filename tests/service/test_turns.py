"""Whose turn it is beyond the settled chain: what a reorganisation undid, and what waits in the pool."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from oracle.chain.contracts import Contracts
from oracle.service.derive import Derived
from oracle.service.turns import Turns

_TAKEOVER_BLOCKS = 3
_OPERATORS = ("a", "b", "c", "d")
_EPOCH, _DUE_BLOCK = 8, 100  # of which operator 0 sends first


class _Pool:
    """A contract of which only this is read: the epoch that the node's pool brings."""

    def __init__(self) -> None:
        self.epoch: int | None = None

    def pending_epoch(self) -> int | None:
        return self.epoch


def _derived(digest: bytes = b"d") -> Derived:
    inputs: Any = SimpleNamespace(state=SimpleNamespace(operators=_OPERATORS))
    return cast(Derived, SimpleNamespace(digest=digest, epoch=_EPOCH, due_block=_DUE_BLOCK, inputs=inputs))


def _turns(pool: _Pool | None = None) -> Turns:
    return Turns(cast(Contracts, pool or _Pool()), _TAKEOVER_BLOCKS)


def _steps_until(turns: Turns, held: set[int]) -> list[int]:
    """At which settled blocks after the due one the operators held may send, two steps at each."""
    return [
        block - _DUE_BLOCK
        for block in range(_DUE_BLOCK, _DUE_BLOCK + 4 * _TAKEOVER_BLOCKS)
        for _ in range(2)
        if turns.has_come(_derived(), held, block)
    ]


def test_the_first_in_turn_sends_at_once() -> None:
    assert _turns().has_come(_derived(), {0}, _DUE_BLOCK)


@pytest.mark.parametrize("operator", [1, 2, 3])
def test_each_other_waits_for_those_before_it_and_then_lets_every_other_step_pass(operator: int) -> None:
    at = _steps_until(_turns(), {operator})
    assert at == list(range(operator * _TAKEOVER_BLOCKS, 4 * _TAKEOVER_BLOCKS))  # once of the two steps at each block


def test_who_holds_several_keys_goes_by_the_first_of_them() -> None:
    assert _turns().has_come(_derived(), {3, 0}, _DUE_BLOCK)
    assert not _turns().has_come(_derived(), {3, 2}, _DUE_BLOCK + 1)


def test_who_holds_no_key_of_the_committee_comes_after_all_that_do() -> None:
    turns, last = _turns(), len(_OPERATORS) * _TAKEOVER_BLOCKS
    assert _steps_until(turns, set()) == []
    assert [turns.has_come(_derived(), set(), _DUE_BLOCK + last) for _ in range(2)] == [False, True]


def test_an_epoch_that_was_undone_waits_a_block_for_its_transaction() -> None:
    turns = _turns()
    turns.see(_EPOCH, _DUE_BLOCK + 5)
    turns.see(_EPOCH - 1, _DUE_BLOCK + 6)
    assert not turns.has_come(_derived(), {0}, _DUE_BLOCK + 6)
    assert turns.has_come(_derived(), {0}, _DUE_BLOCK + 7)


def test_a_pending_report_is_waited_for_and_not_for_ever() -> None:
    pool = _Pool()
    turns = _turns(pool)
    assert not turns.is_coming(_EPOCH, 200)
    pool.epoch = _EPOCH
    waits = [turns.is_coming(_EPOCH, head) for head in range(200, 210)]
    assert waits == [True] * 2 * _TAKEOVER_BLOCKS + [False] * (10 - 2 * _TAKEOVER_BLOCKS)


def test_a_pending_report_of_an_epoch_before_brings_nothing() -> None:
    pool = _Pool()
    pool.epoch = _EPOCH - 1
    assert not _turns(pool).is_coming(_EPOCH, 200)


def test_the_wait_for_a_pending_report_begins_anew_when_it_left_the_pool() -> None:
    pool = _Pool()
    turns = _turns(pool)
    pool.epoch = _EPOCH
    assert turns.is_coming(_EPOCH, 200)
    pool.epoch = _EPOCH - 1
    assert not turns.is_coming(_EPOCH, 205)
    pool.epoch = _EPOCH
    assert turns.is_coming(_EPOCH, 206)


def test_another_operators_own_report_goes_out_again_at_every_other_step() -> None:
    turns = _turns()
    assert [turns.may_send_again(_EPOCH, {0}, 4, b"t") for _ in range(3)] == [True] * 3
    assert [turns.may_send_again(_EPOCH, {1}, 4, b"t") for _ in range(4)] == [False, True] * 2
