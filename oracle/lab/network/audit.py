"""Recomputes a run from the chain alone, block by block: every round against the formulas, and what was confirmed."""

from dataclasses import dataclass

from mpmath import mpf

from oracle.chain.follower import Followed
from oracle.chain.ledger import MinedBlock
from oracle.errors import FormulaMismatch
from oracle.formulas.body import decode_body
from oracle.formulas.difficulty import check_difficulty, check_sum_exp, check_theta
from oracle.formulas.pow import weight_limit
from oracle.lab.network.site import Site
from oracle.window.window import Nodes


@dataclass(frozen=True)
class _Moment:
    """What held around one block of the chain."""

    nodes: tuple[Nodes, ...]  # ahead of it and after it
    thetas: tuple[list[int], ...]


@dataclass(frozen=True)
class Audit:
    """What the chain holds, with every check passed."""

    rounds: int
    competing: int
    offered: int
    confirmed: dict[bytes, int]  # transaction hash to the chain's timestamp, in seconds
    pending: int
    wasted: int  # places of won bodies that named what was confirmed already, or never offered
    max_relative_error: float  # of sum of exp(phi) and p


class Auditor:
    """Reads the blocks of a chain as they come, with no knowledge but where the ledger lies.

    A node that forgets old states can be audited too, as long as it keeps the last few.
    """

    def __init__(self, site: Site) -> None:
        """Begin with the ledger's deployment."""
        self._site, self._follower = site, site.follower()
        self._rounds = self._competing = 0
        self._previous_timestamp = site.anchor.timestamp_seconds
        self._confirmed: dict[bytes, int] = {}
        self._worst = mpf(0)
        self._nodes = site.contracts.nodes(site.first_block - 1)
        self._thetas = site.contracts.thetas(site.first_block - 1)
        # What held at the opening of each round that is not final: a report in that block came ahead of it or behind.
        self._openings = {1: _Moment((self._nodes,), (self._thetas,))}

    def check(self, head: int) -> None:
        """Check all blocks up to `head` that were not checked yet.

        Raises:
            FormulaMismatch: a value on the chain is not what the formulas give.
        """
        for followed in self._follower.sync(head):
            self._check_block(followed)

    @property
    def result(self) -> Audit:
        """What the chain holds up to the last block checked."""
        offers = self._follower.offers
        return Audit(
            rounds=self._rounds,
            competing=self._competing,
            offered=offers.count,
            confirmed=self._confirmed,
            pending=offers.pending,
            wasted=offers.wasted,
            max_relative_error=float(self._worst),
        )

    def _check_block(self, followed: Followed) -> None:
        contracts, number = self._site.contracts, followed.block.number
        before, self._nodes = self._nodes, contracts.nodes(number)
        thetas_before, self._thetas = self._thetas, contracts.thetas(number)
        self._check_thetas(number)
        now = _Moment((before, self._nodes), (thetas_before, self._thetas))
        for mined in followed.mined:
            opening = self._openings[mined.round]
            # What held when it was won: of a competing block's round, that is known.
            won_at = self._openings.get(mined.round + 1, now)
            self._check_weight(mined, (*opening.thetas, *won_at.thetas))
            if mined.difficulty is None or mined.base_difficulty is None:
                self._competing += 1
                continue
            self._rounds += 1
            expected = self._site.anchor.base_difficulty_at(
                height=mined.round - 1, timestamp_seconds=self._previous_timestamp
            )
            if (mined.round, mined.base_difficulty) != (self._rounds, expected):
                raise FormulaMismatch(
                    f"round {mined.round}: d is {mined.base_difficulty} but ASERT gives {expected} for round "
                    f"{self._rounds}"
                )
            self._worst = max(self._worst, _check_p(mined.difficulty, expected, opening.nodes))
            self._previous_timestamp = followed.block.timestamp_seconds
            self._openings[mined.round + 1] = now
            self._openings.pop(mined.round - self._site.ledger.confirmations, None)
        for confirmation in followed.confirmations:
            self._confirmed[confirmation.offer.hash] = confirmation.timestamp_seconds

    def _check_weight(self, mined: MinedBlock, thetas: tuple[list[int], ...]) -> None:
        """By the better of theta at the opening and when the round was won."""
        if mined.body is None or len(decode_body(mined.body)) != mined.weight:
            raise FormulaMismatch(f"round {mined.round}: the block does not weigh what its body names")
        most = max(weight_limit(each[mined.node], self._site.ledger.capacity) for each in thetas)
        if mined.weight > most:
            raise FormulaMismatch(f"round {mined.round}: weight {mined.weight} is above theta · capacity = {most}")

    def _check_thetas(self, number: int) -> None:
        nodes = self._nodes
        for node, theta in enumerate(self._thetas):
            check_theta(node=node, got_wad=theta, theta0_wad=nodes.theta0_wad[node], lane=nodes.lanes[node])
        got = self._site.contracts.difficulty(number).sum_exp_wad
        self._worst = max(self._worst, check_sum_exp(got_wad=got, active_lanes=nodes.active_lanes))


def _check_p(got: int, base_difficulty: int, opening: tuple[Nodes, ...]) -> mpf:
    """P of the opening, by phi ahead of its block or after it."""
    try:
        return check_difficulty(got=got, base_difficulty=base_difficulty, active_lanes=opening[0].active_lanes)
    except FormulaMismatch:
        return check_difficulty(got=got, base_difficulty=base_difficulty, active_lanes=opening[-1].active_lanes)
