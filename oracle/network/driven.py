"""A network in driven time: real contracts, transactions, hashes and reports on Anvil, at the pace of the machine.

The chain's blocks are the ledger's: one is produced when a node has found a block, stamped with the time that the work
took. It holds the submission, what arrived since the last one, and a report where one is due.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deploy.parameters import THETA0_WAD
from oracle.chain.anvil import AnvilChain
from oracle.chain.follower import Followed
from oracle.control.controller import Controller
from oracle.errors import CatalystError
from oracle.formulas.lanes import WAD_PER_UNIT
from oracle.network.arrivals import Arrival, arrivals
from oracle.network.keeper import Keeper
from oracle.network.miners import Submissions, targets
from oracle.network.plan import NetworkPlan
from oracle.network.race import Race, delay_seconds
from oracle.network.site import Site
from oracle.service.cycle import Cycle
from oracle.service.store import Store
from oracle.settings import OracleSettings
from oracle.workload.generator import Traffic
from oracle.workload.schedule import draw_schedule
from oracle.workload.sender import Sender

_DEADLINE_INTERVALS = 30


@dataclass(frozen=True)
class DrivenBlock:
    """One block of the chain, and the network around it."""

    followed: Followed
    time_seconds: float  # simulated, since the start
    sent: tuple[tuple[bytes, float], ...]  # hashes of the transactions that it brought, and when they were sent
    pending: int
    theta_wad: tuple[int, ...]
    lanes: tuple[int, ...]
    difficulty: int  # p of the open round after it
    sum_exp_wad: int
    epoch: int
    hash_rate: float  # hashes a second


class DrivenNetwork:
    """A run, block by block."""

    def __init__(self, plan: NetworkPlan, blocks: AnvilChain, site: Site, journal: Path) -> None:
        self._plan, self._blocks, self._site = plan, blocks, site
        self._follower = site.follower()
        self._schedule = draw_schedule(plan.seed, plan.intervals, crowd_every=plan.crowd_every)
        traffic = Traffic(
            base_load=plan.base_load, crowds=self._schedule.crowds, accounts=plan.accounts, seed=plan.seed
        )
        self._arrivals: Iterator[Arrival] = arrivals(traffic, site.venue, plan.interval_seconds)
        self._next = next(self._arrivals)
        self._sender = Sender(site.chain, site.accounts)
        self._keeper = Keeper(site.contracts, site.keeper)
        self._submissions = Submissions(site.chain, site.ledger, dict(enumerate(site.miners)))
        self._race = Race(np.full(plan.nodes, 1 / plan.nodes), plan.seed)
        self._start_seconds = site.chain.timestamp(site.chain.head())
        self._journal = journal
        self._read(site.chain.head())
        self.cycle: Cycle | None = None
        if plan.controller is not None:
            self.start_oracle(plan.controller)

    def start_oracle(self, controller: Controller) -> None:
        """Begin to report, from where the journal stands."""
        site, plan = self._site, self._plan
        chain = site.chain
        self._store = Store(
            self._journal,
            chain_id=chain.chain_id,
            genesis_hash=chain.genesis_hash,
            oracle_address=site.contracts.addresses.oracle,
        )
        self.cycle = Cycle(
            chain=chain,
            contracts=site.contracts,
            controller=controller,
            operators=site.operators,
            submitter=site.payer,
            settings=OracleSettings(
                epoch_blocks=plan.epoch_blocks,
                epoch_seconds=None,
                depth_blocks=plan.depth_blocks,
                capacity_transactions=plan.capacity_transactions,
                deadline_seconds=_DEADLINE_INTERVALS * plan.interval_seconds,
            ),
            store=self._store,
            follower=self._follower,
        )

    def stop_oracle(self) -> None:
        """The oracle dies: nothing is reported until it is started again."""
        if self.cycle is not None:
            self.cycle = None
            self._store.close()

    def play(self) -> Iterator[DrivenBlock]:
        """Blocks until the plan's time is over."""
        plan, site = self._plan, self._site
        end = plan.intervals * plan.interval_seconds
        for _ in itertools.count():
            here = targets(
                self._round,
                nodes=range(plan.nodes),
                thetas_wad=self._thetas,
                capacity=site.ledger.capacity,
                offers=self._follower.offers,
            )
            hash_rate = plan.hash_rate * self._schedule.hash_rate_factor(
                self._race.time_seconds / plan.interval_seconds
            )
            find, late = self._race.run(here, hash_rate=hash_rate, until=end)
            if find is None:
                return
            for each in (*late, find):
                self._submissions.send(each)
            yield self._block(find_time=find.time_seconds, hash_rate=hash_rate)
            won = [mined for mined in self._last.mined if mined.won]
            if won:
                size = won[0].weight / site.ledger.capacity
                delay = delay_seconds(size, tau=plan.tau, interval_seconds=plan.interval_seconds)
                self._race.announce(find, here, delay)

    def _read(self, head: int) -> None:
        """What miners go by until the next block."""
        self._round = self._site.ledger.open_round(head)
        self._thetas = self._site.contracts.thetas(head)

    def _block(self, *, find_time: float, hash_rate: float) -> DrivenBlock:
        site = self._site
        due = []
        while self._next.time_seconds <= find_time:
            due.append(self._next)
            self._next = next(self._arrivals)
        hashes = self._sender.send([arrival.call for arrival in due])
        before = site.chain.timestamp(site.chain.head())
        self._blocks.produce_block(max(before + 1, self._start_seconds + round(find_time)))
        head = site.chain.head()
        (self._last,) = self._follower.sync(head)
        if len(self._last.block.transactions) < len(hashes):
            raise CatalystError(f"block {head} left out transactions that were sent; raise the chain's gas limit")
        if self.cycle is not None:
            self.cycle.step()
        self._keeper.step()
        self._read(head)
        return DrivenBlock(
            followed=self._last,
            time_seconds=find_time,
            sent=tuple(zip(hashes, (arrival.time_seconds for arrival in due), strict=True)),
            pending=self._follower.offers.pending,
            theta_wad=tuple(self._thetas),
            lanes=tuple((theta - THETA0_WAD) // WAD_PER_UNIT for theta in self._thetas),
            difficulty=self._round.difficulty,
            sum_exp_wad=site.contracts.difficulty(head).sum_exp_wad,
            epoch=site.contracts.epoch(head),
            hash_rate=hash_rate,
        )
