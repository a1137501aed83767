"""What miners gain who do not mine honestly: by withholding blocks, and by hopping. `catalyst bench mining`."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from oracle.formulas.feedback import FEEDBACK_CONSTANT, FEEDBACK_GAIN
from oracle.lab.bench.policy_rows import POLICY, PolicyBench
from oracle.model.bundle import load_bundle
from oracle.plant.controllers import Constant, Proportional
from oracle.plant.definition import EPOCH_10, Definition
from oracle.plant.hopping import hopping_gain
from oracle.plant.measure import measure
from oracle.plant.plant import PlantController, run
from oracle.plant.traces import Traces, draw_traces
from oracle.plant.withholding import BLOCK, RULES, play_withholding

OFF, FEEDBACK = "off", "feedback"
SLOW_STEP = 0.03


@dataclass(frozen=True)
class MiningPlan:
    """How much is played and run."""

    rounds: int = 5_000
    games: int = 8  # of each cell, with other luck
    shares: tuple[float, ...] = (0.10, 0.25, 0.33, 0.40)  # of the hash rate that withholds
    chain_intervals: tuple[float, ...] = (0.01, 0.1, 0.5)  # T, for one attacker under the rule in force
    seeds: int = 6
    blocks: int = 6_000
    hoppers: tuple[float, ...] = (0.0, 0.10, 0.25, 0.33)
    half_lives: tuple[float, ...] = (1152.0, 576.0, 288.0, 144.0, 72.0)  # T, for φ off and feedback


_FIRST_SEED = 50_000
TYPICAL = 0.25  # of the hash rate, where another thing is varied


def measure_mining(
    say: Callable[[str], None], bundle_directory: Path, plan: MiningPlan | None = None
) -> dict[str, Any]:
    """The share of rounds that withholding wins, and the blocks for a hash that hopping wins.

    Raises:
        BundleError: the bundle cannot be loaded.
    """
    plan = plan or MiningPlan()
    bundle = load_bundle(bundle_directory)
    withholding = [_games(rule, share, 0.01, plan) for share in plan.shares for rule in RULES]
    intervals = [_games(BLOCK, 0.33, interval, plan) for interval in plan.chain_intervals]
    for row in (*withholding, *intervals):
        say(", ".join(f"{key} {value}" for key, value in row.items()))

    drawn = draw_traces(replace(EPOCH_10, blocks=plan.blocks), range(_FIRST_SEED, _FIRST_SEED + plan.seeds))
    # Where the hash rate jumps, d follows late, and there is something to gain by that which is not φ's doing.
    traces = replace(drawn, hash_rates=np.ones_like(drawn.hash_rates))
    policy = PolicyBench(bundle)
    controllers: dict[str, Callable[[Definition], PlantController]] = {
        OFF: lambda _: Constant(0.0),
        FEEDBACK: lambda _: Proportional(FEEDBACK_GAIN, FEEDBACK_CONSTANT),
        POLICY: lambda definition: policy.family(POLICY, definition, traces).make(
            definition, traces, bundle.config.margin, ()
        ),
    }
    hopping = []
    for name, make in controllers.items():
        # The policy takes minutes for what the others take seconds.
        for definition in _by_share(plan) if name == POLICY else (*_by_share(plan), *_by_half_life(plan)):
            row = _hop(name, definition, traces, make(definition))
            say(", ".join(f"{key} {value}" for key, value in row.items()))
            hopping.append(row)
    return {
        "model_hash": "0x" + bundle.model_hash.hex(),
        "rounds": plan.rounds * plan.games,
        "seeds": plan.seeds,
        "blocks": plan.blocks,
        "withholding": withholding,
        "chain_intervals": intervals,
        "hopping": hopping,
    }


def _games(rule: str, attacker: float, chain_interval: float, plan: MiningPlan) -> dict[str, Any]:
    games = [
        play_withholding(rule, attacker, rounds=plan.rounds, seed=seed, chain_interval=chain_interval)
        for seed in range(plan.games)
    ]
    won = sum(game.won for game in games) / (plan.rounds * plan.games)
    mining = float(np.mean([game.mining_share for game in games]))
    return {
        "rule": rule,
        "attacker": attacker,
        "chain_interval_T": chain_interval,
        "won": won,
        "ci95": 1.96 * math.sqrt(won * (1 - won) / (plan.rounds * plan.games)),
        "mining": mining,
    }


def _by_share(plan: MiningPlan) -> Sequence[Definition]:
    return [replace(EPOCH_10, blocks=plan.blocks, hopping_share=share) for share in plan.hoppers]


def _by_half_life(plan: MiningPlan) -> Sequence[Definition]:
    """Without hoppers and with TYPICAL of them; last, with phi that moves slowly."""
    pair = [replace(EPOCH_10, blocks=plan.blocks, hopping_share=share) for share in (0.0, TYPICAL)]
    lives = [half_life for half_life in plan.half_lives if half_life != EPOCH_10.retarget_parameter]
    return [
        *(replace(each, retarget_parameter=half_life) for half_life in lives for each in pair),
        *(replace(each, max_step=SLOW_STEP) for each in pair),
    ]


def _hop(name: str, definition: Definition, traces: Traces, controller: PlantController) -> dict[str, Any]:
    trajectory = run(definition, traces, controller)
    gains, figures = hopping_gain(trajectory), measure(trajectory)
    return {
        "phi": name,
        "hoppers": definition.hopping_share,
        "half_life_T": definition.retarget_parameter,
        "max_step": definition.max_step,
        "gain": float(gains.mean()),
        "ci95": float(1.96 * gains.std(ddof=1) / math.sqrt(len(gains))),
        "p95": float(figures.latency_p95.mean()),
        "interval_deviation": float(figures.interval_deviation.mean()),
        "mean_theta": float(figures.mean_theta.mean()),
    }
