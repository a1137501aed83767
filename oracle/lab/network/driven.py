"""A network in driven time: real contracts, transactions, hashes and reports on Anvil, at the pace of the machine.

The chain's blocks are the ledger's: one is produced when a node has found a block, stamped with the time that the work
took. It holds the submission, what arrived since the last one, and a report where one is due.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from deploy.parameters import THETA_MAX_WAD
from oracle.chain.anvil import AnvilChain
from oracle.engines.keeper import Keeper
from oracle.engines.opening import Openings
from oracle.engines.pow.submission import open_challenge, submission_calldata, targets
from oracle.engines.sending import Submissions
from oracle.errors import CatalystError
from oracle.lab.network.arrivals import TrafficClock
from oracle.lab.network.block import NetworkBlock, describe_block, read_state
from oracle.lab.network.committee import Committee
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.race import Race, delay_seconds
from oracle.lab.network.site import Site
from oracle.workload.schedule import draw_schedule
from oracle.workload.sender import Sender


class DrivenNetwork:
    """A run, block by block."""

    def __init__(self, plan: NetworkPlan, blocks: AnvilChain, site: Site, journal: Path) -> None:
        self._plan, self._blocks, self._site = plan, blocks, site
        self._follower = site.follower()
        self._schedule = draw_schedule(plan.seed, plan.intervals, crowd_every=plan.crowd_every)
        self._traffic = TrafficClock(plan, self._schedule, site.venue)
        self._sender = Sender(site.chain, site.accounts)
        self._keeper = Keeper(site.contracts, site.keeper)
        self._submissions = Submissions(site.ledger, dict(enumerate(site.miners)), plan.nodes)
        self._openings = Openings(site.contracts)
        self._race = Race(np.full(plan.nodes, 1 / plan.nodes), plan.seed)
        self._start_seconds = site.chain.timestamp(site.chain.head())
        self._state = read_state(site, site.chain.head())
        self.committee = Committee(plan, site, self._follower, journal)
        self.committee.start()

    def play(self) -> Iterator[NetworkBlock]:
        """Blocks until the plan's time is over."""
        plan, site = self._plan, self._site
        end = plan.intervals * plan.interval_seconds
        while True:
            here = targets(
                self._state.round,
                open_challenge(site.ledger, self._state.round, site.chain.head()),
                nodes=range(plan.nodes),
                allowed=self._openings.allowed(self._state.round, self._state.nodes, THETA_MAX_WAD),
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
                self._submissions.send(each.node, submission_calldata(each))
            yield self._block(find_time=find.time_seconds, hash_rate=hash_rate)
            won = [mined for mined in self._last.mined if mined.won]
            if won:
                size = won[0].weight / site.ledger.capacity
                delay = delay_seconds(size, tau=plan.tau, interval_seconds=plan.interval_seconds)
                self._race.announce(find, here, delay)

    def _block(self, *, find_time: float, hash_rate: float) -> NetworkBlock:
        site = self._site
        due = self._traffic.due(find_time)
        hashes = self._sender.send([arrival.call for arrival in due])
        before = site.chain.timestamp(site.chain.head())
        self._blocks.produce_block(max(before + 1, self._start_seconds + round(find_time)))
        head = site.chain.head()
        (self._last,) = self._follower.sync(head)
        if len(self._last.block.transactions) < len(hashes):
            raise CatalystError(f"block {head} left out transactions that were sent; raise the chain's gas limit")
        self.committee.step()
        self._keeper.step()
        self._state = read_state(site, head)
        return describe_block(
            site,
            self._last,
            self._state,
            time_seconds=find_time,
            sent=list(zip(hashes, (arrival.time_seconds for arrival in due), strict=True)),
            pending=self._follower.offers.pending,
            hash_rate=hash_rate,
        )
