"""The classical controller, and the backlog that it reads."""

from dataclasses import replace

import numpy as np
import pytest
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from oracle.control.feedback import FeedbackController
from oracle.window.numbers import unserved_transactions
from oracle.window.window import window_hash
from tests.examples import block, transaction, window


def _crowded(transactions: int, blocks: int = 4) -> list:  # type: ignore[type-arg]
    return [block(n, [transaction(100 * n + i) for i in range(transactions)]) for n in range(1, blocks + 1)]


def test_phi_grows_with_the_backlog_and_is_the_same_for_all_nodes() -> None:
    busy = window(_crowded(40))
    quiet = window(_crowded(1))
    controller = FeedbackController(gain=0.1, constant=0.05)
    for each in (busy, quiet):
        phi = controller.decide(each).phi
        assert phi.shape == (each.nodes.count,)
        assert np.ptp(phi) == 0
        expected = 0.05 + 0.1 * unserved_transactions(each) / each.capacity_transactions
        assert phi[0] == pytest.approx(min(0.5, expected))
    assert controller.decide(busy).phi[0] > controller.decide(quiet).phi[0] == pytest.approx(0.05)


@given(st.floats(-10, 10), st.floats(-10, 10), st.integers(0, 10**6))
def test_phi_stays_within_its_limit(gain: float, constant: float, backlog: int) -> None:
    told = replace(window(_crowded(2)), backlog_transactions=backlog)
    assert np.all(np.abs(FeedbackController(gain=gain, constant=constant).decide(told).phi) <= 0.5)


def test_equal_parameters_have_equal_hashes_and_others_do_not() -> None:
    hashes = {FeedbackController(gain=gain, constant=c).model_hash for gain in (0.1, 0.2) for c in (0.0, 0.1)}
    assert len(hashes) == 4
    assert FeedbackController(gain=0.1).model_hash == FeedbackController(gain=0.1).model_hash


def test_the_hash_of_the_default_is_that_of_its_name_and_parameters() -> None:
    """What contracts in use expect: a change of it is a change of the model, and needs another name."""
    text = b'["feedback 2", {"constant": 0.05, "gain": 0.4, "limit": 0.5, "window_blocks": 32}]'
    assert FeedbackController().model_hash == keccak(text)
    assert FeedbackController().model_hash.hex() == "b61b6593fa93935ee6135e05d1e9cf6534e85bcfadafd9e347b470fbf8ebad27"


def test_a_true_backlog_takes_the_place_of_the_virtual_queue() -> None:
    plain = window(_crowded(1))
    told = replace(plain, backlog_transactions=500)
    assert unserved_transactions(plain) == 0
    assert unserved_transactions(told) == 499  # one came with the last block
    assert window_hash(told) != window_hash(plain) != window_hash(replace(plain, backlog_transactions=0))
