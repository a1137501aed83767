"""`python -m tests.faults` runs all scenarios, writes their counts as JSON and the table of docs/reliability.md.

Several run at once: each waits most of the time, for requests that were made to fail or to take long.

Ends with 1 where an epoch was lost or doubled, an operator equivocated, or too much was wasted; and where the control,
which must equivocate, did not.
"""

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

from oracle.output import write_whole
from tests.faults.page import complaints, total, with_table
from tests.faults.process import SERVER
from tests.faults.runs import run_row
from tests.faults.scenarios import SCENARIOS

PAGE = Path("docs/reliability.md")


def main() -> None:
    """Run; say what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="of the whole numbers of faults")
    parser.add_argument("--only", help="the name of one scenario")
    parser.add_argument("--jobs", type=int, default=4, help="scenarios at once")
    parser.add_argument("--json", type=Path, help="file for the counts")
    parser.add_argument("--write", action="store_true", help=f"write the table of {PAGE}")
    asked = parser.parse_args()
    names = [each.name for each in SCENARIOS if asked.only in (None, each.name)]
    with ProcessPoolExecutor(asked.jobs, mp_context=SERVER) as processes:
        running = [processes.submit(run_row, name, asked.seed, asked.share) for name in names]
        for done in as_completed(running):
            row, seconds = done.result()
            sys.stdout.write(f"{row.name}: {row.counts} {row.did} in {seconds:.0f} s\n")
            sys.stdout.flush()
        rows = [done.result()[0] for done in running]
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
