"""Comparisons of several seeds in one page: `python -m oracle.lab.network.seeds DIRECTORY ...` (`make compare`)."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from oracle.markdown import wrapped

_HEAD = """# φ by feedback and by the policy against φ off, seed by seed

Written by `make compare`: `catalyst compare` at {intervals} intervals, {nodes} nodes, {capacity} transactions in a full
block, real contracts and hashes on Anvil. Latencies are in units of the target interval; capacity is mean θ.
Policy: the bundle of modelHash `{model_hash}`.
"""


def page(comparisons: Sequence[dict[str, Any]]) -> str:
    """Markdown with a row per seed and figure, from the content of `comparison.json` files of one setting."""
    settings = comparisons[0]["off"]["settings"]
    lines = [
        _HEAD.format(
            intervals=settings["intervals"],
            nodes=settings["nodes"],
            capacity=settings["capacity_transactions"],
            model_hash=comparisons[0]["oracle"]["settings"]["model_hash"],
        ),
        "| seed | p95 off | p95 feedback | p95 policy | feedback / off | capacity, feedback | capacity, policy |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    rows = []
    for comparison in comparisons:
        off, fed, policy = (comparison[name]["summary"] for name in ("off", "feedback", "oracle"))
        rows.append(
            (
                *(run["latency_p95"] for run in (off, fed, policy)),
                fed["latency_p95"] / off["latency_p95"],
                fed["mean_theta"] - off["mean_theta"],
                policy["mean_theta"] - off["mean_theta"],
            )
        )
        lines.append(_line(str(comparison["off"]["settings"]["seed"]), rows[-1]))
    means = [mean(column) for column in zip(*rows, strict=True)]
    means[3] = means[1] / means[0]  # of the means: a seed without a crowd has little to gain
    lines.append(_line("mean", means))
    return wrapped("\n".join(lines) + "\n")


def _line(name: str, row: Sequence[float]) -> str:
    off, fed, policy, ratio, *capacities = row
    cells = (f"{off:.1f}", f"{fed:.1f}", f"{policy:.1f}", f"{ratio:.2f}", *(f"{c:+.3f}" for c in capacities))
    return f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(page([json.loads((Path(name) / "comparison.json").read_text()) for name in sys.argv[1:]]))
