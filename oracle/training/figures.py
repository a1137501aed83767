"""What a policy is worth on the plant at equal mean theta, beside classical feedback and a perfect reader."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace

from torch import Tensor

from oracle.model.policy import Policy
from oracle.plant.definition import Definition
from oracle.plant.families import PROPORTIONAL, READER
from oracle.plant.measure import measure
from oracle.plant.plant import run
from oracle.plant.tune import tune, with_mean_theta
from oracle.training.hostile import beside_one
from oracle.training.plant_data import PlantData
from oracle.training.policy_on_plant import PolicyOnPlant, fixed_texts
from oracle.training.pooling import as_texts, block_texts
from oracle.training.refinement import MEAN_PHI


@dataclass(frozen=True)
class Worth:
    """95th percentile of latency in T, mean of the seeds."""

    policy: float
    proportional: float  # tuned on these very seeds
    perfect_reader: float  # tuned on these very seeds

    @property
    def gap_closed(self) -> float:
        """The part of what reading can give that the policy gives; 0 for the classical controller."""
        return (self.proportional - self.policy) / (self.proportional - self.perfect_reader)


def with_epochs_of(definition: Definition, data: PlantData) -> Definition:
    """The data's own plant, with another's epochs."""
    return replace(data.definition, epoch_blocks=definition.epoch_blocks, lag_blocks=definition.lag_blocks)


def level_and_p95(policy: Policy, data: PlantData, definition: Definition, table: Tensor) -> tuple[float, float]:
    """What is to be added to phi for MEAN_PHI on average, and the 95th percentile of latency (T) then."""
    here = with_epochs_of(definition, data)
    own = deepcopy(policy).double().eval()
    family = fixed_texts("policy", own, block_texts(own, as_texts(data.readings), table.double()))
    level, figures = with_mean_theta(family, here, data.traces, here.theta0 + MEAN_PHI, ())
    return level, float(figures.latency_p95.mean())


def attacked_p95(policy: Policy, data: PlantData, definition: Definition, table: Tensor, level: float) -> float:
    """The 95th percentile of latency (T) at a level where a tenth of every block silences as much as it can."""
    here = with_epochs_of(definition, data)
    own = deepcopy(policy).double().eval()
    said = block_texts(own, as_texts(data.readings), table.double())
    silenced = tuple(beside_one(own, each, lowering=True) for each in said)
    return float(measure(run(here, data.traces, PolicyOnPlant(own, silenced, level))).latency_p95.mean())


def worths(
    policy: Policy, data: Mapping[str, PlantData], definitions: Mapping[str, Definition], table: Tensor
) -> dict[str, dict[str, Worth]]:
    """Worth by name of data and of definition."""
    found: dict[str, dict[str, Worth]] = {}
    for name, plant in data.items():
        found[name] = {}
        for case, definition in definitions.items():
            here = with_epochs_of(definition, plant)
            theta = here.theta0 + MEAN_PHI
            bounds = []
            for family in (PROPORTIONAL, READER):
                tuned = tune(family, here, plant.traces, theta)
                _, figures = with_mean_theta(family, here, plant.traces, theta, tuned.parameters)
                bounds.append(float(figures.latency_p95.mean()))
            found[name][case] = Worth(level_and_p95(policy, plant, definition, table)[1], *bounds)
    return found
