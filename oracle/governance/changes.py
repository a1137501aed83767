"""What the owner of the consensus contracts can change, as calls of its timelock, and whether it is so already."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from eth_abi.exceptions import EncodingError
from eth_utils.abi import collapse_if_tuple
from eth_utils.address import is_address, to_checksum_address

from oracle.chain.artefacts import artefact
from oracle.chain.calls import ContractCalls
from oracle.errors import InputError, SettingsError
from oracle.governance.operation import Call
from oracle.governance.timelock import CANCELLER, PROPOSER, Timelock


@dataclass(frozen=True)
class Change:
    """A change that may be scheduled."""

    calls: tuple[Call, ...]
    is_in_force: bool  # the contracts say so already
    once: bool = False  # calls that were executed before are not to be made again


def theta_bounds(timelock: Timelock, low_wad: int, high_wad: int) -> Change:
    """Bounds on theta of an active node."""
    now = timelock.contracts.theta_bounds(timelock.chain.head())
    return _of_oracle(timelock, (low_wad, high_wad) == now, "setThetaBounds", low_wad, high_wad)


def limits(timelock: Timelock, **changes: int) -> Change:
    """Limits of reports; what is left out stays.

    Raises:
        SettingsError: nothing is to change.
    """
    if not changes:
        raise SettingsError("nothing is to change; give one of the limits")
    now = timelock.contracts.oracle_state().limits
    wanted = replace(now, **changes)
    return _of_oracle(timelock, wanted == now, "setLimits", astuple(wanted))


def model(timelock: Timelock, model_hash: bytes) -> Change:
    """The hash of what decides phi, which reports must carry."""
    now = timelock.contracts.oracle_state().model_hash
    return _of_oracle(timelock, model_hash == now, "setModelHash", model_hash)


def operators(timelock: Timelock, added: Sequence[str], removed: Sequence[str], threshold: int | None) -> Change:
    """Another committee. Each that is added takes the place of one that goes, or the next at the end.

    Raises:
        SettingsError: one that goes is none, one that comes is one already, or nothing is to change.
    """
    state = timelock.contracts.oracle_state()
    wanted = rotated(state.operators, [_address(text) for text in added], [_address(text) for text in removed])
    required = state.threshold if threshold is None else threshold
    is_in_force = (wanted, required) == (state.operators, state.threshold)
    return _of_oracle(timelock, is_in_force, "setOperators", list(wanted), required)


def rotated(now: Sequence[str], added: Sequence[str], removed: Sequence[str]) -> tuple[str, ...]:
    """A committee without those removed, with those added; whoever is so already is left as it is.

    Raises:
        SettingsError: somebody is to come and to go; or nobody is.
    """
    if both := set(added) & set(removed):
        raise SettingsError(f"{min(both)} is to be added and removed; give it once")
    coming = [address for address in dict.fromkeys(added) if address not in now]
    wanted = []
    for address in now:
        if address not in removed:
            wanted.append(address)
        elif coming:
            wanted.append(coming.pop(0))
    return (*wanted, *coming)


def guardian(timelock: Timelock, address: str) -> Change:
    """Another guardian: it may pause reports and cancel operations, and the old one no longer.

    Raises:
        SettingsError: it schedules changes itself.
    """
    new, old = _address(address), timelock.contracts.guardian()
    if new == old:
        return Change((), is_in_force=True)
    if timelock.has_role(PROPOSER, new):
        raise SettingsError(f"{new} schedules changes, so it cannot be who objects to them; give another guardian")
    return Change(
        (
            _call(timelock.oracle, "setGuardian", new),
            _call(timelock.calls, "grantRole", CANCELLER, new),
            _call(timelock.calls, "revokeRole", CANCELLER, old),
        ),
        is_in_force=False,
    )


def delay(timelock: Timelock, seconds: int) -> Change:
    """Another delay of the timelock."""
    is_in_force = seconds == timelock.delay_seconds()
    return Change((_call(timelock.calls, "updateDelay", seconds),), is_in_force)


def unpause(timelock: Timelock) -> Change:
    """Reports are taken again."""
    return _of_oracle(timelock, not timelock.contracts.oracle_state().paused, "unpause")


def any_call(timelock: Timelock, function: str, arguments: Sequence[Any], *, again: bool) -> Change:
    """A call of any function of the contract or of the timelock.

    Args:
        timelock: The owner.
        function: Its name.
        arguments: As JSON has them; whole numbers may be strings, bytes are hexadecimal.
        again: Make the call though the same was executed before.

    Raises:
        InputError: there is no such function, or the arguments do not fit it.
    """
    for contract in (timelock.oracle, timelock.calls):
        entry = _entry(contract.name, function)
        if entry is None:
            continue
        types = [collapse_if_tuple(item) for item in entry["inputs"]]
        if len(types) != len(arguments):
            raise InputError(f"{function} takes {len(types)} arguments ({', '.join(types)}), and {len(arguments)} came")
        values = [_typed(kind, value) for kind, value in zip(types, arguments, strict=True)]
        return Change((_call(contract, function, *values),), is_in_force=False, once=not again)
    raise InputError(f"neither {timelock.oracle.name} nor {timelock.calls.name} has a function {function}")


def _entry(contract: str, function: str) -> dict[str, Any] | None:
    """Of the ABI, of a function that changes something."""
    for entry in artefact(contract)["abi"]:
        if entry["type"] == "function" and entry["name"] == function and entry["stateMutability"] == "nonpayable":
            found: dict[str, Any] = entry
            return found
    return None


def _typed(kind: str, value: Any) -> Any:
    """A value of JSON as one of an ABI type."""
    if isinstance(value, list):
        return [_typed(kind.removesuffix("[]"), each) for each in value]
    try:
        if kind.startswith(("uint", "int")):
            return int(str(value), 0)
        if kind.startswith("bytes"):
            return bytes.fromhex(str(value).removeprefix("0x"))
    except ValueError:
        raise InputError(f"{value!r} is no {kind}; give a whole number, or hexadecimal digits for bytes") from None
    return _address(value) if kind == "address" else value


def _of_oracle(timelock: Timelock, is_in_force: bool, function: str, *arguments: object) -> Change:
    return Change((_call(timelock.oracle, function, *arguments),), is_in_force)


def _call(contract: ContractCalls, function: str, *arguments: object) -> Call:
    try:
        return Call(contract.address, contract.calldata(function, *arguments))
    except EncodingError as error:
        raise InputError(f"{function} cannot be called with that: {error}; correct that value") from None


def _address(text: object) -> str:
    if not isinstance(text, str) or not is_address(text):
        raise SettingsError(f"{text!r} is no address (0x and 40 hexadecimal digits, checksum right if mixed)")
    return str(to_checksum_address(text))
