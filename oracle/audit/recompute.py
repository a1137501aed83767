"""Every report that a chain applied, beside what the same window and state give when they are decided again.

All comes from blocks, events and calldata, which headers vouch for (`oracle.chain.replay`): the node keeps no state.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import Deployment
from oracle.chain.follower import Follower, follow_ledger
from oracle.chain.ledger import Ledger
from oracle.chain.proof.check import SealedBlock
from oracle.chain.replay import AppliedReport, Held, Replay
from oracle.chain.windows import window_of
from oracle.control.choice import Expected
from oracle.errors import SettingsError
from oracle.report.limits import Moment
from oracle.service.proposal import Inputs, Proposal, propose
from oracle.workers.pool import Job, Workers


@dataclass(frozen=True)
class Recomputed:
    """A report, and what it should be. The deadline of the proposal is the timestamp of its reference block."""

    applied: AppliedReport
    inputs: Inputs
    proposal: Proposal


class History:
    """The reports of one deployment, oldest first."""

    def __init__(
        self, chain: Chain, record: Deployment, expected: Expected, capacity: int | None, workers: Workers
    ) -> None:
        """Ahead of its first report.

        Args:
            chain: Asked for blocks and receipts.
            record: Where the contracts are.
            expected: The controller that decides.
            capacity: Of a block at theta = 1, in transactions; None: the ledger's.
            workers: Who decide again.

        Raises:
            DeploymentError: the record is not complete.
            SettingsError: the capacity is not known, or the oracle applies reports by pages.
        """
        self.chain, self.contracts = chain, Contracts(chain, record.addresses())
        self._expected, self._workers = expected, workers
        self.controller = expected.controller()
        entry = record.contracts.get("PhiOracle")
        if entry is None or entry.block_number is None:
            raise SettingsError("the deployment's oracle applies reports page by page, which is not recomputed yet")
        self._first_block = entry.block_number
        self._follower: Follower | None = None
        deployed = record.ledger()
        if deployed is not None:
            ledger = Ledger(chain, deployed.address, deployed.contract)
            self._follower = follow_ledger(self.contracts, ledger, deployed.block_number + 1)
            capacity = capacity or ledger.capacity
        if capacity is None:
            raise SettingsError("the capacity of blocks is not on chain; give --capacity, as the operators do")
        self._capacity = capacity
        self._blocks: dict[int, SealedBlock] = {}  # the last ones
        deployed_at = Moment(entry.block_number, chain.timestamp(entry.block_number))
        self._replay = Replay(chain, self.contracts.addresses.oracle, deployed_at)

    def reports(self, epoch: int | None = None) -> Iterator[Recomputed]:
        """All reports up to the head, or the one of an epoch.

        Raises:
            ChainReorganised: a block was replaced meanwhile.
            ConnectionFailed: the node does not answer, or not with what a header vouches for.
            SettingsError: that epoch is not in force yet.
        """
        read: deque[tuple[AppliedReport, Inputs]] = deque()  # ahead of the one that is decided again

        def jobs() -> Iterator[Job[Proposal]]:
            for applied, inputs in self._read_reports(epoch):
                read.append((applied, inputs))
                yield partial(_proposed, self._expected, inputs)

        for proposal in self._workers.run(jobs()):
            yield Recomputed(*read.popleft(), proposal)

    def _read_reports(self, epoch: int | None) -> Iterator[tuple[AppliedReport, Inputs]]:
        head = self.chain.head()
        for number in range(self._first_block, head + 1):
            for applied in self._replay.add(self._read(number)):
                reported = applied.published.report.epoch
                if epoch in (None, reported):
                    yield applied, self._inputs(applied)
                if epoch == reported:
                    return
        if epoch is not None:
            raise SettingsError(f"epoch {epoch} is not in force at block {head}; --all shows those that are")

    def held_after(self, number: int) -> Held:
        """What the oracle contract held after a block that was read."""
        return self._replay.after(number)

    def _inputs(self, applied: AppliedReport) -> Inputs:
        to_block = applied.published.report.to_block
        reference = max(to_block, applied.before.state.reported.number)
        held = self._replay.after(reference)
        first = max(self.contracts.anchor.height + 1, to_block - self.controller.window_blocks + 1)
        return Inputs(
            window=window_of(
                self.contracts,
                self._follower,
                [self._read(number) for number in range(first, to_block + 1)],
                state=held.state,
                nodes=self._replay.after(to_block).nodes,
                theta_bounds_wad=held.theta_bounds_wad,
                capacity_transactions=self._capacity,
            ),
            state=held.state,
            nodes=held.nodes,
            theta_bounds_wad=held.theta_bounds_wad,
            timestamp_seconds=self._read(reference).block.timestamp_seconds,
        )

    def _read(self, number: int) -> SealedBlock:
        if number not in self._blocks:
            self._blocks[number] = self.chain.sealed_block(number)
            while len(self._blocks) > 4 * self.controller.window_blocks:
                del self._blocks[next(iter(self._blocks))]
        return self._blocks[number]


def _proposed(expected: Expected, inputs: Inputs) -> Proposal:
    return propose(inputs, expected.controller(), deadline_seconds=0)
