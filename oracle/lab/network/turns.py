"""Delegated proof of stake in driven time: turn after turn, each missed with a small chance, or by a dead delegate."""

from collections.abc import Sequence

import numpy as np

from deploy.parameters import THETA_MAX_WAD
from oracle.chain.follower import Follower
from oracle.chain.ledger import MinedBlock
from oracle.engines.dpos.submission import turn_submission
from oracle.engines.dpos.terms import ELECTION_GAS, DelegateTerms
from oracle.engines.opening import Openings
from oracle.lab.network.block import State
from oracle.lab.network.made import Made
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.site import Site
from oracle.workload.nodes import MISSED_TURNS


class TurnCourse:
    """Delegates make a block as soon as their turn begins, except for turns that they miss, dead or by chance."""

    def __init__(self, plan: NetworkPlan, terms: DelegateTerms, site: Site, follower: Follower) -> None:
        self._plan, self._terms, self._site, self._follower = plan, terms, site, follower
        self._openings = Openings(site.contracts)
        self._began_seconds = site.chain.timestamp(site.chain.head())
        # The ledger was deployed two terms before the first round.
        self._deployed_seconds = site.anchor.timestamp_seconds - 2 * terms.term_seconds
        self._random = np.random.default_rng([plan.seed, 0x7475726E])

    def next(self, state: State, *, until: float) -> Made | None:
        """The block of the next turn that is not missed; if all delegates are dead, the next election."""
        ledger, chain = self._site.ledger, self._site.chain
        head = chain.head()
        now = chain.timestamp(head)
        order, _ = ledger.calls.read("delegates", block=head)
        turns = 0
        while True:
            turns += int(self._random.geometric(1 - MISSED_TURNS))
            at_seconds = now + turns * state.round.difficulty
            if turns > len(order) and all(self._is_dead(node, at_seconds) for node in order):
                return self._election(at_seconds, head, until)
            turn_seconds, node = ledger.calls.read("turnAt", at_seconds, block=head)
            if not self._is_dead(node, turn_seconds):
                break
        if turn_seconds - self._began_seconds > until:
            return None
        calldata = turn_submission(
            ledger.facts,
            state.round,
            turn_seconds=turn_seconds,
            node=node,
            key=self._site.miners[node],
            allowed=self._openings.allowed(state.round, state.nodes, THETA_MAX_WAD),
            offers=self._follower.offers,
        )
        submissions = [*self._releases(turn_seconds, head), (node, calldata)]
        return Made(turn_seconds - self._began_seconds, submissions, more_gas=ELECTION_GAS)

    def took(self, mined: Sequence[MinedBlock]) -> None:
        """Nothing depends on it."""

    def _is_dead(self, node: int, timestamp_seconds: int) -> bool:
        return self._plan.is_dead(node, timestamp_seconds - self._began_seconds)

    def _releases(self, timestamp_seconds: int, head: int) -> list[tuple[int, bytes]]:
        """The requests for release of nodes that were jailed for turns missed while dead, and are back."""
        if not self._plan.outages:
            return []
        calls, nodes = self._site.ledger.calls, range(self._plan.nodes)
        term = (timestamp_seconds - self._deployed_seconds) // self._terms.term_seconds
        until = calls.read_each(*(("jailedUntil", node) for node in nodes), block=head)
        return [
            (node, calls.calldata("release", node))
            for node in nodes
            if 0 < until[node] <= term and not self._is_dead(node, timestamp_seconds)
        ]

    def _election(self, stalled_seconds: int, head: int, until: float) -> Made | None:
        """A term has at most one election, so the next is in the next term, called by any node that is alive."""
        chain, terms = self._site.chain, self._terms
        next_term = (chain.timestamp(head) - self._deployed_seconds) // terms.term_seconds + 1
        at_seconds = max(stalled_seconds, self._deployed_seconds + next_term * terms.term_seconds)
        if at_seconds - self._began_seconds > until:
            return None
        alive = [node for node in range(self._plan.nodes) if not self._is_dead(node, at_seconds)]
        elect = [(node, self._site.ledger.calls.calldata("elect")) for node in alive[:1]]
        submissions = [*self._releases(at_seconds, head), *elect]
        return Made(at_seconds - self._began_seconds, submissions, more_gas=ELECTION_GAS)
