"""One leg of a transfer, as the journal keeps it: over which bridge, how much, and how far it has come."""

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from oracle.bridges.locks import Counterpart, Lock
from oracle.bridges.orders import CrossOrder


class LegState(StrEnum):
    """How far a leg has come. Tokens are at risk from LOCKING to the end."""

    PLANNED = "planned"  # nothing was sent
    LOCKING = "locking"  # what locks the tokens is signed
    LOCKED = "locked"  # they are locked, settled
    REVEALING = "revealing"  # hash lock: the answer is being claimed
    CHALLENGING = "challenging"  # pool: a false claim is being challenged
    REFUNDING = "refunding"  # the time is over
    WITHDRAWING = "withdrawing"  # pool: the refund is credited
    DONE = "done"  # paid out on the target, settled
    REFUNDED = "refunded"  # back at the sender on the source, settled
    LOST = "lost"  # the other side has it, and nothing was paid: must never be

    @property
    def has_ended(self) -> bool:
        """Whether nothing is to be done any more."""
        return self in (LegState.DONE, LegState.REFUNDED, LegState.LOST)


@dataclass(frozen=True)
class Leg:
    """A leg. Amounts are in units of the asset."""

    id: str
    kind: str  # hash_lock or relay_pool
    bridge: str
    source: str
    target: str
    amount_in: int
    amount_out: int
    recipient: str  # on the target
    provider: str
    state: LegState = LegState.PLANNED
    preimage: bytes = b""  # of a hash lock, 32 bytes
    lock: Lock | None = None
    answer: Lock | None = None
    order: CrossOrder | None = None
    note: str = ""  # why it is going back

    def at(self, state: LegState, **changes: Any) -> "Leg":
        """The leg, further on."""
        return replace(self, state=state, **changes)

    def as_json(self) -> dict[str, Any]:
        """What the journal keeps."""
        raw: dict[str, Any] = _hex(asdict(self))
        return raw


def leg_of(raw: dict[str, Any]) -> Leg:
    """The leg of what the journal keeps."""
    lock, answer, order = raw["lock"], raw["answer"], raw["order"]
    values = raw | {
        "state": LegState(raw["state"]),
        "preimage": _bytes(raw["preimage"]),
        "lock": None if lock is None else lock_from(lock),
        "answer": None if answer is None else lock_from(answer),
        "order": None if order is None else CrossOrder(**order),
    }
    return Leg(**values)


def lock_from(raw: dict[str, Any]) -> Lock:
    """The lock of what the journal keeps."""
    other = raw["counterpart"] | {"lock": _bytes(raw["counterpart"]["lock"])}
    return Lock(**raw | {"hash": _bytes(raw["hash"]), "counterpart": Counterpart(**other)})


def lock_json(lock: Lock) -> dict[str, Any]:
    """What the journal keeps of a lock."""
    raw: dict[str, Any] = _hex(asdict(lock))
    return raw


def _hex(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _hex(each) for name, each in value.items()}
    return "0x" + value.hex() if isinstance(value, bytes) else value


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
