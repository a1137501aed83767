"""Delegated proof of stake in driven time: turn after turn, each of them missed with a small chance."""

from collections.abc import Sequence
from dataclasses import astuple

import numpy as np

from deploy.parameters import THETA_MAX_WAD
from oracle.chain.follower import Follower
from oracle.chain.ledger import MinedBlock
from oracle.engines.dpos.player import ELECTION_GAS, sign_turn_block
from oracle.engines.opening import Openings
from oracle.formulas.body import encode_body
from oracle.formulas.pow import weight_limit
from oracle.lab.network.block import State
from oracle.lab.network.made import Made
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.site import Site
from oracle.workload.nodes import MISSED_TURNS


class TurnCourse:
    """Delegates make a block as soon as their turn begins, but for those turns that they miss."""

    def __init__(self, plan: NetworkPlan, site: Site, follower: Follower) -> None:
        self._site, self._follower = site, follower
        self._openings = Openings(site.contracts)
        self._began_seconds = site.chain.timestamp(site.chain.head())
        self._random = np.random.default_rng([plan.seed, 0x7475726E])

    def next(self, state: State, *, until: float) -> Made | None:
        """The block of the next turn that is not missed."""
        ledger, chain = self._site.ledger, self._site.chain
        head = chain.head()
        turns = int(self._random.geometric(1 - MISSED_TURNS))
        now = chain.timestamp(head)
        turn_seconds, node = ledger.calls.read("turnAt", now + turns * state.round.difficulty, block=head)
        time_seconds = turn_seconds - self._began_seconds
        if time_seconds > until:
            return None
        allowed = self._openings.allowed(state.round, state.nodes, THETA_MAX_WAD)
        body = encode_body(self._follower.offers.best(weight_limit(allowed.thetas_wad[node], ledger.capacity)))
        key = self._site.miners[node]
        block, signature = sign_turn_block(
            ledger, key, round_=state.round, turn_seconds=turn_seconds, node=node, body=body
        )
        arguments = block, body, signature, astuple(allowed.shown(node))
        return Made(time_seconds, [(node, ledger.calls.calldata("submitBlock", *arguments))], more_gas=ELECTION_GAS)

    def took(self, mined: Sequence[MinedBlock]) -> None:
        """Nothing depends on it."""
