"""docs/real.md, from what `catalyst bench real` has written."""

import json
import sys
from pathlib import Path
from typing import Any

from oracle.lab.bench.real import LOAD, MEAN_AIM, TAIL_AIM
from oracle.markdown import wrapped

Document = dict[str, Any]
_HEAD = """# The policy on recorded blocks

Written by `make bench-real`. Bundle: modelHash `{model_hash}`.

Nobody is known to have announced anything in these blocks, so what texts add to φ should be nothing. Training learnt
from every second block of the same file, as text that says nothing; the {blocks} blocks measured here, with
{transactions} transactions, are the others. Each was read alone, and as if every block of a whole window were like it,
which is the most that its texts can add up to. The load is {load} of what a block holds at θ₀, so that the step does
not hide what text would add: it had room for at least {room} of φ at every block (`oracle/lab/bench/real.py`).

| window | mean | 99.9th percentile | most |
| --- | --- | --- | --- |
{figures}

The aims are a mean of at most {mean_aim} and a 99.9th percentile of at most {tail_aim}: {verdict}.

## Blocks where text adds something

{rows}
"""


def page(measured: Document) -> str:
    """The page."""
    named = {"added_alone": "the block alone", "added_repeated": "every block like it"}
    figures = measured["figures"]
    lines = [
        f"| {words} | {figures[name]['mean']:.5f} | {figures[name]['tail']:.4f} | {figures[name]['most']:.4f} |"
        for name, words in named.items()
    ]
    worst = figures["added_repeated"]
    reached = worst["mean"] <= MEAN_AIM and worst["tail"] <= TAIL_AIM
    loud = sorted(
        (row for row in measured["rows"] if row["added_repeated"] > 0), key=lambda row: -row["added_repeated"]
    )
    rows = ["None."]
    if loud:
        rows = [
            "| block | transactions | alone | every block like it | loudest text |",
            "| --- | --- | --- | --- | --- |",
        ]
        rows += [
            f"| {row['block']} | {row['transactions']} | {row['added_alone']:+.4f} | {row['added_repeated']:+.4f} "
            f"| {(row['loudest'] or '').replace('|', '/')} |"
            for row in loud
        ]
    return wrapped(
        _HEAD.format(
            model_hash=measured["model_hash"],
            load=LOAD,
            room=f"{measured['least_room']:.3f}",
            blocks=measured["blocks"],
            transactions=measured["transactions"],
            figures="\n".join(lines),
            mean_aim=MEAN_AIM,
            tail_aim=TAIL_AIM,
            verdict="reached" if reached else "missed",
            rows="\n".join(rows),
        )
    )


if __name__ == "__main__":
    sys.stdout.write(page(json.loads(Path(sys.argv[1]).read_text())))
