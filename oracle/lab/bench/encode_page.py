"""docs/encode.md, from what `catalyst bench encode` has written."""

import json
import sys
from pathlib import Path
from typing import Any

from oracle.lab.bench.encode import NEW, STEADY
from oracle.markdown import wrapped

Document = dict[str, Any]
_DECIDE_AIMS_MS = {100: 20, 10_000: 200}
_AIMED_TRANSACTIONS, _NEW_AIM_MS, _STEADY_AIM_MS, _PIPELINE_AIM = 200, 100, 10, 5
_HEAD = """# How long a block's texts take

Written by `make bench-encode`. Bundle: modelHash `{model_hash}`.

This project reads the distinct texts of a block, at most 128 that are new to the window, in float64, and what it has
read before not again. The other rows encode all texts of the block: by the pipeline of transformers one at a time and
in batches of 64, by sentence-transformers, and by two variants that are faster and give other vectors: weights of eight
bits, and half of the layers. "Like ours" is the mean cosine of their vectors to the bundle's. The floor is the
arithmetic alone: the multiplications of the texts that are read, at the {speed:.0f} billion a second that this machine
does in large float32 matrices. All rows are of one run on one thread; times depend on the machine, ratios less so.

Between operators, lanes must be equal, so what a text says must not depend on the machine. Float64, rounded to 2⁻²⁰,
gives that (`tests/vectors/test_machines.py`); float32 and eight bits with scales in float32 do not.

| blocks | transactions | texts | path | encoded | median | p95 | tx/s | × batched pipeline | × floor | like ours |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
{rows}

## Deciding beside it

What is left once the texts are known: two plans, the hash rate, and the shares of the nodes.

| nodes | median | p95 |
| --- | --- | --- |
{decides}

## Aims

Of a block of {aimed} transactions of the workload: {verdicts}.
"""


def page(measured: Document) -> str:
    """The page."""
    rows = [
        f"| {row['source']} | {row['transactions']} | {row['texts']} | {row['path']} | {row['read']} "
        f"| {row['ms_p50']:.1f} ms | {row['ms_p95']:.1f} ms | {row['tx_per_s']:,.0f} "
        f"| {row['ratio_to_pipeline']:.2f} | {row['ratio_to_floor']:.2f} "
        f"| {'the same' if row['cosine'] is None else format(row['cosine'], '.4f')} |"
        for row in measured["rows"]
    ]
    return wrapped(
        _HEAD.format(
            model_hash=measured["model_hash"],
            speed=measured["float32_multiplications_per_second"] / 1e9,
            rows="\n".join(rows),
            aimed=_AIMED_TRANSACTIONS,
            decides="\n".join(
                f"| {each['nodes']:,} | {each['ms_p50']:.1f} ms | {each['ms_p95']:.1f} ms |"
                for each in measured["decides"]
            ),
            verdicts="; ".join(_verdicts(measured["rows"], measured["decides"])),
        )
    )


def _verdicts(rows: list[Document], decides: list[Document]) -> list[str]:
    by_path = {
        row["path"]: row for row in rows if (row["source"], row["transactions"]) == ("workload", _AIMED_TRANSACTIONS)
    }
    aims: tuple[tuple[str, bool], ...] = (
        (f"p95 of at most {_NEW_AIM_MS} ms with every text new", by_path[NEW]["ms_p95"] <= _NEW_AIM_MS),
        (f"of at most {_STEADY_AIM_MS} ms steady", by_path[STEADY]["ms_p95"] <= _STEADY_AIM_MS),
        (
            f"{_PIPELINE_AIM} times the speed of the batched pipeline with every text new",
            by_path[NEW]["ratio_to_pipeline"] >= _PIPELINE_AIM,
        ),
        (f"{_PIPELINE_AIM} times steady", by_path[STEADY]["ratio_to_pipeline"] >= _PIPELINE_AIM),
    )
    slowest = {each["nodes"]: each["ms_p95"] for each in decides}
    aims += tuple(
        (f"deciding for {nodes:,} nodes in at most {aim} ms", slowest[nodes] <= aim)
        for nodes, aim in _DECIDE_AIMS_MS.items()
        if nodes in slowest
    )
    return [f"{words}: {'reached' if reached else 'missed'}" for words, reached in aims]


if __name__ == "__main__":
    sys.stdout.write(page(json.loads(Path(sys.argv[1]).read_text())))
