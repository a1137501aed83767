"""What a round allows each node: the better of theta at its opening and theta in force, and what shows the former."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from oracle.chain.contracts import Contracts
from oracle.chain.ledger import OpenRound
from oracle.errors import ConnectionFailed
from oracle.formulas.difficulty import theta_wad
from oracle.formulas.lanes import LANES_PER_WORD, lane_of, lane_to_wad, pack, unpack
from oracle.formulas.snapshot import NOTHING_SHOWN, OpeningPhi, phi_root, show_lane
from oracle.window.window import Nodes

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Allowed:
    """What the nodes may put into blocks of one round."""

    thetas_wad: tuple[int, ...]
    opening_words: tuple[int, ...]  # phi at the opening; none where the ledger or the chain does not keep it
    words: tuple[int, ...]  # phi in force

    def shown(self, node: int) -> OpeningPhi:
        """What a block of `node` brings, so that it is allowed its theta whatever comes ahead of it.

        That is phi at the opening where it allows more: a report may come first. Else it is phi in force: another may
        win the round first, and phi in force by then binds the blocks that come after.
        """
        if not self.opening_words:
            return NOTHING_SHOWN
        was_there = node < LANES_PER_WORD * len(self.opening_words)
        better = was_there and lane_of(self.opening_words, node) >= lane_of(self.words, node)
        return show_lane(self.opening_words if better else self.words, node)


class Openings:
    """Follows the rounds of a ledger, and keeps phi of the last opening."""

    def __init__(self, contracts: Contracts) -> None:
        self._contracts = contracts
        self._root = bytes(32)
        self._words: tuple[int, ...] = ()

    def allowed(self, round_: OpenRound, nodes: Nodes, theta_max_wad: int) -> Allowed:
        """What `nodes`, as they are now, may put into a block of the open round."""
        words = self._words if round_.phi_root == self._root else self._find(round_, nodes)
        if words:  # else the next call looks again: the node may have failed to answer
            self._root, self._words = round_.phi_root, words
        return Allowed(allowed_thetas(nodes, words, theta_max_wad), words, tuple(pack(nodes.lanes)))

    def _find(self, round_: OpenRound, nodes: Nodes) -> tuple[int, ...]:
        """The words that the snapshot holds: after the block that opened the round, or ahead of a report in it."""
        if not any(round_.phi_root):
            return ()
        words = tuple(pack(nodes.lanes))
        if phi_root(words) == round_.phi_root:
            return words
        try:
            for block in (round_.opened_in_block, round_.opened_in_block - 1):
                words = tuple(pack(self._contracts.nodes(block).lanes))
                if phi_root(words) == round_.phi_root:
                    return words
        except ConnectionFailed as error:
            log.warning("φ at the opening of round %d cannot be read, so θ in force counts: %s", round_.number, error)
        return ()


def allowed_thetas(nodes: Nodes, opening_words: Sequence[int], theta_max_wad: int) -> tuple[int, ...]:
    """Theta of each node, the better of that in force and that with phi at the opening, as PowLedger has it."""
    known = unpack(opening_words, min(nodes.count, LANES_PER_WORD * len(opening_words)))
    found = []
    for node, (theta0, lane) in enumerate(zip(nodes.theta0_wad, nodes.lanes, strict=True)):
        best = theta_wad(theta0, lane)
        if node < len(known) and nodes.active[node]:
            best = max(best, min(theta0 + lane_to_wad(known[node]), theta_max_wad))
        found.append(best)
    return tuple(found)
