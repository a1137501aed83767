"""Calls of one contract, encoded and decoded by eth_abi itself.

web3's own calls look every name of the ABI up anew, and check each element by itself: five times as long for a read of
one number, thousands of times for a list of nodes.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak
from eth_utils.abi import collapse_if_tuple
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import ContractCustomError, ContractLogicError

from oracle.chain.artefacts import artefact
from oracle.chain.connection import Chain
from oracle.chain.refusals import revert_data
from oracle.errors import CallRefused, ConnectionFailed, ReadReverted

# What Solady reverts with in assembly, which no ABI lists.
_LIBRARY_ERRORS = ("TransferFromFailed()", "TransferFailed()", "ETHTransferFailed()")


View = Sequence[Any]  # name of a function that only reads, and its arguments


class Revert(NamedTuple):
    """A custom error that a call reverted with."""

    name: str
    arguments: tuple[Any, ...]

    def __str__(self) -> str:
        return self.name if self.name.startswith("0x") else f"{self.name}{self.arguments}".replace(",)", ")")


class _Function(NamedTuple):
    selector: bytes
    inputs: list[str]
    outputs: list[str]


class ContractCalls:
    """Reads of one contract, and the calldata of its functions."""

    def __init__(self, chain: Chain, name: str, address: str) -> None:
        """`name` is that of the artefact."""
        self.chain, self.name = chain, name
        self.address = Web3.to_checksum_address(address)

    def read(self, function: str, *arguments: object, block: int | None = None) -> Any:
        """What a view returns at `block`, or at the latest: one value by itself, several as a tuple.

        Raises:
            ReadReverted: the contract reverts the read.
            ConnectionFailed: the node does not answer, or with what the function does not return.
        """
        return self.read_each((function, *arguments), block=block)[0]

    def read_each(self, *views: View, block: int | None = None) -> list[Any]:
        """As `read`, of several views in one message where the node takes batches."""
        calls = [{"to": self.address, "data": "0x" + self.calldata(*view).hex()} for view in views]
        try:
            answers = self.chain.calls(calls, block)
        except ConnectionFailed as error:
            data = revert_data(error)
            if data is None:
                raise
            found = revert_of(data, (self.name, "PhiOracle", "DifficultyController"))
            read = ", ".join(f"{self.name}.{view[0]}" for view in views[:3])
            raise ReadReverted(
                f"the contract at {self.address} on {self.chain.name} does not answer {read} there: {found}", found.name
            ) from error
        return [self._decoded(view[0], answer) for view, answer in zip(views, answers, strict=True)]

    def _decoded(self, function: str, answer: Any) -> Any:
        try:
            return returned(self.name, function, HexBytes(answer))
        except (DecodingError, TypeError, ValueError) as error:
            raise ConnectionFailed(
                f"{self.chain.name} answers {self.name}.{function} at {self.address} with what it does not return; is "
                "the contract there, and the node in sync?"
            ) from error

    def calldata(self, function: str, *arguments: object) -> bytes:
        """Calldata of a call."""
        return calldata(self.name, function, *arguments)

    def try_call(self, data: bytes, *, sender: str, value_wei: int = 0) -> None:
        """Run a call against the latest state without sending it.

        Raises:
            CallRefused: it would revert; carries the decoded reason.
        """
        try_call(self.chain, self.name, self.address, data, sender=sender, value_wei=value_wei)


def calldata(name: str, function: str, *arguments: object) -> bytes:
    """Calldata of a call of contract `name`."""
    found = _function(name, function)
    return found.selector + encode(found.inputs, arguments)


def returned(name: str, function: str, answer: bytes) -> Any:
    """What a function of contract `name` returned: one value by itself, several as a tuple.

    Raises:
        DecodingError: it returns something else.
    """
    types = _function(name, function).outputs
    values = decode(types, answer)
    values = tuple(checksummed(kind, value) for kind, value in zip(types, values, strict=True))
    return values[0] if len(values) == 1 else values


def creation_code(name: str, *arguments: object) -> bytes:
    """What a transaction carries that creates contract `name`: its bytecode, and the constructor's arguments."""
    made = artefact(name)
    inputs: list[Any] = next((e["inputs"] for e in made["abi"] if e["type"] == "constructor"), [])
    return bytes.fromhex(made["bytecode"][2:]) + encode([collapse_if_tuple(item) for item in inputs], arguments)


def try_call(chain: Chain, name: str, address: str, data: bytes, *, sender: str, value_wei: int = 0) -> None:
    """Run a call against the latest state without sending it.

    Args:
        chain: Where the contract is.
        name: Of the contract, for errors; where there is an artefact of it, its custom errors are decoded.
        address: Of the contract.
        data: Calldata.
        sender: Who would send it.
        value_wei: What would be sent with it.

    Raises:
        CallRefused: it would revert; carries the decoded reason.
    """
    try:
        chain.try_call(sender=sender, to=address, calldata=data, value_wei=value_wei)
    except ContractCustomError as error:
        found = revert_of(bytes(HexBytes(str(error.data or error.message or "0x"))), (name, "PhiOracle"))
        raise CallRefused(f"{name} refuses the call: {found}", found.name, found.arguments) from None
    except ContractLogicError as error:
        reason = str(error.message)
        raise CallRefused(f"{name} refuses the call: {reason}", reason) from None


def revert_of(data: bytes, names: Sequence[str]) -> Revert:
    """The custom error of revert data, by the ABIs of contracts; named by its data in hexadecimal where none fits."""
    for name in names:
        for entry in artefact(name)["abi"]:
            if entry["type"] != "error":
                continue
            types = [collapse_if_tuple(item) for item in entry["inputs"]]
            if keccak(f"{entry['name']}({','.join(types)})".encode())[:4] == data[:4]:
                try:
                    values = decode(types, data[4:])
                except DecodingError:
                    continue
                pairs = zip(types, values, strict=True)
                return Revert(entry["name"], tuple(checksummed(kind, value) for kind, value in pairs))
    for library_error in _LIBRARY_ERRORS:
        if keccak(library_error.encode())[:4] == data[:4]:
            return Revert(library_error.removesuffix("()"), ())
    return Revert("0x" + data.hex(), ())


def selector(name: str, function: str) -> bytes:
    """First four bytes of the calldata of a function of contract `name`."""
    return _function(name, function).selector


@cache
def _function(name: str, function: str) -> _Function:
    entry = next(e for e in artefact(name)["abi"] if e["type"] == "function" and e["name"] == function)
    inputs, outputs = ([collapse_if_tuple(item) for item in entry[side]] for side in ("inputs", "outputs"))
    return _Function(bytes(keccak(f"{function}({','.join(inputs)})".encode()))[:4], inputs, outputs)


def checksummed(kind: str, value: Any) -> Any:
    """A value of this ABI type, an address of which is in its checksummed form."""
    if kind == "address":
        return str(Web3.to_checksum_address(value))
    return [str(Web3.to_checksum_address(each)) for each in value] if kind == "address[]" else value
