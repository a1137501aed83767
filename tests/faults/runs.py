"""A scenario's run as a row of the table."""

import tempfile
from pathlib import Path

from tests.faults.page import Row
from tests.faults.scenarios import SCENARIOS, run_scenario


def run_row(name: str, seed: int, share: float) -> tuple[Row, float]:
    """A scenario's row, and the seconds that it took."""
    (scenario,) = (each for each in SCENARIOS if each.name == name)
    with tempfile.TemporaryDirectory(prefix="catalyst-faults-") as folder:
        outcome, seconds = run_scenario(scenario, Path(folder) / "run", seed=seed, share=share)
    return Row(name, scenario.does, outcome.counts, outcome.did, is_control=scenario.is_control), seconds
