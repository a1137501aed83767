"""A network in driven time: real contracts, transactions, hashes and reports on Anvil, at the pace of the machine.

The chain's blocks are the ledger's: one is produced when a node makes a block, stamped with the time that it took. It
holds the submission, what arrived since the last one, and a report where one is due.
"""

from collections.abc import Iterator
from pathlib import Path

from oracle.chain.anvil import AnvilChain
from oracle.chain.transactions import bid
from oracle.engines.keeper import Keeper
from oracle.engines.sending import Submissions
from oracle.errors import CatalystError
from oracle.lab.network.arrivals import TrafficClock
from oracle.lab.network.block import NetworkBlock, describe_block, read_state
from oracle.lab.network.committee import Committee
from oracle.lab.network.course import course_of
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.price import laboratory_price
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
        self._keeper = Keeper(site.contracts, site.keeper, lambda _: bid(site.chain))
        self._submissions = Submissions(site.ledger, dict(enumerate(site.miners)), plan.nodes, laboratory_price)
        self._course = course_of(plan, site, self._follower, self._schedule)
        self._start_seconds = site.chain.timestamp(site.chain.head())
        self._state = read_state(site, site.chain.head())
        self.committee = Committee(plan, site, self._follower, journal)

    def play(self) -> Iterator[NetworkBlock]:
        """Blocks until the plan's time is over."""
        end = self._plan.intervals * self._plan.interval_seconds
        while (made := self._course.next(self._state, until=end)) is not None:
            for node, calldata in made.submissions:
                self._submissions.send_block(node, calldata, more_gas=made.more_gas)
            yield self._block(find_time=made.time_seconds, hash_rate=made.hash_rate)
            self._course.took(self._last.mined)

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
        if self._plan.is_dead(None, find_time):
            self.committee.stop()
        else:
            self.committee.start()
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
