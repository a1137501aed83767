"""docs/plant.md: recorded networks beside the plant. `python -m oracle.lab.bench.fidelity_page DIRECTORY...`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from oracle.engines.registry import ENGINES
from oracle.lab.bench.fidelity import PLAYS, Fidelity, compare_with_plant
from oracle.markdown import wrapped

_HEAD = f"""# The plant beside whole networks

Written by `make bench-plant`.

The plant (`oracle/plant`) is a compiled model of a network: controllers are tuned and compared on it, since it plays in
a second what a network of contracts, signatures and nodes plays in an hour. This page says how far its latencies are
those of networks. Each network ran once (`catalyst network --minutes 360 --interval-seconds 60`, φ by feedback), with
its own traffic, and with luck in how long its rounds took. The plant then played the same traffic: once with the
network's luck, and {PLAYS} times with luck of its own, which shows how far luck alone moves p95. Latencies are in
target intervals T.

"""
_COLUMNS = (
    *("engine", "seed", "p95 of the network", "p95 of the plant", "difference", "with any luck: mean (nine tenths)"),
    *("mean θ, network and plant", "competing blocks, network and plant"),
)
_TAIL = """
The plant keeps the rules of a ledger here: transactions are whole, a block takes those that came before the block ahead
of it, φ is in whole lanes, the step of φ is the contract's, and epochs end where those of the run ended. It leaves two
things out. Miners hash one nonce at a time. Nodes order transactions by their exact price, where the plant has classes
of it. Under proof of stake p is a whole number of slots, about 10 of them, so a d that differs by little may give a p
that differs by a tenth.
"""


def page(rows: Sequence[Fidelity]) -> str:
    """The page, one engine after the other."""
    rows = [row for engine in ENGINES for row in rows if row.engine == engine]
    lines = [
        _HEAD.rstrip("\n"),
        "",
        f"| {' | '.join(_COLUMNS)} |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *map(_line, rows),
        "",
        "| engine | p95 of its networks, mean | p95 of the plant, mean | difference |",
        "| --- | --- | --- | --- |",
        *(_mean_line(engine, here) for engine in ENGINES if (here := [row for row in rows if row.engine == engine])),
        _TAIL,
    ]
    return wrapped("\n".join(lines))


def _line(row: Fidelity) -> str:
    return (
        f"| {ENGINES[row.engine].words.consensus} | {row.seed} | {row.network_p95:.2f} | {row.plant_p95:.2f} "
        f"| {row.plant_p95 / row.network_p95 - 1:+.1%} | {row.plant_any_p95:.2f} ({row.plant_low:.2f} to "
        f"{row.plant_high:.2f}) | {row.network_mean_theta:.3f}, {row.plant_mean_theta:.3f} "
        f"| {row.network_stale:.1%}, {row.plant_stale:.1%} |"
    )


def _mean_line(engine: str, rows: Sequence[Fidelity]) -> str:
    network, plant = (
        sum(p95) / len(rows) for p95 in zip(*((row.network_p95, row.plant_p95) for row in rows), strict=True)
    )
    return f"| {ENGINES[engine].words.consensus} | {network:.2f} | {plant:.2f} | {plant / network - 1:+.1%} |"


if __name__ == "__main__":
    sys.stdout.write(page([compare_with_plant(Path(directory)) for directory in sys.argv[1:]]))
