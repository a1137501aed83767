"""Contracts on pyrevm: calls in microseconds, in blocks whose number and time the test sets.

Nothing is mined here. A call runs in the block that is set, and its effects stay unless it reverts.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.registry import registry
from eth_hash.auto import keccak
from eth_utils.abi import collapse_if_tuple
from pyrevm import EVM, BlockEnv, CfgEnv, Env

from oracle.chain.artefacts import artefact
from oracle.engines.registry import LEDGERS

# Of all contracts whose errors can reach a caller.
_ERROR_SOURCES = (
    "PagedPhiOracle",
    "DifficultyController",
    "PlanBook",
    "Clearing",
    "HashLock",
    "RelayPool",
    "RouteConditions",
    "RouteOffers",
    "StorageRegistry",
    *LEDGERS,
)
_OUTPUT = re.compile(r"output: 0x([0-9a-f]*)")
_PANIC = bytes(keccak(b"Panic(uint256)"))[:4]
PANIC_ARITHMETIC = 0x11


class Reverted(Exception):
    """A call reverted; `data` is what it gave as the reason."""

    def __init__(self, data: bytes) -> None:
        super().__init__(f"reverted with {_spell(data)}")
        self.data = data

    @property
    def name(self) -> str:
        """The custom error's name; empty where there is no data; `Panic(n)` for the compiler's own."""
        return str(self.failure[0])

    @property
    def failure(self) -> tuple[Any, ...]:
        """The error's name, then its arguments; addresses in lower case."""
        if not self.data:
            return ("",)
        if self.data[:4] == _PANIC:
            return (f"Panic({int.from_bytes(self.data[4:36], 'big')})",)
        name, types = _errors()[self.data[:4]]
        return (name, *decode(types, self.data[4:]))


class Halted(Exception):
    """A call ended without a reason: out of gas, an invalid opcode. No call of these contracts should."""


def _spell(data: bytes) -> str:
    return f"{data[:4].hex()}… of {len(data)} bytes" if data else "no data"


@cache
def _errors() -> dict[bytes, tuple[str, list[str]]]:
    found = {}
    for source in _ERROR_SOURCES:
        for entry in artefact(source)["abi"]:
            if entry["type"] == "error":
                types = [collapse_if_tuple(item) for item in entry["inputs"]]
                found[_selector(entry["name"], types)] = (entry["name"], types)
    return found


def _selector(name: str, types: list[str]) -> bytes:
    return bytes(keccak(f"{name}({','.join(types)})".encode()))[:4]


@dataclass(frozen=True)
class _Function:
    selector: bytes
    encode: Callable[[Any], bytes]
    decode_types: list[str]


def _encoder(types: list[str]) -> Callable[[Any], bytes]:
    if not types:
        return lambda _: b""
    found: Any = registry.get_encoder(f"({','.join(types)})")
    return lambda arguments: bytes(found(arguments))


@cache
def _functions_of(name: str) -> dict[str, _Function]:
    """The functions of contract `name` of `abi/`, their encoders looked up once."""
    return _functions(artefact(name)["abi"])


def _functions(abi: list[dict[str, Any]]) -> dict[str, _Function]:
    functions = {}
    for entry in abi:
        if entry["type"] == "function":
            types = [collapse_if_tuple(item) for item in entry["inputs"]]
            functions[entry["name"]] = _Function(
                selector=_selector(entry["name"], types),
                encode=_encoder(types),
                decode_types=[collapse_if_tuple(item) for item in entry["outputs"]],
            )
    return functions


class Chain:
    """An EVM and its clock."""

    def __init__(self, *, number: int, timestamp: int, chain_id: int = 31_337) -> None:
        self.number, self.timestamp = number, timestamp
        self.evm = EVM(
            env=Env(cfg=CfgEnv(chain_id=chain_id), block=BlockEnv(number=number, timestamp=timestamp)),
            spec_id="CANCUN",
            gas_limit=1 << 40,
        )

    def at(self, *, number: int | None = None, timestamp: int | None = None) -> None:
        """Set the block in which calls run."""
        self.number = self.number if number is None else number
        self.timestamp = self.timestamp if timestamp is None else timestamp
        self.evm.set_block_env(BlockEnv(number=self.number, timestamp=self.timestamp))

    def call(
        self, to: str, data: bytes, *, sender: str, static: bool = False, gas: int | None = None, value: int = 0
    ) -> bytes:
        """What a call returns; it brings `value` wei of the sender's.

        Raises:
            Reverted: it did.
            Halted: it ran out of gas or met an invalid opcode.
        """
        try:
            return bytes(self.evm.message_call(sender, to, data, is_static=static, gas=gas, value=value))
        except RuntimeError as error:
            text = str(error)
            found = _OUTPUT.search(text)
            if not text.startswith("Revert") or found is None:
                raise Halted(text[:200]) from None
            raise Reverted(bytes.fromhex(found[1])) from None

    def deploy(self, name: str, *arguments: Any, sender: str) -> "Deployed":
        """A contract of `abi/`."""
        loaded = artefact(name)
        inputs: list[Any] = next((entry["inputs"] for entry in loaded["abi"] if entry["type"] == "constructor"), [])
        types = [collapse_if_tuple(item) for item in inputs]
        try:
            address = self.evm.deploy(sender, bytes.fromhex(loaded["bytecode"][2:]) + encode(types, arguments))
        except RuntimeError as error:
            found = _OUTPUT.search(str(error))
            raise (Reverted(bytes.fromhex(found[1])) if found else Halted(str(error)[:200])) from None
        return Deployed(self, name, address, sender)


class Deployed:
    """A contract on a chain, called by function name."""

    def __init__(
        self, chain: Chain, name: str, address: str, owner: str, abi: list[dict[str, Any]] | None = None
    ) -> None:
        """Of `abi/`, or with an ABI of its own."""
        self.chain, self.name, self.address, self.owner = chain, name, address, owner
        self._functions = _functions_of(name) if abi is None else _functions(abi)

    def data(self, function: str, *arguments: Any) -> bytes:
        """Calldata of a call."""
        found = self._functions[function]
        return found.selector + found.encode(arguments)

    def send(self, function: str, *arguments: Any, sender: str | None = None, value: int = 0) -> int:
        """Call as `sender`, the owner where none is named, with `value` wei; the gas it used."""
        self.chain.call(self.address, self.data(function, *arguments), sender=sender or self.owner, value=value)
        result = self.chain.evm.result
        assert result is not None
        return result.gas_used

    def failure(self, function: str, *arguments: Any, sender: str, value: int = 0) -> tuple[Any, ...]:
        """The error of a call that must revert."""
        try:
            self.send(function, *arguments, sender=sender, value=value)
        except Reverted as error:
            return error.failure
        raise AssertionError(f"{function} was meant to revert")

    def read(self, function: str, *arguments: Any) -> Any:
        """The value that a view returns; a tuple where there are several."""
        returned = self.chain.call(self.address, self.data(function, *arguments), sender=self.owner, static=True)
        values = decode(self._functions[function].decode_types, returned)
        return values[0] if len(values) == 1 else values

    def words(self, data: bytes) -> tuple[int, ...]:
        """The 32-byte words that a view returns for calldata made before: for reads of every step."""
        returned = self.chain.call(self.address, data, sender=self.owner, static=True)
        return tuple(int.from_bytes(returned[at : at + 32], "big") for at in range(0, len(returned), 32))

    def storage(self, slot: int) -> int:
        """A storage slot."""
        return int(self.chain.evm.storage(self.address, slot))
