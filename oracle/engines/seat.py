"""What nodes of one process know of the chain, whatever its consensus: the open round, and what each may put in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from oracle.chain.contracts import Contracts
from oracle.chain.follower import Follower
from oracle.chain.ledger import Ledger, OpenRound
from oracle.engines.keeper import Keeper
from oracle.engines.opening import Allowed, Openings
from oracle.engines.sending import Submissions


@dataclass(frozen=True)
class Seen:
    """What held after one block of the chain."""

    head: int
    timestamp_seconds: int  # of that block
    round: OpenRound
    allowed: Allowed


class Player(Protocol):
    """What nodes of one process do under one consensus."""

    def step(self) -> float:
        """Do what is due now; seconds to rest until the next step.

        Raises:
            ConnectionFailed: the node does not answer.
            ChainReorganised: a block that was read was replaced.
        """
        ...

    def close(self) -> None:
        """End what was started."""
        ...


class Seat:
    """The nodes of one process at a ledger."""

    def __init__(
        self,
        contracts: Contracts,
        ledger: Ledger,
        follower: Follower,
        submissions: Submissions,
        deployed_in_block: int,
    ) -> None:
        """`deployed_in_block` is the ledger's."""
        self.contracts, self.ledger, self.follower, self.submissions = contracts, ledger, follower, submissions
        self.deployed_in_block = deployed_in_block
        self.nodes: Sequence[int] = list(submissions.keys)
        self._openings = Openings(contracts)
        self._keeper = Keeper(contracts, next(iter(submissions.keys.values())), submissions.price)
        self._head = -1

    def look(self) -> Seen | None:
        """Take in new blocks of the chain, and halve phi where that is due; None where there is no new block."""
        chain = self.contracts.chain
        head = chain.head()
        if head == self._head:
            return None
        self.follower.catch_up(head)
        round_ = self.ledger.open_round(head)
        _, theta_max_wad = self.contracts.theta_bounds(head)
        allowed = self._openings.allowed(round_, self.contracts.nodes(head), theta_max_wad)
        self._keeper.step()
        self._head = head
        return Seen(head, chain.timestamp(head), round_, allowed)
