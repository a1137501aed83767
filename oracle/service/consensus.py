"""What each consensus has of its own, beside its rounds: read after steps for readers, and of few nodes at once.

Whole networks have thousands of nodes, and a node of the chain may take no batches. So each look reads what is one for
all, and of some nodes in turn what is of each; an answer says of which block it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from oracle.chain.calls import ContractCalls, View
from oracle.client.answers import DelegatesState, NodeStake, NodeVotes, StakeState, WorkState
from oracle.errors import ReadReverted

_NODES_AT_ONCE = 32  # of which something is read at one look
_TWO_TO_256, _Q128 = 2**256, 2**128


@dataclass(frozen=True)
class OwnState:
    """What one look found, and what earlier ones did of other nodes; it never changes."""

    work: WorkState | None = None
    stake: StakeState | None = None
    delegates: DelegatesState | None = None
    stakes: Mapping[int, NodeStake] = field(default_factory=dict)  # by node
    votes: Mapping[int, NodeVotes] = field(default_factory=dict)  # likewise


class ConsensusLook:
    """Looks at one ledger, each time from where the last look ended."""

    def __init__(self, ledger: ContractCalls) -> None:
        """Nothing is read yet."""
        self._ledger = ledger
        self._next = 0  # place of the node that is read next
        self._look = _LOOKS.get(ledger.name)

    def look(self, block: int, nodes: int, before: OwnState) -> OwnState:
        """What is known after a block.

        Args:
            block: Where to read.
            nodes: How many the registry has.
            before: What the last look gave.

        Raises:
            CatalystError: the ledger cannot be read; the next look begins with the same nodes.
        """
        return before if self._look is None else self._look(self, block, nodes, before)

    def work(self, block: int, _: int, __: OwnState) -> OwnState:
        """Of PowLedger."""
        challenge = self._unless_reverted("challenge", block)
        difficulty = self._unless_reverted("difficulty", block)
        return OwnState(
            work=WorkState(
                challenge=None if challenge is None else _hex(challenge),
                target=None if difficulty is None else _hex(((_TWO_TO_256 - 1) // difficulty).to_bytes(32, "big")),
            )
        )

    def stake(self, block: int, nodes: int, before: OwnState) -> OwnState:
        """Of StakeLedger."""
        slot = self._ledger.read("slot", block=block)
        term = self._ledger.read("termOf", slot, block=block)
        some = self._some(range(nodes))
        total, *found = self._ledger.read_each(
            ("totalStake", term), *_of_each(some, ("stakeOf", term), ("chanceQ128",)), block=block
        )
        read = {
            node: NodeStake(
                block=block,
                term=term,
                stake=str(stake),
                share=stake / total if total else 0.0,
                chance=chance / _Q128,
            )
            for node, (stake, chance) in zip(some, _rows(found, 2), strict=True)
        }
        self._next += len(some)
        return OwnState(
            stake=StakeState(slot=slot, term=term, total_stake=str(total)), stakes={**before.stakes, **read}
        )

    def delegates(self, block: int, _: int, before: OwnState) -> OwnState:
        """Of DelegateLedger."""
        (order, following), term, candidates = self._ledger.read_each(
            ("delegates",), ("term",), ("candidates",), block=block
        )
        # Who is elected may be no candidate any more, from a term's end to the next.
        some = self._some(sorted({*candidates, *order}))
        views = _of_each(some, ("votesOf", term), ("missedTurns",), ("jailedUntil",))
        found = self._ledger.read_each(*views, block=block) if views else []
        read = {
            node: NodeVotes(
                block=block, term=term, votes=str(votes), missed_turns=missed, jailed_until_term=jailed or None
            )
            for node, (votes, missed, jailed) in zip(some, _rows(found, 3), strict=True)
        }
        self._next += len(some)
        return OwnState(
            delegates=DelegatesState(term=term, order=list(order), next_turn=following, candidates=list(candidates)),
            votes={**before.votes, **read},
        )

    def _some(self, nodes: Sequence[int]) -> list[int]:
        """The next ones, beginning anew after the last."""
        count = min(_NODES_AT_ONCE, len(nodes))
        return [nodes[(self._next + place) % len(nodes)] for place in range(count)]

    def _unless_reverted(self, view: str, block: int) -> Any:
        """What a view returns; None where it reverts: no node is active, or no round can be mined in this block yet."""
        try:
            return self._ledger.read(view, block=block)
        except ReadReverted:
            return None


_LOOKS: dict[str, Callable[[ConsensusLook, int, int, OwnState], OwnState]] = {
    "PowLedger": ConsensusLook.work,
    "StakeLedger": ConsensusLook.stake,
    "DelegateLedger": ConsensusLook.delegates,
}


def _of_each(nodes: Sequence[int], *views: tuple[Any, ...]) -> list[View]:
    """The views of each node, each with the node as its first argument."""
    return [(name, node, *arguments) for node in nodes for name, *arguments in views]


def _rows(found: Sequence[int], width: int) -> list[Sequence[int]]:
    return [found[first : first + width] for first in range(0, len(found), width)]


def _hex(content: bytes) -> str:
    return "0x" + content.hex()
