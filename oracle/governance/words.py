"""Operations in words."""

import time
from collections.abc import Mapping
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak
from eth_utils.abi import collapse_if_tuple

from oracle.chain.artefacts import artefact
from oracle.chain.calls import checksummed
from oracle.governance.operation import Call
from oracle.governance.timelock import Scheduled, State


def call_in_words(call: Call, names: Mapping[str, str]) -> str:
    """A call as `Contract.function(arguments)`; in hexadecimal where the contract or the function is unknown.

    Args:
        call: The call.
        names: Of contracts, by address.
    """
    name = names.get(call.target)
    value = f" with {call.value_wei} wei" if call.value_wei else ""
    for entry in [] if name is None else artefact(name)["abi"]:
        if entry["type"] != "function":
            continue
        types = [collapse_if_tuple(item) for item in entry["inputs"]]
        if keccak(f"{entry['name']}({','.join(types)})".encode())[:4] != call.data[:4]:
            continue
        try:
            values = decode(types, call.data[4:])
        except DecodingError:
            break
        named = zip((item["name"] for item in entry["inputs"]), types, values, strict=True)
        said = ", ".join(f"{each} {_shown(checksummed(kind, argument))}" for each, kind, argument in named)
        return f"{name}.{entry['name']}({said}){value}"
    return f"{name or call.target}: 0x{call.data.hex()}{value}"


def operation_in_words(each: Scheduled, names: Mapping[str, str], now_seconds: int) -> list[str]:
    """Lines on an operation: its id and state, and a line for each call."""
    return [f"0x{each.id.hex()}", f"  {state_in_words(each, now_seconds)}"] + [
        f"  {call_in_words(call, names)}" for call in each.operation.calls
    ]


def state_in_words(each: Scheduled, now_seconds: int) -> str:
    """How an operation stands at a time."""
    state = each.state(now_seconds)
    if state is State.WAITING:
        left = each.ready_at_seconds - now_seconds
        return f"waiting: can be executed from {at(each.ready_at_seconds)} on, in {left} s"
    if state is State.READY:
        return f"ready: can be executed since {at(each.ready_at_seconds)}"
    return f"{state.value} in block {each.ended_block}"


def operation_as_json(each: Scheduled, names: Mapping[str, str], now_seconds: int) -> dict[str, Any]:
    """The same as data."""
    return {
        "id": "0x" + each.id.hex(),
        "state": each.state(now_seconds).value,
        "scheduled_in_block": each.block,
        "ready_at_seconds": each.ready_at_seconds,
        "ended_in_block": each.ended_block,
        "salt": "0x" + each.operation.salt.hex(),
        "predecessor": "0x" + each.operation.predecessor.hex(),
        "calls": [
            {
                "target": call.target,
                "value_wei": call.value_wei,
                "data": "0x" + call.data.hex(),
                "says": call_in_words(call, names),
            }
            for call in each.operation.calls
        ],
    }


def at(seconds: int) -> str:
    """A time of the chain's clock."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_shown(each) for each in value) + "]"
    return str(value)
