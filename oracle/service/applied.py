"""The epochs in force so far, whoever sent them, as the chain tells them; kept in the journal for readers."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from oracle.chain.contracts import Contracts, OracleState
from oracle.chain.proof.check import SealedBlock
from oracle.client.answers import EpochAnswer, Point, Reason
from oracle.errors import CatalystError
from oracle.formulas.lanes import WAD
from oracle.service.answers import block_answer, phis, thetas
from oracle.service.journal_file import JournalFile
from oracle.service.past_nodes import packed
from oracle.service.snapshot import difficulties
from oracle.window.window import Nodes

log = logging.getLogger(__name__)

KEPT_EPOCHS = 10_000
_BACK_EPOCHS = 1_000  # how far back a new journal is filled
_AT_ONCE = 2  # epochs read for one look, so that no step is held up
_KEPT_REASONS = 1_000
KEPT_NODES = 1_000  # epochs of which each node is kept: a large network has hundreds of kilobytes of them
_GAP = """
SELECT epoch - 1 AS epoch, previous_block AS block FROM applied AS later
WHERE epoch > 1 AND epoch > ? AND NOT EXISTS (SELECT 1 FROM applied WHERE epoch = later.epoch - 1)
ORDER BY epoch DESC LIMIT 1
"""


@dataclass(frozen=True)
class Applied:
    """One epoch."""

    answer: EpochAnswer
    point: Point
    nodes: Nodes  # after its block
    previous_block: int  # that applied the report before; that of the deployment before the first


class AppliedEpochs:
    """The journal's table of them, and of the reasons of the reports that were derived here."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file
        self._unreadable: int | None = None  # the epoch that a node could not tell any more

    def look(
        self, contracts: Contracts, in_force: OracleState, head: int, sealed: Callable[[int], SealedBlock]
    ) -> None:
        """Take in what came since the last look, or what a reorganisation changed, and some epochs from before.

        Args:
            contracts: Where to read.
            in_force: The oracle contract's state after block `head`.
            head: The latest block.
            sealed: Reads a block whole.

        Raises:
            CatalystError: the chain cannot be read now, or the journal not written; what was read before is kept.
        """
        self._forget_undone(contracts, in_force, head)
        left = _AT_ONCE
        for epoch, block in self._missing(in_force):
            if left == 0 or epoch == self._unreadable:
                return
            left -= 1
            try:
                self._keep(read_applied(contracts, epoch, sealed(block)))
            except CatalystError:
                if epoch != in_force.epoch:
                    self._unreadable = epoch  # nodes forget old states; newer ones are read again at the next look
                raise

    def keep_reason(self, epoch: int, window_hash: bytes, reason: Reason) -> None:
        """Commit where a report's phi comes from."""
        with self._file.writing() as database:
            database.execute(
                "INSERT OR REPLACE INTO reasons VALUES (?, ?, ?)",
                (epoch, "0x" + window_hash.hex(), reason.model_dump_json()),
            )
            database.execute("DELETE FROM reasons WHERE epoch <= ?", (epoch - _KEPT_REASONS,))

    def has_reason(self, epoch: int, window_hash: bytes) -> bool:
        """Whether one is kept."""
        query = "SELECT 1 FROM reasons WHERE epoch = ? AND window_hash = ?"
        return bool(self._file.read(query, (epoch, "0x" + window_hash.hex())))

    def _forget_undone(self, contracts: Contracts, in_force: OracleState, head: int) -> None:
        """Remove what the chain does not have any more, newest first."""
        while rows := self._file.read(
            "SELECT epoch, block_number, block_hash FROM applied ORDER BY epoch DESC LIMIT 1"
        ):
            newest = rows[0]
            if newest["epoch"] <= in_force.epoch and newest["block_number"] <= head:
                kept = bytes.fromhex(newest["block_hash"][2:])
                if contracts.chain.block_hash(newest["block_number"]) == kept:
                    return
            with self._file.writing() as database:
                database.execute("DELETE FROM applied WHERE epoch = ?", (newest["epoch"],))
                database.execute("DELETE FROM epoch_nodes WHERE epoch = ?", (newest["epoch"],))

    def _missing(self, in_force: OracleState) -> Iterator[tuple[int, int]]:
        """Epochs that are to be read, newest first, each with the block that applied it."""
        known = self._file.read("SELECT 1 FROM applied WHERE epoch = ?", (in_force.epoch,))
        if in_force.epoch and not known:
            yield in_force.epoch, in_force.reported.number
        while gap := self._file.read(_GAP, (in_force.epoch - _BACK_EPOCHS,)):
            yield gap[0]["epoch"], gap[0]["block"]

    def _keep(self, found: Applied) -> None:
        answer = found.answer
        with self._file.writing() as database:
            database.execute(
                "INSERT OR REPLACE INTO applied VALUES (?, ?, ?, ?, ?, ?)",
                (
                    answer.epoch,
                    answer.block.number,
                    answer.block.hash,
                    found.previous_block,
                    answer.model_dump_json(),
                    found.point.model_dump_json(),
                ),
            )
            database.execute("DELETE FROM applied WHERE epoch <= ?", (answer.epoch - KEPT_EPOCHS,))
            database.execute(
                "INSERT OR REPLACE INTO epoch_nodes VALUES (?, ?, ?)",
                (answer.epoch, found.nodes.count, packed(found.nodes)),
            )
            database.execute("DELETE FROM epoch_nodes WHERE epoch <= ?", (answer.epoch - KEPT_NODES,))


def read_applied(contracts: Contracts, epoch: int, sealed: SealedBlock) -> Applied:
    """The report of an epoch, and what is in force after the block that applied it.

    Raises:
        CatalystError: the chain cannot be read, or does not have the report in that block any more.
    """
    block = sealed.block.number
    said = contracts.applied_report(epoch, sealed)
    transaction = contracts.applied_by(epoch, sealed)
    if said is None or transaction is None:
        raise CatalystError(f"block {block} does not hold the report of epoch {epoch}; it is looked for again")
    state, before = contracts.oracle_state(block), contracts.oracle_state(block - 1)
    nodes = contracts.nodes(block)
    reading, miners = difficulties(contracts, block)
    met = None if miners is None else str(miners.difficulty)
    theta, phi = thetas(nodes), phis(nodes)
    return Applied(
        answer=EpochAnswer(
            epoch=epoch,
            from_block=said["fromBlock"],
            to_block=said["toBlock"],
            window_hash="0x" + said["windowHash"].hex(),
            model_hash="0x" + state.model_hash.hex(),
            phi_hash="0x" + said["phiHash"].hex(),
            signers=[index for index in range(32) if said["signers"] >> index & 1],
            transaction_hash="0x" + transaction.hex(),
            block=block_answer(block, sealed.block.hash, sealed.block.timestamp_seconds),
            previous_sum_exp_wad=str(said["previousSumExpWad"]),
            sum_exp_wad=str(said["sumExpWad"]),
            difficulty=met,
            reason=None,
        ),
        point=Point(
            epoch=epoch,
            block=block,
            timestamp_seconds=sealed.block.timestamp_seconds,
            difficulty=met,
            base_difficulty=None if reading is None else str(reading.base_difficulty),
            sum_exp=said["sumExpWad"] / WAD,
            least_theta=min(theta, default=None),
            mean_theta=sum(theta) / len(theta) if theta else None,
            most_theta=max(theta, default=None),
            mean_phi=sum(phi) / len(phi) if phi else None,
        ),
        nodes=nodes,
        previous_block=before.reported.number,
    )
