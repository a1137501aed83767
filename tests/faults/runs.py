"""A tenth of a scenario, within `make test`."""

from pathlib import Path

from tests.faults.page import Row, complaints
from tests.faults.scenarios import SCENARIOS, Outcome, run_scenario

_SEED = 1


def run_tenth(name: str, folder: Path) -> Outcome:
    """Run a tenth of a scenario, and see that its counts are as they must be."""
    (scenario,) = (each for each in SCENARIOS if each.name == name)
    outcome, _ = run_scenario(scenario, folder / "run", seed=_SEED, share=0.1)
    row = Row(name, scenario.does, outcome.counts, outcome.did, is_control=scenario.is_control)
    # Of so few transactions one is more than a share of them allows.
    found = [each for each in complaints([row]) if "wasted" not in each]
    assert not found, (found, outcome)
    assert outcome.counts.wasted <= 1 or scenario.is_control, outcome
    return outcome
