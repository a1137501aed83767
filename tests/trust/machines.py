"""What state machines over a ledger or an oracle share: a step that may be refused, and a run of many."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.trust.evm import Reverted
from tests.trust.runs import FACTOR


def tried(counts: Counter[str], name: str, call: Callable[[], Any], expected: str | None) -> bool:
    """Whether a call was taken, which must revert with the error that is expected, if any; counted either way."""
    try:
        call()
    except Reverted as error:
        assert error.name == expected, (name, error.failure, expected)
        counts[f"{name} refused"] += 1
        return False
    assert expected is None, f"{name} was meant to be refused with {expected}"
    counts[name] += 1
    return True


def run_machine(machine: type[RuleBasedStateMachine], *, examples: int, steps: int) -> None:
    """Run it, the same sequences each time."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples * FACTOR,
            stateful_step_count=steps,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
