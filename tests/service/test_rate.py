"""Rates of requests, on a clock of the test's own."""

import pytest

from oracle.service import rate
from oracle.service.rate import Rate, RateLimit


class _Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_client_has_its_burst_then_its_rate_and_is_told_when_to_come_again() -> None:
    clock = _Clock()
    limit = RateLimit(client=Rate(2, 10), all_clients=Rate(1000, 1000), now=clock)
    assert limit.wait_seconds("a", 10) == 0
    assert limit.wait_seconds("a", 1) == 1
    assert limit.wait_seconds("a", 10) == 5
    assert limit.wait_seconds("b", 10) == 0
    clock.seconds += 5
    assert limit.wait_seconds("a", 10) == 0
    clock.seconds += 1000
    assert limit.wait_seconds("a", 11) == 1  # no more than the burst, however long the silence
    assert limit.wait_seconds("a", 10) == 0


def test_all_clients_together_have_a_rate_too_and_what_is_refused_counts_for_nothing() -> None:
    clock = _Clock()
    limit = RateLimit(client=Rate(10, 10), all_clients=Rate(5, 15), now=clock)
    assert limit.wait_seconds("a", 10) == 0
    assert limit.wait_seconds("b", 10) == 1
    assert limit.wait_seconds("b", 5) == 0
    assert limit.wait_seconds("c", 5) == 1
    clock.seconds += 1
    assert limit.wait_seconds("c", 5) == 0
    assert limit.wait_seconds("c", 1) == 1


def test_the_memory_of_clients_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "_MOST_CLIENTS", 3)
    limit = RateLimit(client=Rate(1, 1), all_clients=Rate(1000, 1000), now=_Clock())
    for client in "abc":
        assert limit.wait_seconds(client, 1) == 0
    assert limit.wait_seconds("a", 1) == 1  # three are remembered
    assert limit.wait_seconds("d", 1) == 0
    assert limit.wait_seconds("d", 1) == 1
    assert limit.wait_seconds("b", 1) == 0  # longest silent and so forgotten: it begins anew
