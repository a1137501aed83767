"""Proof of work in driven time: real hashes, each of which takes 1 / hash rate of the run's time."""

from collections.abc import Sequence

import numpy as np

from deploy.parameters import THETA_MAX_WAD
from oracle.chain.follower import Follower
from oracle.chain.ledger import MinedBlock
from oracle.engines.opening import Openings
from oracle.engines.pow.search import Target
from oracle.engines.pow.submission import open_challenge, submission_calldata, targets
from oracle.lab.network.block import State
from oracle.lab.network.made import Made
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.race import Race, delay_seconds
from oracle.lab.network.site import Site
from oracle.workload.schedule import Schedule


class WorkCourse:
    """Nodes hash for the open round, and late ones for the one before."""

    def __init__(self, plan: NetworkPlan, site: Site, follower: Follower, schedule: Schedule) -> None:
        self._plan, self._site, self._follower, self._schedule = plan, site, follower, schedule
        self._openings = Openings(site.contracts)
        self._race = Race(np.full(plan.nodes, 1 / plan.nodes), plan.seed, plan.is_dead)
        self._targets: list[Target] = []

    def next(self, state: State, *, until: float) -> Made | None:
        """Hash until a node finds a block of the open round."""
        plan, site = self._plan, self._site
        self._targets = targets(
            site.ledger.facts,
            state.round,
            open_challenge(site.ledger, state.round, site.chain.head()),
            nodes=range(plan.nodes),
            allowed=self._openings.allowed(state.round, state.nodes, THETA_MAX_WAD),
            offers=self._follower.offers,
        )
        factor = self._schedule.hash_rate_factor(self._race.time_seconds / plan.interval_seconds)
        find, late = self._race.run(self._targets, hash_rate=plan.hash_rate * factor, until=until)
        if find is None:
            return None
        self._find = find
        submissions = [(each.node, submission_calldata(each)) for each in (*late, find)]
        alive = sum(not plan.is_dead(node, find.time_seconds) for node in range(plan.nodes)) / plan.nodes
        return Made(find.time_seconds, submissions, plan.hash_rate * factor * alive)

    def took(self, mined: Sequence[MinedBlock]) -> None:
        """The news of a win takes time to reach the other nodes."""
        plan = self._plan
        won = next((each for each in mined if each.won), None)
        if won is not None:
            size = won.weight / self._site.ledger.capacity
            delay = delay_seconds(size, tau=plan.tau, interval_seconds=plan.interval_seconds)
            self._race.announce(self._find, self._targets, delay)
