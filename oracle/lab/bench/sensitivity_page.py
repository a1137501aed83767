"""docs/sensitivity.md, from what `catalyst bench sensitivity` has written."""

import json
import sys
from pathlib import Path
from typing import Any

from oracle.lab.bench.benchmark_page import spread
from oracle.markdown import wrapped

Document = dict[str, Any]
_HEAD = """# What text is worth in other traffic

Written by `make bench-sensitivity`. The policy is that of the bundle with modelHash `{model_hash}`.

The benchmark ([benchmark.md](benchmark.md)) assumes that 80 % of the crowds are announced, by much of the traffic.
Here one thing at a time is other than there, on seeds {first} to {last}, {blocks} blocks each. The planner is compared
with itself without text, and with perfect reading, at equal mean θ. p95 is in T, mean of the seeds. "Weight" is the
part of the blocks' fees that is read as an announcement while a crowd stands announced. Brackets hold 95 % intervals
by bootstrap over the seeds, of differences seed by seed.

| plant | what is changed | to | weight | p95 without text | policy | perfect reading | change by text |
| --- | --- | --- | --- | --- | --- | --- | --- |
{rows}
"""


def page(measured: Document) -> str:
    """The page."""
    rows = [
        f"| {row['base']} | {row['what']} | {row['value']} | {100 * row['announced_weight']:.1f} % "
        f"| {row['without_text']:.2f} | {row['policy']:.2f} | {row['perfect_reader']:.2f} "
        f"| {spread(row['change_by_text'])} |"
        for row in measured["rows"]
    ]
    first, end = measured["seeds"]
    return wrapped(
        _HEAD.format(
            model_hash=measured["model_hash"],
            first=first,
            last=end - 1,
            blocks=measured["blocks"],
            rows="\n".join(rows),
        )
    )


if __name__ == "__main__":
    sys.stdout.write(page(json.loads(Path(sys.argv[1]).read_text())))
