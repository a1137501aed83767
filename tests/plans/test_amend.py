"""Amendments by the twin in Python: what is held carries over, and nothing is lost. Walks hold it to the contract."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.plans import machine
from oracle.plans.machine import InvalidPlan, Refused
from oracle.plans.plan import Plan, Status
from tests.contracts.plan_stage import sale

JOINED, NOW = 1_000, 2_000


def _sale(*deposits: int) -> Plan:
    return replace(sale(), deposits=deposits, join_by_seconds=NOW + 100)


@given(st.tuples(*[st.integers(1, 10**30)] * 3), st.tuples(*[st.integers(1, 10**30)] * 3))
def test_what_a_party_holds_is_its_deposit_and_what_is_beyond_is_credited(
    held: tuple[int, ...], deposits: tuple[int, ...]
) -> None:
    plan = _sale(*held)
    state = machine.proposed(plan)
    for party in range(3):
        state = machine.join(plan, state, party, JOINED)
    after = machine.amend(plan, state, _sale(*deposits), NOW)
    drawn = [max(due - had, 0) for due, had in zip(deposits, held, strict=True)]
    assert (after.status, after.step, after.activated_at_seconds) == (Status.ACTIVE, 0, NOW)
    assert after.held == deposits
    assert sum(held) + sum(drawn) == sum(after.held) + sum(after.credited)


def test_an_amendment_keeps_parties_and_comes_before_the_end() -> None:
    plan = _sale(0, 0, 5)
    state = machine.proposed(plan)
    with pytest.raises(InvalidPlan, match="keeps token and parties"):
        machine.amend(plan, state, replace(plan, parties=plan.parties[::-1]), NOW)
    with pytest.raises(Refused, match="WrongStatus"):
        machine.amend(plan, replace(state, status=Status.DONE), plan, NOW)
