"""The controllers that are compared, with the grids on which they are tuned."""

import itertools

from oracle.formulas.feedback import FEEDBACK_GAIN
from oracle.plant.controllers import (
    AdaptiveLimit,
    CapacityByTime,
    Constant,
    FeedForward,
    Fullness,
    HighValue,
    PerNode,
    Proportional,
    ProportionalIntegral,
    SmithPredictor,
    TwoMedians,
)
from oracle.plant.foresight import Reader
from oracle.plant.planned import MEAN_40, Planned, Told
from oracle.plant.tune import ControllerFamily

FEEDBACK = ControllerFamily(
    "feedback, as by default",
    lambda _, __, level, ___: Proportional(FEEDBACK_GAIN, level),
    (-0.3, 0.3),
)
CONSTANT = ControllerFamily("constant", lambda _, __, level, ___: Constant(level), (-0.2, 0.5))
PROPORTIONAL = ControllerFamily(
    "proportional",
    lambda _, __, level, p: Proportional(p[0], level),
    (-0.3, 0.3),
    tuple((gain,) for gain in (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)),
)
PI = ControllerFamily(
    "proportional-integral",
    lambda _, __, level, p: ProportionalIntegral(p[0], p[1], level),
    (2.0, -2.0),  # a setpoint below 0 keeps phi rising until blocks run empty
    tuple(itertools.product((0.05, 0.1, 0.2, 0.4), (0.01, 0.02, 0.05, 0.1, 0.2))),
)
FEED_FORWARD = ControllerFamily(
    "proportional + feed-forward",
    lambda _, __, level, p: FeedForward(p[0], p[1], int(p[2]), level),
    (-0.6, 0.3),
    tuple(itertools.product((0.1, 0.2, 0.4), (0.1, 0.2, 0.4, 0.8), (10, 20, 40))),
)
SMITH = ControllerFamily(
    "Smith predictor",
    lambda _, __, level, p: SmithPredictor(p[0], int(p[1]), level),
    (-0.3, 0.3),
    tuple(itertools.product((0.05, 0.1, 0.2, 0.4, 0.8), (5, 10, 20, 40))),
)
MODEL_PREDICTIVE = ControllerFamily(
    "model-predictive",
    lambda _, __, level, p: Planned(level, Told(hash_rate=MEAN_40, load_blocks=int(p[0]))),
    (-0.1, 0.4),
    ((10.0,), (20.0,), (40.0,)),
)
TWO_MEDIANS = ControllerFamily(
    "two medians, as Monero",
    lambda _, __, level, p: TwoMedians(int(p[0]), int(p[1]), p[2], level),
    (0.8, 4.0),
    tuple(itertools.product((5, 10, 20, 50), (100, 500), (2.0, 4.0))),
)
ADAPTIVE_LIMIT = ControllerFamily(
    "adaptive limit, as ABLA",
    lambda _, __, level, p: AdaptiveLimit(p[0], p[1], level),
    (1.0, 6.0),
    tuple(itertools.product((0.005, 0.02, 0.05, 0.1, 0.2), (0.0, 0.02, 0.1, 0.3))),
)
CAPACITY_BY_TIME = ControllerFamily(
    "capacity by time, as ACP-176",
    lambda _, __, level, p: CapacityByTime(int(p[0]), level),
    (0.3, 1.0),
    tuple((blocks,) for blocks in (5, 10, 20, 40, 80)),
)
FULLNESS = ControllerFamily(
    "fullness, as EIP-1559",
    lambda _, __, level, p: Fullness(p[0], level),
    (0.95, 0.35),
    tuple((rate,) for rate in (0.06, 0.125, 0.25, 0.5, 1.0)),
)
HIGH_VALUE = ControllerFamily(
    "high-value feedback",
    lambda _, __, level, p: HighValue(p[0], level),
    (-0.5, 0.5),
    tuple((gain,) for gain in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)),
)
READER = ControllerFamily(
    "perfect reader, proportional",
    lambda definition, traces, level, p: Reader(definition, traces, p[0], level, p[1], int(p[2])),
    (-0.3, 0.3),
    tuple(itertools.product((0.1, 0.2, 0.4), (0.01, 0.02, 0.04, 0.08, 0.16), (20, 30, 45, 60))),
)
CLAIRVOYANT = ControllerFamily(
    "clairvoyant",
    lambda _, traces, level, ___: Planned(level, Told(traces=traces, foresees=True)),
    (-0.1, 0.4),
)
CLASSICAL = (
    CONSTANT,
    PROPORTIONAL,
    PI,
    FEED_FORWARD,
    SMITH,
    MODEL_PREDICTIVE,
    FULLNESS,
    TWO_MEDIANS,
    ADAPTIVE_LIMIT,
    CAPACITY_BY_TIME,
    HIGH_VALUE,
)

_OWN_GAINS = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)


def by_node_name(name: str) -> str:
    """Of a controller that gives each pool's nodes a phi of their own."""
    return f"{name}, by node"


def per_node(family: ControllerFamily, parameters: tuple[float, ...]) -> ControllerFamily:
    """A family with its parameters settled, and a phi of its own for each pool's nodes by a gain that is tuned."""
    return ControllerFamily(
        by_node_name(family.name),
        lambda definition, traces, level, p: PerNode(family.make(definition, traces, level, parameters), p[0]),
        family.levels,
        tuple((gain,) for gain in _OWN_GAINS),
    )


# Retargets in place of ASERT, with phi at 0, and the windows that are tried, in blocks.
RETARGETS: dict[str, tuple[int, ...]] = {
    "bitcoin": (36, 72, 144, 504, 2016),
    "lwma": (20, 45, 90, 144, 288),
    "digishield": (8, 17, 34, 72),
}
