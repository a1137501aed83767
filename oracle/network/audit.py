"""Recomputes a run from the chain alone: every round against the formulas, and what was confirmed when."""

from dataclasses import dataclass

from mpmath import mpf

from oracle.errors import FormulaMismatch
from oracle.formulas.body import decode_body
from oracle.formulas.difficulty import check_difficulty, check_sum_exp, check_theta
from oracle.formulas.pow import weight_limit
from oracle.network.site import Site
from oracle.window.window import Nodes


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


def audit(site: Site, head: int) -> Audit:
    """Replay the chain from the ledger's deployment to `head`.

    Raises:
        FormulaMismatch: a value on the chain is not what the formulas give.
    """
    follower = site.follower()
    rounds = competing = 0
    previous_timestamp = site.anchor.timestamp_seconds
    confirmed: dict[bytes, int] = {}
    worst = mpf(0)
    nodes = site.contracts.nodes(site.first_block - 1)
    for followed in follower.sync(head):
        number = followed.block.number
        before, nodes = nodes, site.contracts.nodes(number)
        worst = max(worst, _check_thetas(site, number, nodes))
        for mined in followed.mined:
            if mined.body is None or len(decode_body(mined.body)) != mined.weight:
                raise FormulaMismatch(f"round {mined.round}: the block does not weigh what its body names")
            most = max(
                weight_limit(site.contracts.thetas(at)[mined.node], site.ledger.capacity) for at in (number - 1, number)
            )
            if mined.weight > most:
                raise FormulaMismatch(f"round {mined.round}: weight {mined.weight} is above theta · capacity = {most}")
            if mined.difficulty is None or mined.base_difficulty is None:
                competing += 1
                continue
            rounds += 1
            expected = site.anchor.base_difficulty_at(height=mined.round - 1, timestamp_seconds=previous_timestamp)
            if (mined.round, mined.base_difficulty) != (rounds, expected):
                raise FormulaMismatch(
                    f"round {mined.round}: d is {mined.base_difficulty} but ASERT gives {expected} for round {rounds}"
                )
            worst = max(worst, _check_p(mined.difficulty, expected, before, nodes))
            previous_timestamp = followed.block.timestamp_seconds
        for confirmation in followed.confirmations:
            confirmed[confirmation.offer.hash] = confirmation.timestamp_seconds
    offers = follower.offers
    return Audit(rounds, competing, offers.count, confirmed, offers.pending, offers.wasted, float(worst))


def _check_thetas(site: Site, number: int, nodes: Nodes) -> mpf:
    for node, theta in enumerate(site.contracts.thetas(number)):
        check_theta(node=node, got_wad=theta, theta0_wad=nodes.theta0_wad[node], lane=nodes.lanes[node])
    got = site.contracts.difficulty(number).sum_exp_wad
    return check_sum_exp(got_wad=got, active_lanes=nodes.active_lanes)


def _check_p(got: int, base_difficulty: int, before: Nodes, after: Nodes) -> mpf:
    """A report may come ahead of the winner within its block, or behind it."""
    try:
        return check_difficulty(got=got, base_difficulty=base_difficulty, active_lanes=before.active_lanes)
    except FormulaMismatch:
        return check_difficulty(got=got, base_difficulty=base_difficulty, active_lanes=after.active_lanes)
