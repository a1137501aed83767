"""Calls of one contract, encoded and decoded by eth_abi itself.

web3's own calls look every name of the ABI up anew, and check each element by itself: five times as long for a read of
one number, thousands of times for a list of nodes.
"""

from functools import cache
from typing import Any, NamedTuple

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak
from eth_utils.abi import collapse_if_tuple
from web3 import Web3

from oracle.chain.artefacts import artefact
from oracle.chain.connection import Chain
from oracle.errors import ConnectionFailed


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
            ConnectionFailed: the node does not answer, or with what the function does not return.
        """
        returned = self.chain.call(self.address, calldata(self.name, function, *arguments), block)
        types = _function(self.name, function).outputs
        try:
            values = decode(types, returned)
        except DecodingError as error:
            raise ConnectionFailed(
                f"{self.chain.name} answers {self.name}.{function} at {self.address} with {len(returned)} bytes that "
                "it does not return; is the contract there, and the node in sync?"
            ) from error
        values = tuple(_checksummed(kind, value) for kind, value in zip(types, values, strict=True))
        return values[0] if len(values) == 1 else values

    def calldata(self, function: str, *arguments: object) -> bytes:
        """Calldata of a call."""
        return calldata(self.name, function, *arguments)


def calldata(name: str, function: str, *arguments: object) -> bytes:
    """Calldata of a call of contract `name`."""
    found = _function(name, function)
    return found.selector + encode(found.inputs, arguments)


@cache
def _function(name: str, function: str) -> _Function:
    entry = next(e for e in artefact(name)["abi"] if e["type"] == "function" and e["name"] == function)
    inputs, outputs = ([collapse_if_tuple(item) for item in entry[side]] for side in ("inputs", "outputs"))
    return _Function(bytes(keccak(f"{function}({','.join(inputs)})".encode()))[:4], inputs, outputs)


def _checksummed(kind: str, value: Any) -> Any:
    if kind == "address":
        return str(Web3.to_checksum_address(value))
    return [str(Web3.to_checksum_address(each)) for each in value] if kind == "address[]" else value
