"""The oracle contract's state at every block, from its events and the calldata of reports alone.

No state is asked of a node, so it need not keep any, and what it says is checked by the headers of blocks. What the
contract's code makes of a transaction is not played: its events say all that changes phi, nodes, committee and limits.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from eth_utils.address import to_canonical_address

from oracle.chain.connection import Chain
from oracle.chain.contracts import OracleState
from oracle.chain.events import Event, event
from oracle.chain.proof.check import SealedBlock
from oracle.chain.proof.receipts import Log
from oracle.chain.published import PublishedReport, published_report
from oracle.errors import SettingsError
from oracle.formulas.lanes import halve, pack, unpack
from oracle.report.limits import Limits, Moment
from oracle.window.window import Nodes


@dataclass(frozen=True)
class Held:
    """What the contract holds after an event."""

    state: OracleState
    nodes: Nodes
    theta_bounds_wad: tuple[int, int]


@dataclass(frozen=True)
class AppliedReport:
    """A report that came into force."""

    published: PublishedReport
    event: dict[str, Any]  # of ReportApplied
    block_number: int
    timestamp_seconds: int  # of that block
    transaction_hash: bytes
    before: Held  # what the contract held when it came


_NO_LIMITS = Limits(0, 0, 0, 0, 0, 0)


@dataclass
class _Standing:
    """What the contract holds, as events change it."""

    state: OracleState
    theta0_wad: list[int] = field(default_factory=list)
    lanes: list[int] = field(default_factory=list)
    active: list[bool] = field(default_factory=list)
    theta_bounds_wad: tuple[int, int] = (0, 0)

    def held(self) -> Held:
        nodes = Nodes(tuple(self.theta0_wad), tuple(self.lanes), tuple(self.active))
        return Held(self.state, nodes, self.theta_bounds_wad)


class Replay:
    """Follows one PhiOracle from its deployment on."""

    def __init__(self, chain: Chain, oracle_address: str, deployed: Moment) -> None:
        """`deployed` is the block of the contract's deployment; blocks are to be added from that one on, in order."""
        self._chain, self._address = chain, to_canonical_address(oracle_address)
        self._now = _Standing(OracleState(0, 0, deployed, 0, (), bytes(32), _NO_LIMITS, paused=False))
        self._numbers: list[int] = []  # of the blocks that changed something
        self._held: list[Held] = []  # after each of them

    def add(self, sealed: SealedBlock) -> list[AppliedReport]:
        """Take in a block; returns the reports that it applied.

        Raises:
            FalseAnswer: the node says of the block what its header disproves.
            ChainReorganised: the block was replaced meanwhile.
        """
        logs = self._chain.logs(sealed, self._address)
        applied = [report for log in logs if (report := self._take(log, sealed)) is not None]
        if logs or not self._held:
            self._numbers.append(sealed.block.number)
            self._held.append(self._now.held())
        return applied

    def after(self, number: int) -> Held:
        """What the contract held after a block.

        Raises:
            SettingsError: it was deployed later.
        """
        at = bisect_right(self._numbers, number)
        if at == 0:
            raise SettingsError(f"at block {number} the oracle contract is not there yet; name a later block")
        return self._held[at - 1]

    def _take(self, log: Log, sealed: SealedBlock) -> AppliedReport | None:
        if log.topics[0] == _REPORT.topic:
            return self._apply(_REPORT.arguments(log), log.transaction_hash, sealed)
        if log.topics[0] in _CHANGES:
            changed, change = _CHANGES[log.topics[0]]
            change(self._now, changed.arguments(log))
        return None

    def _apply(self, said: dict[str, Any], transaction_hash: bytes, sealed: SealedBlock) -> AppliedReport:
        block, before = sealed.block, self._now.held()
        calldata = next(each.calldata for each in block.transactions if each.hash == transaction_hash)
        published = published_report(calldata, said["phiHash"], tuple(pack(before.nodes.lanes)))
        self._now.lanes = unpack(published.phi_words, before.nodes.count)
        self._now.state = replace(
            before.state,
            epoch=said["epoch"],
            to_block=said["toBlock"],
            reported=Moment(block.number, block.timestamp_seconds),
        )
        return AppliedReport(published, said, block.number, block.timestamp_seconds, transaction_hash, before)


def _registered(now: _Standing, said: dict[str, Any]) -> None:
    now.theta0_wad.append(said["theta0Wad"])
    now.lanes.append(0)
    now.active.append(True)


def _retired(now: _Standing, said: dict[str, Any]) -> None:
    now.theta0_wad[said["node"]], now.lanes[said["node"]], now.active[said["node"]] = 0, 0, False


def _theta0_changed(now: _Standing, said: dict[str, Any]) -> None:
    now.theta0_wad[said["node"]] = said["theta0Wad"]


def _relaxed(now: _Standing, said: dict[str, Any]) -> None:
    now.lanes = [halve(lane, said["halvings"]) for lane in now.lanes]


def _bounds_changed(now: _Standing, said: dict[str, Any]) -> None:
    now.theta_bounds_wad = said["minWad"], said["maxWad"]


def _limits_changed(now: _Standing, said: dict[str, Any]) -> None:
    now.state = replace(now.state, limits=Limits(*said["limits"]))


def _model_changed(now: _Standing, said: dict[str, Any]) -> None:
    now.state = replace(now.state, model_hash=said["modelHash"])


def _operators_changed(now: _Standing, said: dict[str, Any]) -> None:
    now.state = replace(now.state, operators=tuple(said["operators"]), threshold=said["threshold"])


def _paused(now: _Standing, _: dict[str, Any]) -> None:
    now.state = replace(now.state, paused=True)


def _resumed(now: _Standing, _: dict[str, Any]) -> None:
    now.state = replace(now.state, paused=False)


_REPORT = event("PhiOracle", "ReportApplied")
_Change = Callable[[_Standing, dict[str, Any]], None]
_CHANGES: dict[bytes, tuple[Event, _Change]] = {
    (found := event("PhiOracle", name)).topic: (found, change)
    for name, change in {
        "NodeRegistered": _registered,
        "NodeRetired": _retired,
        "Theta0Changed": _theta0_changed,
        "Relaxed": _relaxed,
        "ThetaBoundsChanged": _bounds_changed,
        "LimitsChanged": _limits_changed,
        "ModelChanged": _model_changed,
        "OperatorsChanged": _operators_changed,
        "ReportsPaused": _paused,
        "ReportsResumed": _resumed,
    }.items()
}
