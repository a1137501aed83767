"""The contracts on a chain: typed reads at one block, and the calldata of what the oracle sends."""

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_canonical_address
from hexbytes import HexBytes
from web3.exceptions import ContractCustomError, ContractLogicError

from oracle.chain.addresses import ZERO_ADDRESS
from oracle.chain.calls import ContractCalls, View, revert_of
from oracle.chain.connection import Chain
from oracle.chain.events import event
from oracle.chain.proof.check import SealedBlock
from oracle.chain.proof.receipts import Log
from oracle.errors import ConnectionFailed, ReportRefused, UnknownNode
from oracle.formulas.asert import Anchor
from oracle.formulas.lanes import unpack
from oracle.report.limits import Limits, Moment
from oracle.report.signer import Signer
from oracle.report.signing import Report, SignedReport
from oracle.window.window import Nodes

# Above this part of changed words the full report is cheaper (`catalyst bench gas`: between 16 and 24 of 63).
SPARSE_SHARE = 0.4
# Selector and report, which is of seven words and comes first: the same report in other calldata has the same words.
_REPORT_BYTES = slice(4, 4 + 7 * 32)
# Nodes read per call: a page of 2000 stays far below the gas that nodes allow a call.
_PAGE = 2000


@dataclass(frozen=True)
class Addresses:
    """Where the contracts are, as checksummed addresses."""

    oracle: str
    controller: str
    ledger: str | None = None  # of rounds, where there is one
    ledger_contract: str = "PowLedger"  # which one

    @property
    def own(self) -> frozenset[bytes]:
        """Oracle and controller, 20 bytes each: what calls them is the network's own, and no traffic."""
        return frozenset(to_canonical_address(address) for address in (self.oracle, self.controller))


@dataclass(frozen=True)
class MinersDifficulty:
    """p that binds the next block, and who says so."""

    difficulty: int
    contract: str  # the ledger of rounds, or DifficultyController
    round: int | None  # the open one, of a ledger


@dataclass(frozen=True)
class DifficultyReading:
    """`DifficultyController.current()` at one block."""

    height: int
    timestamp_seconds: int
    base_difficulty: int
    sum_exp_wad: int
    difficulty: int


@dataclass(frozen=True)
class NodeReading:
    """One node at one block."""

    block: int
    theta0_wad: int
    phi_wad: int
    theta_wad: int
    retired: bool
    miner: str


@dataclass(frozen=True)
class OracleState:
    """What `PhiOracle` holds at one block."""

    epoch: int
    to_block: int
    reported: Moment  # the block that applied the last report; before the first, that of the deployment
    threshold: int
    operators: tuple[str, ...]
    model_hash: bytes
    limits: Limits
    paused: bool


