"""`python -m tests.faults` runs all scenarios, writes their counts as JSON and the table of docs/reliability.md.

Ends with 1 where an epoch was lost or doubled, an operator equivocated, or too much was wasted; and where the control,
which must equivocate, did not.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from oracle.output import write_whole
from tests.faults.page import Row, complaints, total, with_table
from tests.faults.scenarios import SCENARIOS, run_scenario

PAGE = Path("docs/reliability.md")


def main() -> None:
    """Run; say what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="of the whole numbers of faults")
    parser.add_argument("--only", help="the name of one scenario")
    parser.add_argument("--json", type=Path, help="file for the counts")
    parser.add_argument("--write", action="store_true", help=f"write the table of {PAGE}")
    asked = parser.parse_args()
    rows = []
    for scenario in SCENARIOS:
        if asked.only not in (None, scenario.name):
            continue
        with tempfile.TemporaryDirectory(prefix="catalyst-faults-") as folder:
            outcome, seconds = run_scenario(scenario, Path(folder) / "run", seed=asked.seed, share=asked.share)
        rows.append(Row(scenario.name, scenario.does, outcome.counts, outcome.did, is_control=scenario.is_control))
        sys.stdout.write(f"{scenario.name}: {outcome.counts} {outcome.did} in {seconds:.0f} s\n")
        sys.stdout.flush()
        if asked.json is not None:
            found = {**asdict(total(rows)), "seed": asked.seed, "scenarios": [asdict(row) for row in rows]}
            write_whole(asked.json, json.dumps(found, indent=1) + "\n")
    if asked.write:
        write_whole(PAGE, with_table(PAGE.read_text(), rows, seed=asked.seed))
    wrong = complaints(rows)
    for complaint in wrong:
        sys.stderr.write(complaint + "\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
