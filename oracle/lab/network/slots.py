"""Proof of stake in driven time: slot after slot, until the lottery gives one to somebody."""

from collections.abc import Sequence

from deploy.parameters import THETA_MAX_WAD
from oracle.chain.follower import Follower
from oracle.chain.ledger import MinedBlock
from oracle.engines.opening import Openings
from oracle.engines.pos.onion import layers
from oracle.engines.pos.submission import slot_submission
from oracle.engines.pos.terms import StakeTerms
from oracle.formulas.lottery import chance_q128, slot_draw, wins
from oracle.lab.network.block import State
from oracle.lab.network.made import Made
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.site import Site


class SlotCourse:
    """A dead node's slots stay empty. If several nodes draw a slot, the first wins and the others compete."""

    def __init__(self, plan: NetworkPlan, terms: StakeTerms, site: Site, follower: Follower) -> None:
        self._plan, self._terms, self._site, self._follower = plan, terms, site, follower
        self._openings = Openings(site.contracts)
        self._began_seconds = site.chain.timestamp(site.chain.head())
        # Two terms ahead of the first round: that is when the ledger was deployed.
        self._deployed_seconds = site.anchor.timestamp_seconds - 2 * terms.term_slots * terms.slot_seconds
        self._stakes: dict[int, list[int]] = {}  # of all nodes, by term
        self._revealed = [0] * plan.nodes  # layers of each node's onion

    def next(self, state: State, *, until: float) -> Made | None:
        """The next slot that somebody has drawn; or the beginning of a term, whose seed is told from there on."""
        ledger, terms = self._site.ledger, self._terms
        head = self._site.chain.head()
        present = self._slot(self._site.chain.timestamp(head))
        term = present // terms.term_slots
        slot = max(present, int(ledger.calls.read("slotOf", state.round.number - 1, block=head))) + 1
        seed = bytes(ledger.calls.read("seedOf", term, block=head))
        stakes = self._of_term(term, head)
        total = sum(stakes)
        chances = [chance_q128(state.round.difficulty, stake, total) for stake in stakes]
        drawn: list[int] = []
        while slot // terms.term_slots == term:
            drawn = [
                node
                for node, chance in enumerate(chances)
                if wins(slot_draw(seed, slot, node), chance) and not self._plan.is_dead(node, self._time(slot))
            ]
            if drawn:
                break
            slot += 1
        time_seconds = self._time(slot)
        if time_seconds > until:
            return None
        allowed = self._openings.allowed(state.round, state.nodes, THETA_MAX_WAD)
        submissions = []
        for node in drawn:
            key = self._site.miners[node]
            calldata = slot_submission(
                ledger.facts,
                state.round,
                slot=slot,
                node=node,
                key=key,
                reveal=layers(bytes(key.key), ledger.address, node, 0)[self._revealed[node] + 1],
                allowed=allowed,
                offers=self._follower.offers,
            )
            submissions.append((node, calldata))
        return Made(time_seconds, submissions)

    def took(self, mined: Sequence[MinedBlock]) -> None:
        """Winners have revealed a layer."""
        for each in mined:
            self._revealed[each.node] += each.won

    def _slot(self, timestamp_seconds: int) -> int:
        return (timestamp_seconds - self._deployed_seconds) // self._terms.slot_seconds

    def _time(self, slot: int) -> int:
        """When a slot begins, in seconds of the run."""
        return self._deployed_seconds + slot * self._terms.slot_seconds - self._began_seconds

    def _of_term(self, term: int, head: int) -> list[int]:
        if term not in self._stakes:
            views = [("stakeOf", node, term) for node in range(self._plan.nodes)]
            self._stakes = {term: self._site.ledger.calls.read_each(*views, block=head)}
        return self._stakes[term]
