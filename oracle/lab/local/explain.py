"""Why each report of a local run says what it says: words read, backlog, wish, and the bound that held it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from oracle.chain.contracts import Contracts
from oracle.chain.follower import Follower
from oracle.control.attribution import Attribution, Effect, attribute
from oracle.control.controller import Decision
from oracle.control.policy import PolicyController
from oracle.lab.local.by_node import NodeFacts, facts_by_node
from oracle.lab.local.unmoved import Unmoved
from oracle.report.held import held_by
from oracle.report.limits import quantise
from oracle.service.store import ReportRow
from oracle.window.blocks import Block
from oracle.window.numbers import mean_phi, unserved_transactions
from oracle.window.window import Window

_WORDS = 3  # texts that are kept of each report
_COUNTS_FROM_PHI = 0.0005  # a text that moves phi by less counts for nothing worth a line


@dataclass(frozen=True)
class Explanation:
    """One report. Phi are means over the active nodes."""

    from_block: int  # the first block that the report before it had not read
    to_block: int
    arrivals: tuple[int, ...]  # transactions of traffic in each of these blocks
    queue: int  # transactions that the ledger's last block could have confirmed and did not, as the model reads it
    queue_without_phi: int  # the same, had phi stayed 0
    words: tuple[Effect, ...]
    numbers_phi: float
    text_phi: float
    wanted_phi: float
    given_phi: float
    held_nodes: Mapping[str, int]  # by bound, the nodes that it kept from what was wanted
    nodes: tuple[NodeFacts, ...]  # that won rounds, and one that did not

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


class ExplainedController:
    """The decisions of a bundle's policy as they are, and what is needed to explain the last one."""

    def __init__(self, controller: PolicyController, contracts: Contracts, follower: Follower) -> None:
        """`follower` follows the ledger; what it holds now is where the histories with and without phi part."""
        self._controller, self._contracts = controller, contracts
        self.name, self.model_hash = controller.name, controller.model_hash
        self.window_blocks = controller.window_blocks
        self._last: tuple[Window, Decision] | None = None
        self.attribution: Attribution | None = None  # of the report that was explained last
        head = contracts.chain.head()
        follower.catch_up(head)
        self._unmoved = Unmoved(follower.offers.pending_offers, head)

    def decide(self, window: Window) -> Decision:
        """The policy's own decision."""
        decision = self._controller.decide(window)
        self._last = window, decision
        return decision

    def prepare(self, block: Block, most_texts: int) -> int:
        """As the policy reads ahead."""
        return self._controller.prepare(block, most_texts)

    def attributed(self, window: Window, most_texts: int) -> Attribution | None:
        """As the policy says it."""
        return self._controller.attributed(window, most_texts)

    def explain(self, row: ReportRow) -> Explanation | None:
        """The report that was just sent; None where another process decided it."""
        if self._last is None or self._last[0].to_block != row.to_block:
            return None
        window, decision = self._last
        attribution = self.attribution = attribute(self._controller, window)
        head = self._contracts.chain.head()
        nodes, state = self._contracts.nodes(head), self._contracts.oracle_state(head)
        theta_min_wad, theta_max_wad = self._contracts.theta_bounds(head)
        wish = quantise([float(phi) for phi in decision.phi])
        wish += [0] * (nodes.count - len(wish))  # nodes that joined since
        first, arrivals, queue_without_phi = self._unmoved.take(window)
        return Explanation(
            from_block=first,
            to_block=window.to_block,
            arrivals=arrivals,
            queue=round(unserved_transactions(window)),
            queue_without_phi=queue_without_phi,
            words=tuple(text for text in attribution.effects[:_WORDS] if abs(text.added_phi) >= _COUNTS_FROM_PHI),
            numbers_phi=attribution.numbers_phi,
            text_phi=attribution.text_phi,
            wanted_phi=mean_phi(wish, nodes),
            given_phi=mean_phi(row.lanes, nodes),
            held_nodes=held_by(
                wish,
                row.lanes,
                nodes=nodes,
                limits=state.limits,
                theta_min_wad=theta_min_wad,
                theta_max_wad=theta_max_wad,
            ),
            nodes=facts_by_node(window, wish, row.lanes),
        )
