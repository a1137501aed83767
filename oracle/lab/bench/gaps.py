"""How far the policy goes from the best classical controller to those who know more, with intervals over seeds.

All controllers see the same seeds, so differences are taken seed by seed. Intervals are of 95 %, by bootstrap: the
seeds are drawn anew, with replacement, as often as RESAMPLES says.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oracle.lab.bench.policy_rows import ABLATIONS, FROZEN_ENCODER, HASH_RATE, NO_TEXT, PERFECT, POLICY
from oracle.lab.bench.rows import ControlRow
from oracle.plant.families import CLAIRVOYANT, CLASSICAL, by_node_name

Floats = NDArray[np.float64]
RESAMPLES = 2_000


def gaps_of(rows: Sequence[ControlRow]) -> dict[str, Any]:
    """Parts of p95 between the best classical controller and those who know more, and the part that policies close.

    Where there are controllers by node, theirs; and the part of p95 that they gain over one phi for all.
    """
    by_seed = {row.controller: np.array(row.p95_by_seed) for row in rows}

    def of(name: str) -> Floats:
        return by_seed[_forms(name, by_seed)[-1]]

    names = [form for family in CLASSICAL for form in _forms(family.name, by_seed)]
    best_classical = min(names, key=lambda name: float(by_seed[name].mean()))
    classical, policy, perfect, clairvoyant, no_text = (
        by_seed[best_classical],
        *map(of, (POLICY, PERFECT, CLAIRVOYANT.name, NO_TEXT)),
    )
    others = [name for name in (*ABLATIONS, *HASH_RATE, FROZEN_ENCODER) if _forms(name, by_seed)]
    return {
        "best_classical": best_classical,
        "p95_lowered": with_interval(lambda p95: 1 - p95[0] / p95[1], policy, classical),
        "gap_closed_clairvoyant": with_interval(_closed, classical, policy, clairvoyant),
        "gap_closed_clairvoyant_by_perfect": with_interval(_closed, classical, perfect, clairvoyant),
        "gap_closed_perfect": with_interval(_closed, classical, policy, perfect),
        "reading_reached": with_interval(_closed, no_text, policy, perfect),
        "p95_over_policy": {name: with_interval(lambda p95: p95[0] / p95[1] - 1, of(name), policy) for name in others},
        "gained_by_node": {
            name: 1 - float(by_seed[by_node_name(name)].mean() / by_seed[name].mean())
            for name in by_seed
            if by_node_name(name) in by_seed
        },
    }


def _closed(p95: Floats) -> Floats:
    """From the first to the third, the part at which the second is."""
    return np.asarray((p95[0] - p95[1]) / (p95[0] - p95[2]))


def with_interval(part: Callable[[Floats], Floats], *by_seed: Floats) -> tuple[float, float, float]:
    """A figure of means over seeds, and its interval."""
    seeds = len(by_seed[0])
    drawn = np.random.default_rng(0).integers(seeds, size=(RESAMPLES, seeds))
    means = np.stack([each[drawn].mean(axis=1) for each in by_seed])
    low, high = np.quantile(part(means), (0.025, 0.975))
    return float(part(np.array([each.mean() for each in by_seed]))), float(low), float(high)


def _forms(name: str, measured: Collection[str]) -> list[str]:
    """A controller as measured: with one phi for all, and by node."""
    return [form for form in (name, by_node_name(name)) if form in measured]