class Contracts:
    """PhiOracle, with its registry of nodes, and DifficultyController of one deployment."""

    def __init__(self, chain: Chain, addresses: Addresses) -> None:
        self.chain = chain
        self.addresses = addresses
        self._oracle = ContractCalls(chain, "PhiOracle", addresses.oracle)
        self._controller = ContractCalls(chain, "DifficultyController", addresses.controller)
        self._ledger = (
            None if addresses.ledger is None else ContractCalls(chain, addresses.ledger_contract, addresses.ledger)
        )
        self.anchor = Anchor(*self._controller.read("anchor"))
        self._last_count = 0  # of nodes, as it was read last

    def nodes(self, block: int) -> Nodes:
        """All nodes at `block`."""

        def views(count: int) -> list[View]:
            theta0_pages: list[View] = [("theta0s", first, _PAGE) for first in range(0, count, _PAGE)]
            word_pages: list[View] = [("phiWords", first, _PAGE) for first in range(0, -(-count // 16), _PAGE)]
            return [*theta0_pages, *word_pages, ("retiredWords", 0, -(-count // 256))]

        count, found = self._of_all_nodes(views, block)
        if not count:
            return Nodes((), (), ())
        *pages, retired = found
        theta0_pages = range(0, count, _PAGE)
        theta0 = [each for page in pages[: len(theta0_pages)] for each in page]
        words = [each for page in pages[len(theta0_pages) :] for each in page]
        return Nodes(
            theta0_wad=tuple(theta0),
            lanes=tuple(unpack(words, count)),
            active=tuple(not (retired[n // 256] >> (n % 256)) & 1 for n in range(count)),
        )

    def thetas(self, block: int) -> list[int]:
        """Theta in WAD of all nodes at `block`, as the contract computes it."""
        _, pages = self._of_all_nodes(
            lambda nodes: [("thetas", first, _PAGE) for first in range(0, nodes, _PAGE)], block
        )
        return [theta for page in pages for theta in page]

    def _of_all_nodes(self, views: Callable[[int], Sequence[View]], block: int) -> tuple[int, list[Any]]:
        """How many nodes there are at `block`, and what the views of so many return; in one message if as many as last.

        Nodes are only ever added, so that the second count is the right one.
        """
        guess = self._last_count
        count, *found = self._oracle.read_each(("nodeCount",), *views(guess), block=block)
        if count != guess:
            found = self._oracle.read_each(*views(count), block=block) if count else []
        self._last_count = count
        return count, found

    def engine(self) -> str:
        """What makes the network's blocks, as its ledger says; `chain` where it has none: the chain's own."""
        return "chain" if self._ledger is None else str(self._ledger.read("ENGINE"))

    def theta_bounds(self, block: int) -> tuple[int, int]:
        """Bounds on theta in WAD."""
        low, high = self._oracle.read("thetaBounds", block=block)
        return int(low), int(high)

    def difficulty(self, block: int | None = None) -> DifficultyReading:
        """d, sum of exp(phi) and p after `block`, or after the latest."""
        return DifficultyReading(*self._controller.read("current", block=block))

    def miners_difficulty(self, block: int | None = None) -> MinersDifficulty:
        """The p that miners meet after `block`, or after the latest.

        That of the ledger's open round where the deployment has one: it counts rounds, the controller the chain's own
        blocks. Else the controller's.
        """
        if self._ledger is None:
            return MinersDifficulty(self.difficulty(block).difficulty, "DifficultyController", None)
        difficulty, open_round = self._ledger.read_each(("difficulty",), ("openRound",), block=block)
        return MinersDifficulty(int(difficulty), self.addresses.ledger_contract, int(open_round))

    def base_difficulty_at(self, *, height: int, timestamp_seconds: int) -> int:
        """D after a block, by the contract's own arithmetic."""
        return int(self._controller.read("baseDifficultyAt", height, timestamp_seconds))

    def oracle_state(self, block: int | None = None) -> OracleState:
        """The oracle contract's state at `block`, or at the latest."""
        names = ("lastReport", "threshold", "operators", "modelHash", "limits", "paused")
        (epoch, to_block, report_block, report_timestamp), threshold, operators, model_hash, limits, paused = (
            self._oracle.read_each(*((name,) for name in names), block=block)
        )
        return OracleState(
            epoch=epoch,
            to_block=to_block,
            reported=Moment(report_block, report_timestamp),
            threshold=int(threshold),
            operators=tuple(operators),
            model_hash=bytes(model_hash),
            limits=Limits(*limits),
            paused=bool(paused),
        )

    def epoch(self, block: int) -> int:
        """Epoch of the last report at `block`."""
        return int(self._oracle.read("lastReport", block=block)[0])

    def pending_epoch(self) -> int | None:
        """Epoch of the last report once what waits in the node's pool is mined; None where the node cannot tell."""
        view = {"to": self._oracle.address, "data": "0x" + self._oracle.calldata("lastReport").hex()}
        try:
            answer = self._oracle.chain.request("eth_call", [view, "pending"])
        except ConnectionFailed:
            return None
        return int.from_bytes(HexBytes(answer)[:32], "big")

    def node_count(self) -> int:
        """Nodes ever registered."""
        return int(self._oracle.read("nodeCount"))

    def owner(self) -> str:
        """Who may change the contract."""
        return str(self._oracle.read("owner"))

    def pending_owner(self) -> str | None:
        """Who may take the owner's place, by accepting it; None: nobody."""
        pending = str(self._oracle.read("pendingOwner"))
        return None if pending == ZERO_ADDRESS else pending

    def guardian(self) -> str:
        """Who may pause reports."""
        return str(self._oracle.read("guardian"))

    def node(self, node: int) -> NodeReading:
        """One node at the head.

        Raises:
            UnknownNode: there is no such node.
        """
        head = self.chain.head()
        count = int(self._oracle.read("nodeCount", block=head))
        if not 0 <= node < count:
            raise UnknownNode(f"there is no node {node}; indices run from 0 to {count - 1}")
        return NodeReading(
            block=head,
            theta0_wad=int(self._oracle.read("theta0", node, block=head)),
            phi_wad=int(self._oracle.read("phi", node, block=head)),
            theta_wad=int(self._oracle.read("theta", node, block=head)),
            retired=bool(self._oracle.read("isRetired", node, block=head)),
            miner=str(self._oracle.read("miner", node, block=head)),
        )

    def miners(self, nodes: Sequence[int], block: int) -> list[str]:
        """The keys that some nodes mine with at `block`."""
        return (
            [str(each) for each in self._oracle.read_each(*(("miner", node) for node in nodes), block=block)]
            if nodes
            else []
        )

    def staleness(self, block: int | None = None) -> tuple[bool, int, int]:
        """Whether the last report is stale, its age, and the age limit, in seconds of chain time.

        As of `block`, or of the head.
        """
        # By number: asked for the latest block while one comes, a node may take state and clock of different ones.
        at = self.chain.head() if block is None else block
        stale, age, limit = self._oracle.read("staleness", block=at)
        return bool(stale), int(age), int(limit)

    def relax_calldata(self) -> bytes:
        """Calldata of `relax`."""
        return self._oracle.calldata("relax")

    def relax_gas(self, sender: str) -> int | None:
        """Gas that `relax` would use now; None where it would be refused."""
        try:
            return self._gas(self.relax_calldata(), sender)
        except ReportRefused:
            return None

    def applied_by(self, epoch: int, sealed: SealedBlock) -> bytes | None:
        """Hash of the transaction in a block that applied the report of `epoch`; None where none did."""
        found = self._applied(epoch, sealed)
        return None if found is None else found.transaction_hash

    def applied_report(self, epoch: int, sealed: SealedBlock) -> dict[str, Any] | None:
        """What the event of a block says of the report of `epoch` that it applied; None where none was."""
        found = self._applied(epoch, sealed)
        return None if found is None else event("PhiOracle", "ReportApplied").arguments(found)

    def _applied(self, epoch: int, sealed: SealedBlock) -> Log | None:
        address = to_canonical_address(self.addresses.oracle)
        wanted = (event("PhiOracle", "ReportApplied").topic, epoch.to_bytes(32, "big"))
        return next((log for log in self.chain.logs(sealed, address) if log.topics[:2] == wanted), None)

    def report_calldata(self, signed: SignedReport) -> bytes:
        """Calldata of `submitReport`."""
        return self._oracle.calldata("submitReport", *self._report_arguments(signed))

    def sparse_report_calldata(self, signed: SignedReport, words_in_force: Sequence[int]) -> bytes:
        """Calldata of `submitSparseReport`: only the words that differ from `words_in_force`."""
        changed = [w for w, word in enumerate(signed.phi_words) if word != words_in_force[w]]
        bitmap = [0] * -(-len(signed.phi_words) // 256)
        for word in changed:
            bitmap[word // 256] |= 1 << (word % 256)
        report, signatures, words = self._report_arguments(signed)
        changed_words = [words[word] for word in changed]
        return self._oracle.calldata("submitSparseReport", report, signatures, bitmap, changed_words)

    def cheapest_submission(
        self, signed: SignedReport, words_in_force: Sequence[int], sender: str
    ) -> tuple[bytes, int]:
        """Run a report against the latest state without sending it, sparse too where few words change.

        Returns:
            Calldata of the cheaper form, and the gas it would use.

        Raises:
            ReportRefused: it would revert; carries the decoded reason.
        """
        full = self.report_calldata(signed)
        offers = [(self._gas(full, sender), full)]
        changed = sum(word != old for word, old in zip(signed.phi_words, words_in_force, strict=True))
        if changed <= SPARSE_SHARE * len(words_in_force):
            sparse = self.sparse_report_calldata(signed, words_in_force)
            offers.append((self._gas(sparse, sender), sparse))
        gas, calldata = min(offers)
        return calldata, gas

    def _gas(self, calldata: bytes, sender: str) -> int:
        with _refusals(self):
            return self.chain.estimate_gas(sender=sender, to=self.addresses.oracle, calldata=calldata)

    def revert_reason(self, data: bytes) -> str:
        """`Error(argument, …)` of revert data, by the ABIs of both contracts; hexadecimal where none fits."""
        return str(revert_of(data, ("PhiOracle", "DifficultyController")))

    def _report_arguments(self, signed: SignedReport) -> tuple[Any, ...]:
        report: Report = signed.report
        return (
            (
                report.epoch,
                report.from_block,
                report.to_block,
                report.deadline,
                report.window_hash,
                report.model_hash,
                report.phi_hash,
            ),
            [(signature.r, signature.vs) for signature in signed.signatures],
            list(signed.phi_words),
        )


@contextmanager
def _refusals(contracts: Contracts) -> Any:
    try:
        yield
    except ContractCustomError as error:
        reason = contracts.revert_reason(bytes.fromhex(str(error.data).removeprefix("0x")))
        raise ReportRefused(f"the contract refuses the report: {reason}") from None
    except ContractLogicError as error:
        raise ReportRefused(f"the contract refuses the report: {error.message}") from None


def holds_report(calldata: bytes, report_calldata: bytes) -> bool:
    """Whether `calldata`, of whatever function or relay, holds the very report that `report_calldata` submits."""
    return report_calldata[_REPORT_BYTES] in calldata


def operator_positions(signers: Sequence[Signer], operators: Sequence[str]) -> dict[int, Signer]:
    """Signers by operator index; those that are no operator are left out."""
    index = {address.lower(): position for position, address in enumerate(operators)}
    return {index[s.address.lower()]: s for s in signers if s.address.lower() in index}
