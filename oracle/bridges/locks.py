"""Hash time-locks as `contracts/routes/HashLock.sol` has them, and what it does on each call.

`tests/trust/test_route_machine.py` holds contract and functions equal on random calls.
"""

from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Any

from eth_abi.abi import encode
from eth_hash.auto import keccak

from oracle.bridges.refusal import Refused

NO_ACCOUNT = "0x" + "0" * 40
NO_LOCK = bytes(32)
MOST_SECONDS = 30 * 86_400
_COUNTERPART = "(uint64,address,address,address,uint128,bytes32)"
LOCK_TYPE = f"(address,address,address,uint128,bytes32,uint64,{_COUNTERPART})"


class LockStatus(IntEnum):
    """Where a lock stands."""

    UNKNOWN = 0
    LOCKED = 1
    CLAIMED = 2
    REFUNDED = 3


@dataclass(frozen=True)
class Counterpart:
    """What the other chain has to do with a lock."""

    chain_id: int
    settler: str  # the HashLock of that chain
    token: str
    recipient: str
    amount: int  # in units of that token
    lock: bytes = NO_LOCK  # 32 bytes: the lock that this one answers


@dataclass(frozen=True)
class Lock:
    """Tokens behind a hash and a time. Addresses are as given; ids do not depend on their case."""

    token: str
    sender: str
    recipient: str
    amount: int  # in units of the token
    hash: bytes  # 32 bytes: sha256 of a preimage of 32 bytes
    expiry_seconds: int  # the timestamp from which it is refunded
    counterpart: Counterpart


def hash_of(preimage: bytes) -> bytes:
    """The hash that locks of a preimage bear.

    sha256, since chains without keccak have it too; 32 bytes exactly, so that no chain finds the preimage too long.
    """
    if len(preimage) != len(NO_LOCK):
        raise Refused("WrongPreimage")
    return sha256(preimage).digest()


def lock_arguments(lock: Lock) -> tuple[Any, ...]:
    """A lock as the contract's calls take it."""
    other = lock.counterpart
    return (
        lock.token,
        lock.sender,
        lock.recipient,
        lock.amount,
        lock.hash,
        lock.expiry_seconds,
        (other.chain_id, other.settler, other.token, other.recipient, other.amount, other.lock),
    )


def lock_of(values: tuple[Any, ...]) -> Lock:
    """The lock of what an event brings."""
    token, sender, recipient, amount, hash_, expiry_seconds, other = values
    return Lock(token, sender, recipient, amount, hash_, expiry_seconds, Counterpart(*other))


def lock_id(lock: Lock, *, chain_id: int, contract: str) -> bytes:
    """The id of a lock in a contract of a chain, 32 bytes."""
    return bytes(keccak(encode(["uint256", "address", LOCK_TYPE], [chain_id, contract, lock_arguments(lock)])))


def locked(lock: Lock, status: LockStatus, now_seconds: int, *, caller: str) -> LockStatus:
    """What `lock` does.

    Raises:
        Refused: the contract would refuse it; names its error.
    """
    if caller.lower() != lock.sender.lower():
        raise Refused("NotSender")
    if lock.amount == 0 or lock.recipient == NO_ACCOUNT:
        raise Refused("InvalidLock")
    if lock.expiry_seconds <= now_seconds:
        raise Refused("TooLate")
    if lock.expiry_seconds > now_seconds + MOST_SECONDS:
        raise Refused("InvalidLock")
    return _moved(status, LockStatus.UNKNOWN, LockStatus.LOCKED)


def claimed(lock: Lock, status: LockStatus, now_seconds: int, *, preimage: bytes) -> LockStatus:
    """What `claim` does: the recipient has the amount.

    Raises:
        Refused: the contract would refuse it; names its error.
    """
    after = _moved(status, LockStatus.LOCKED, LockStatus.CLAIMED)
    if now_seconds >= lock.expiry_seconds:
        raise Refused("TooLate")
    if hash_of(preimage) != lock.hash:
        raise Refused("WrongPreimage")
    return after


def refunded(lock: Lock, status: LockStatus, now_seconds: int) -> LockStatus:
    """What `refund` does: the sender has the amount back.

    Raises:
        Refused: the contract would refuse it; names its error.
    """
    after = _moved(status, LockStatus.LOCKED, LockStatus.REFUNDED)
    if now_seconds < lock.expiry_seconds:
        raise Refused("TooEarly")
    return after


def _moved(status: LockStatus, before: LockStatus, after: LockStatus) -> LockStatus:
    if status is not before:
        raise Refused("WrongStatus")
    return after
