"""One block of a network's chain, and what is around it: what a run is measured and shown by."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.parameters import THETA0_WAD
from oracle.chain.follower import Followed
from oracle.chain.ledger import OpenRound
from oracle.formulas.lanes import WAD_PER_UNIT
from oracle.lab.network.site import Site
from oracle.window.window import Nodes


@dataclass(frozen=True)
class NetworkBlock:
    """One block of the chain, and the network around it."""

    followed: Followed
    time_seconds: float  # since the start, by the clock of the run
    sent: tuple[tuple[bytes, float], ...]  # hashes of the transactions that it brought, and when they were sent
    pending: int
    theta_wad: tuple[int, ...]
    lanes: tuple[int, ...]
    difficulty: int  # p of the open round after it
    sum_exp_wad: int
    epoch: int
    hash_rate: float  # hashes a second


@dataclass(frozen=True)
class State:
    """What miners go by after a block."""

    round: OpenRound
    thetas_wad: tuple[int, ...]  # in force
    nodes: Nodes


def read_state(site: Site, head: int) -> State:
    """The open round, every node and every theta after block `head`."""
    return State(site.ledger.open_round(head), tuple(site.contracts.thetas(head)), site.contracts.nodes(head))


def describe_block(
    site: Site,
    followed: Followed,
    state: State,
    *,
    time_seconds: float,
    sent: Sequence[tuple[bytes, float]],
    pending: int,
    hash_rate: float,
) -> NetworkBlock:
    """A block with what the contracts hold after it."""
    number = followed.block.number
    return NetworkBlock(
        followed=followed,
        time_seconds=time_seconds,
        sent=tuple(sent),
        pending=pending,
        theta_wad=state.thetas_wad,
        lanes=tuple((theta - THETA0_WAD) // WAD_PER_UNIT for theta in state.thetas_wad),
        difficulty=state.round.difficulty,
        sum_exp_wad=site.contracts.difficulty(number).sum_exp_wad,
        epoch=site.contracts.epoch(number),
        hash_rate=hash_rate,
    )
