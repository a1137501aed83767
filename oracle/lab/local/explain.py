"""Why each report of a local run says what it says: words read, backlog, wish, and the bound that held it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from oracle.chain.contracts import Contracts
from oracle.control.controller import Controller, Decision
from oracle.formulas.lanes import UNITS_PER_ONE, WAD
from oracle.lab.local.verify import EpochResult
from oracle.model.attribution import TextEffect, attribute
from oracle.model.bundle import Bundle
from oracle.model.features import window_features
from oracle.report.held import held_by
from oracle.report.limits import quantise
from oracle.service.store import ReportRow
from oracle.window.blocks import Block
from oracle.window.numbers import unserved_transactions
from oracle.window.window import Nodes, Window

_WORDS = 3  # texts that are kept of each report
_COUNTS_FROM_PHI = 0.0005  # a text that moves phi by less counts for nothing worth a line


@dataclass(frozen=True)
class Explanation:
    """One report. Phi are means over the active nodes."""

    from_block: int  # the first block that the report before it had not read
    to_block: int
    arrivals: tuple[int, ...]  # transactions of traffic in each of these blocks
    backlog_read: float  # transactions, as the model reads it: the queue at the theta in force now
    queue: float  # transactions left after the last block, each block serving theta in force at it
    queue_without_phi: float  # the same, had phi stayed 0
    words: tuple[TextEffect, ...]
    numbers_phi: float
    text_phi: float
    wanted_phi: float
    given_phi: float
    held_nodes: Mapping[str, int]  # by bound, the nodes that it kept from what was wanted

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


class ExplainedController:
    """The decisions of a bundle's policy as they are, and what is needed to explain the last one."""

    def __init__(self, controller: Controller, bundle: Bundle, contracts: Contracts) -> None:
        self._controller, self._bundle, self._contracts = controller, bundle, contracts
        self.name, self.model_hash = controller.name, controller.model_hash
        self.window_blocks = controller.window_blocks
        self._last: tuple[Window, Decision] | None = None
        self._queues = _Queues()

    def decide(self, window: Window) -> Decision:
        """The policy's own decision."""
        decision = self._controller.decide(window)
        self._last = window, decision
        return decision

    def prepare(self, block: Block, most_texts: int) -> int:
        """As the policy reads ahead."""
        return self._controller.prepare(block, most_texts)

    def applied(self, result: EpochResult) -> None:
        """Learn from which block on which theta is in force."""
        self._queues.applied(result.applied_in_block, result.mean_phi)

    def explain(self, row: ReportRow) -> Explanation | None:
        """The report that was just sent; None where another process decided it."""
        if self._last is None or self._last[0].to_block != row.to_block:
            return None
        window, decision = self._last
        attribution = attribute(self._bundle.policy, window, window_features(window, self._bundle.encoder))
        head = self._contracts.chain.head()
        nodes, state = self._contracts.nodes(head), self._contracts.oracle_state(head)
        theta_min_wad, theta_max_wad = self._contracts.theta_bounds(head)
        wish = quantise([float(phi) for phi in decision.phi])
        wish += [0] * (nodes.count - len(wish))  # nodes that joined since
        first, arrivals = self._queues.take(window)
        return Explanation(
            from_block=first,
            to_block=window.to_block,
            arrivals=arrivals,
            backlog_read=unserved_transactions(window),
            queue=self._queues.queue,
            queue_without_phi=self._queues.queue_without_phi,
            words=tuple(text for text in attribution.texts[:_WORDS] if abs(text.added_phi) >= _COUNTS_FROM_PHI),
            numbers_phi=attribution.numbers_phi,
            text_phi=attribution.text_phi,
            wanted_phi=_mean_phi(wish, nodes),
            given_phi=_mean_phi(row.lanes, nodes),
            held_nodes=held_by(
                wish,
                row.lanes,
                nodes=nodes,
                limits=state.limits,
                theta_min_wad=theta_min_wad,
                theta_max_wad=theta_max_wad,
            ),
        )


class _Queues:
    """Two queues over the same arrivals: one served at theta in force at each block, one as if phi stayed 0."""

    def __init__(self) -> None:
        self.queue = self.queue_without_phi = 0.0
        self._read = 0  # last block taken
        self._phi = [(0, 0.0)]  # (block that applied it, mean phi)

    def applied(self, block: int, mean_phi: float) -> None:
        self._phi.append((block, mean_phi))

    def take(self, window: Window) -> tuple[int, tuple[int, ...]]:
        """The first new block of a window, and the arrivals in it and the next ones."""
        new = [block for block in window.blocks if block.number > self._read]
        active = [
            theta0 for theta0, is_active in zip(window.nodes.theta0_wad, window.nodes.active, strict=True) if is_active
        ]
        theta0 = sum(active) / max(1, len(active)) / WAD
        for block in new:
            # A report counts from the block after the one that applied it.
            phi = next(phi for applied, phi in reversed(self._phi) if applied < block.number)
            arrivals, capacity = len(block.transactions), window.capacity_transactions
            self.queue = max(0.0, self.queue + arrivals - (theta0 + phi) * capacity)
            self.queue_without_phi = max(0.0, self.queue_without_phi + arrivals - theta0 * capacity)
        self._read = window.to_block
        return new[0].number, tuple(len(block.transactions) for block in new)


def _mean_phi(lanes: Sequence[int], nodes: Nodes) -> float:
    active = [lane for lane, is_active in zip(lanes, nodes.active, strict=True) if is_active]
    return sum(active) / max(1, len(active)) / UNITS_PER_ONE
