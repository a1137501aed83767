"""How much time lies between what happens on one chain and what must still be possible on the other.

Clocks of two chains differ, blocks take time, and a transaction counts only once it is settled. A `Clocks` says how
far apart all this may be; every decision that would risk money asks here first.
"""

from dataclasses import dataclass

from oracle.bridges.locks import Lock


@dataclass(frozen=True)
class Clocks:
    """What two chains are assumed to keep to."""

    skew_seconds: int  # the most that their clocks are apart
    settle_seconds: int  # until a transaction that is sent is mined, and as deep as counts as settled
    halt_seconds: int  # the most that one makes no blocks, or that its blocks are dated back after that

    @property
    def reaction_seconds(self) -> int:
        """From seeing something on one chain until the answer is settled on the other, by whichever clock.

        One of the two may stop meanwhile, and may then go on with blocks dated back to where it stopped.
        """
        return self.skew_seconds + 2 * self.settle_seconds + self.halt_seconds


def answer_expiry(lock: Lock, now_seconds: int, clocks: Clocks) -> int | None:
    """When the answer to a lock must expire, for its maker to be safe and its taker to have time; None if never.

    The maker may learn the preimage only as its own lock expires. From then on it needs `reaction_seconds` to claim.
    The taker needs as much to see the answer, and as much again to claim it before that.

    Args:
        lock: The lock that is answered.
        now_seconds: The timestamp of the target chain.
        clocks: Of the two chains.
    """
    expiry = lock.expiry_seconds - clocks.reaction_seconds
    return expiry if expiry >= now_seconds + 2 * clocks.reaction_seconds else None


def may_reveal(answer: Lock, now_seconds: int, clocks: Clocks) -> bool:
    """Whether there is time to claim an answer: who reveals the preimage too late for that gives it away for nothing.

    The answer's chain may stop just then, and go on by the clock.

    Args:
        answer: The lock that is claimed.
        now_seconds: The timestamp of its chain.
        clocks: Of the two chains.
    """
    return now_seconds + clocks.settle_seconds + clocks.halt_seconds < answer.expiry_seconds


def lock_seconds(clocks: Clocks) -> int:
    """The time that a first lock needs until its expiry, for an answer to be possible."""
    return 4 * clocks.reaction_seconds


def may_fill(fill_deadline: int, claim_seconds: int, origin_now_seconds: int, clocks: Clocks) -> bool:
    """Whether who fills an order now is in time, by the origin's clock, to claim its input.

    A fill that was sent can be mined until the fill deadline, by the target's clock. A target that stopped may reach
    that `halt_seconds` too late. So the pool has to leave a whole reaction for claims, whenever the fill is sent.

    Args:
        fill_deadline: Of the order.
        claim_seconds: Time for claims after it, of the origin's pool.
        origin_now_seconds: The timestamp of the origin chain.
        clocks: Of the two chains.
    """
    is_time = origin_now_seconds + clocks.reaction_seconds <= fill_deadline + claim_seconds
    return is_time and claim_seconds >= clocks.reaction_seconds
