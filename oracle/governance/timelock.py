"""The timelock on a chain: its delay, and every operation that was scheduled, from its events."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from eth_hash.auto import keccak

from oracle.chain.addresses import ZERO_ADDRESS
from oracle.chain.calls import ContractCalls
from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import Deployment, oracle_kind
from oracle.chain.events import event
from oracle.chain.log_search import found_logs
from oracle.errors import DeploymentError
from oracle.governance.operation import Call, Operation

NAME = "OwnerTimelock"
PROPOSER = bytes(keccak(b"PROPOSER_ROLE"))
EXECUTOR = bytes(keccak(b"EXECUTOR_ROLE"))
CANCELLER = bytes(keccak(b"CANCELLER_ROLE"))
ADMIN = bytes(32)
_ROLES = {PROPOSER: "proposer", EXECUTOR: "executor", CANCELLER: "canceller", ADMIN: "administrator"}
_EVENTS = ("CallScheduled", "CallSalt", "CallExecuted", "Cancelled")


class State(Enum):
    """Of an operation."""

    WAITING = "waiting"
    READY = "ready"
    DONE = "executed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Scheduled:
    """An operation as it was scheduled once; after it was cancelled it may be scheduled again."""

    id: bytes  # 32 bytes
    operation: Operation
    block: int  # that scheduled it
    ready_at_seconds: int  # from when on it can be executed
    ended: State | None = None  # DONE or CANCELLED
    ended_block: int | None = None

    def state(self, now_seconds: int) -> State:
        """At a time, by the chain's clock."""
        if self.ended is not None:
            return self.ended
        return State.READY if now_seconds >= self.ready_at_seconds else State.WAITING

    @property
    def is_open(self) -> bool:
        """Whether it can still be executed or cancelled."""
        return self.ended is None


class Timelock:
    """The owner of the consensus contracts, and what they both answer."""

    def __init__(self, chain: Chain, record: Deployment) -> None:
        """Open the timelock that owns the contracts of a deployment.

        Raises:
            DeploymentError: no timelock owns them.
        """
        addresses, entry = record.addresses(), record.contracts.get(NAME)
        self.chain = chain
        self.contracts = Contracts(chain, addresses)
        self.oracle = ContractCalls(chain, oracle_kind(record), addresses.oracle)
        owner = self.contracts.owner()
        if entry is None or entry.block_number is None or owner != entry.address:
            raise DeploymentError(
                f"the owner of {addresses.oracle} is {owner}, which is no timelock of {record.path}; have `catalyst "
                "deploy --timelock-seconds` hand it over to one"
            )
        self.calls = ContractCalls(chain, NAME, entry.address)
        self._first_block = entry.block_number
        self.names: Mapping[str, str] = {addresses.oracle: self.oracle.name, entry.address: NAME}

    def delay_seconds(self) -> int:
        """From scheduling to execution, at least."""
        return int(self.calls.read("getMinDelay"))

    def now_seconds(self) -> int:
        """By the chain's clock: time of the latest block."""
        return self.chain.timestamp(self.chain.head())

    def has_role(self, role: bytes, account: str) -> bool:
        """Whether an account has a role."""
        return bool(self.calls.read("hasRole", role, account))

    def is_done(self, operation: Operation) -> bool:
        """Whether an operation was executed."""
        return bool(self.calls.read("isOperationDone", operation.id))

    def is_pending(self, operation: Operation) -> bool:
        """Whether it is scheduled, and neither executed nor cancelled."""
        return bool(self.calls.read("isOperationPending", operation.id))

    def roles(self) -> dict[str, list[str]]:
        """Who has which role, by the events that gave and took them."""
        granted, revoked = event(NAME, "RoleGranted"), event(NAME, "RoleRevoked")
        held: dict[str, list[str]] = {name: [] for name in _ROLES.values()}
        for _, log in self._logs(granted.topic, revoked.topic):
            known = granted if log.topics[0] == granted.topic else revoked
            says = known.arguments(log)
            accounts = held.setdefault(_ROLES.get(says["role"], "0x" + says["role"].hex()), [])
            if known is granted:
                accounts.append(says["account"])
            else:
                accounts.remove(says["account"])
        return held

    def scheduled(self) -> list[Scheduled]:
        """Every operation that was ever scheduled, in order."""
        events = {each.topic: each for each in (event(NAME, name) for name in _EVENTS)}
        history = _History()
        for sealed, log in self._logs(*events):
            known = events[log.topics[0]]
            history.add(known.name, known.arguments(log), log.block_number, sealed.block.timestamp_seconds)
        return history.scheduled

    def _logs(self, *topics: bytes) -> Any:
        return found_logs(self.chain, self.calls.address, topics, self._first_block, self.chain.head())


@dataclass
class _History:
    """Operations as events tell them, one after the other."""

    scheduled: list[Scheduled] = field(default_factory=list)
    open: dict[bytes, int] = field(default_factory=dict)  # id → position of its last scheduling

    def add(self, name: str, says: Mapping[str, Any], block: int, time_seconds: int) -> None:
        """One event more."""
        identity = bytes(says["id"])
        if name == "CallScheduled":
            call = Call(says["target"], bytes(says["data"]), int(says["value"]))
            if says["index"] == 0:
                self.open[identity] = len(self.scheduled)
                operation = Operation((call,), predecessor=bytes(says["predecessor"]))
                self.scheduled.append(Scheduled(identity, operation, block, time_seconds + int(says["delay"])))
                return
            last = self.scheduled[self.open[identity]]
            self._replace(last, operation=replace(last.operation, calls=(*last.operation.calls, call)))
        elif name == "CallSalt":
            last = self.scheduled[self.open[identity]]
            self._replace(last, operation=replace(last.operation, salt=bytes(says["salt"])))
        else:
            ended = State.CANCELLED if name == "Cancelled" else State.DONE
            self._replace(self.scheduled[self.open[identity]], ended=ended, ended_block=block)

    def _replace(self, last: Scheduled, **changes: Any) -> None:
        self.scheduled[self.open[last.id]] = replace(last, **changes)


def is_anyone(accounts: list[str]) -> bool:
    """Whether a role is open to everybody, which the timelock has by the zero address."""
    return ZERO_ADDRESS in accounts
