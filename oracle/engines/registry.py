"""The engines that there are, by the contract that keeps their rounds: a line for each."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from oracle.engines.dpos.player import Delegate
from oracle.engines.pos.player import Staker
from oracle.engines.pow.player import Miner
from oracle.engines.seat import Seat

if TYPE_CHECKING:
    from oracle.engines.node import NodeOptions


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


PLAYERS: "dict[str, Callable[[Seat, NodeOptions], Player]]" = {
    "PowLedger": lambda seat, options: Miner(seat, hash_rate=options.hash_rate, processes=options.processes),
    "StakeLedger": lambda seat, _: Staker(seat),
    "DelegateLedger": lambda seat, _: Delegate(seat),
}
