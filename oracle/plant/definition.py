"""What the plant is: sizes, limits and times. The unit of time is the target interval T."""

import math
from dataclasses import dataclass

from oracle.plant.retarget import NAMES
from oracle.plant.rounds import Engine, Work


@dataclass(frozen=True)
class Pools:
    """Who mines, and what reaches one pool alone. The pools have equal numbers of nodes."""

    hash_shares: tuple[float, ...]
    own_share: float  # of the transactions of ordinary value
    own_every: float  # T on average that shares of the own traffic stay as they are

    def __post_init__(self) -> None:
        if not math.isclose(sum(self.hash_shares), 1.0):
            raise ValueError(f"hash shares sum to {sum(self.hash_shares)}, not to 1")


# All nodes alike: as one pool, to which nothing comes that does not come to all.
ALIKE = Pools(hash_shares=(1.0,), own_share=0.0, own_every=math.inf)
UNEQUAL = Pools(hash_shares=(0.4, 0.3, 0.2, 0.1), own_share=0.3, own_every=200.0)


@dataclass(frozen=True)
class Definition:
    """A chain under phi. Epochs are counted in its blocks."""

    epoch_blocks: int
    lag_blocks: int  # blocks after an epoch's end at which its phi acts
    epoch_ends: tuple[int, ...] = ()  # blocks after which epochs end, where that is not after every `epoch_blocks`
    tau: float = 0.02  # T that a full block takes to the other miners
    blocks: int = 6_000
    capacity: float = 1_000.0  # transactions of a block at theta = 1
    theta0: float = 0.5
    theta_min: float = 0.1
    max_phi: float = 0.5
    max_step: float = 0.1  # of phi, per epoch
    retarget: str = "asert"
    retarget_parameter: float = 288.0  # half-life of ASERT in T; the window of the others, in blocks
    load: float = 0.7  # of what blocks at theta_0 hold
    high_value_share: float = 0.1  # of the transactions; blocks take them first
    pools: Pools = ALIKE
    hopping_share: float = 0.0  # of the hash rate: mines only while p is below the usual one
    engine: Engine = Work()  # noqa: RUF009 - frozen
    # Whether blocks are as those of ledgers: of whole transactions, which came in before the block ahead, since a body
    # names what is on chain; and phi of whole lanes.
    as_ledgers: bool = False

    def __post_init__(self) -> None:
        if self.retarget not in NAMES:
            raise ValueError(f"there is no retarget {self.retarget!r}; there are {', '.join(NAMES)}")
        if not 0 <= self.hopping_share < 1:
            raise ValueError(f"the share of hoppers is {self.hopping_share}, not within 0 and 1")
        if not 0 <= self.lag_blocks < self.epoch_blocks:
            raise ValueError(f"lag {self.lag_blocks} is not within an epoch of {self.epoch_blocks} blocks")

    @property
    def phi_bounds(self) -> tuple[float, float]:
        """Least and greatest phi."""
        return max(-self.max_phi, self.theta_min - self.theta0), min(self.max_phi, 1.0 - self.theta0)


BASE_DELAY = 0.005  # T that an empty block takes to the other miners
EPOCH_10 = Definition(epoch_blocks=10, lag_blocks=3)
EPOCH_20 = Definition(epoch_blocks=20, lag_blocks=5)
