"""An operation of the timelock, as OpenZeppelin's TimelockController identifies it; knows no chain.

Twin of `hashOperation` and `hashOperationBatch` in its TimelockController.sol.
"""

from dataclasses import dataclass

from eth_abi.abi import encode
from eth_hash.auto import keccak

_NONE = bytes(32)


@dataclass(frozen=True)
class Call:
    """One call that the timelock makes."""

    target: str  # checksummed
    data: bytes
    value_wei: int = 0


@dataclass(frozen=True)
class Operation:
    """Calls that are made together."""

    calls: tuple[Call, ...]
    salt: bytes = _NONE  # 32 bytes; tells operations of equal calls apart
    predecessor: bytes = _NONE  # id of the operation that must have been executed before; zero: none

    @property
    def batch(self) -> tuple[list[str], list[int], list[bytes], bytes, bytes]:
        """Arguments of `scheduleBatch`, but for the delay, and of `executeBatch`."""
        return (
            [call.target for call in self.calls],
            [call.value_wei for call in self.calls],
            [call.data for call in self.calls],
            self.predecessor,
            self.salt,
        )

    @property
    def id(self) -> bytes:
        """As scheduled by `scheduleBatch`, 32 bytes."""
        return bytes(keccak(encode(["address[]", "uint256[]", "bytes[]", "bytes32", "bytes32"], self.batch)))

    @property
    def single(self) -> tuple[str, int, bytes, bytes, bytes]:
        """Arguments of `schedule`, but for the delay, and of `execute`, of an operation of one call."""
        (call,) = self.calls
        return call.target, call.value_wei, call.data, self.predecessor, self.salt

    @property
    def single_id(self) -> bytes:
        """As scheduled by `schedule`, 32 bytes."""
        return bytes(keccak(encode(["address", "uint256", "bytes", "bytes32", "bytes32"], self.single)))


def numbered(calls: tuple[Call, ...], number: int) -> Operation:
    """These calls for the time after they were executed `number` times: the same whoever asks, in whatever run."""
    return Operation(calls, number.to_bytes(32, "big"))
