"""Who has gained and lost what in a world, beside what the legs that were carried out say."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from oracle.crossing.executor import Executor
from oracle.crossing.leg import Leg, LegState
from oracle.lab.routes.world import SENDER, World


@dataclass(frozen=True)
class Balance:
    """The reckoning of transfers, in units of the asset."""

    arrived: int  # that reached the target
    elsewhere: int  # that is at the sender's own account on another chain
    lost: int  # that somebody lacks of what is due to it
    twice: int  # that somebody has beyond what is due to it
    legs_done: int
    legs_refunded: int


class Reckoning:
    """What everybody had before transfers."""

    def __init__(self, world: World, providers: Iterable[str]) -> None:
        self._world, self._people = world, (SENDER, *providers)
        self._before = {name: world.wealth(name) for name in self._people}

    def after(self, executor: Executor, *transfer_ids: str) -> Balance:
        """What came of all transfers since then, once nobody has anything open.

        Each leg that was done moves its fee from the sender to its provider; one that was refunded moves nothing.
        """
        transfers = [executor.transfer(each) for each in transfer_ids]
        legs = [leg for transfer in transfers for part in transfer.parts for leg in executor.legs(part)]
        due = _due(legs)
        off = {name: self._world.wealth(name) - self._before[name] - due[name] for name in self._people}
        states = Counter(leg.state for leg in legs)
        fees = sum(leg.amount_in - leg.amount_out for leg in legs if leg.state is LegState.DONE)
        arrived = sum(transfer.arrived for transfer in transfers)
        return Balance(
            arrived=arrived,
            elsewhere=sum(transfer.objective.amount_minor for transfer in transfers) - arrived - fees,
            lost=sum(max(0, -each) for each in off.values()),
            twice=sum(max(0, each) for each in off.values()),
            legs_done=states[LegState.DONE],
            legs_refunded=states[LegState.REFUNDED],
        )


def _due(legs: list[Leg]) -> Counter[str]:
    due: Counter[str] = Counter()
    for leg in legs:
        if leg.state is LegState.DONE:
            fee = leg.amount_in - leg.amount_out
            due[SENDER] -= fee
            due[leg.bridge.partition("-")[0]] += fee
    return due
