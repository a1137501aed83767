"""What a constructor's arguments say, beside what the record of the deployment and its other contracts say they are."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from deploy.handover import TIMELOCK
from deploy.plan import BOUNDS, LIMITS, bounds_shown, limits_shown
from oracle.chain.deployment import ORACLES, Deployment, kind_of
from oracle.engines.registry import LEDGERS
from oracle.engines.terms import Terms
from oracle.report.limits import Limits


class Value(NamedTuple):
    """One value that a contract was constructed with."""

    name: str  # an option, or what it is
    found: str  # on the chain
    wanted: str | None  # by the record; None where the record does not say


def constructed(name: str, arguments: Sequence[Any], record: Deployment, terms: Terms | None) -> list[Value]:
    """The values of one contract.

    Args:
        name: Its entry in the record.
        arguments: Of its constructor, addresses checksummed.
        record: With the contracts that it is to be wired to.
        terms: Of a ledger, as it holds them itself.

    Raises:
        KeyError: the record lacks the contract that it is to be wired to.
    """
    kind, options = kind_of(name), record.options
    if kind in ORACLES:
        return _of_oracle(arguments, options)
    if not arguments:
        return []
    oracle = record.addresses().oracle
    if kind in LEDGERS:
        assert terms is not None  # noqa: S101 - read of each ledger
        return _of_ledger(arguments, oracle, options, terms)
    if kind == TIMELOCK:
        delay, proposer, guardian, owned = arguments
        return [
            _optional("--timelock-seconds", delay, options),
            _optional("--key-file", proposer, options),
            _optional("--guardian", guardian, options),
            Value("owned", owned, oracle),
        ]
    values = [Value("oracle", arguments[0], oracle)]
    if kind == "DifficultyController":
        _, difficulty, interval, half_life = arguments
        values += [
            Value("difficulty on the first day", str(difficulty), _difficulty(options, None)),
            _optional("--interval-seconds", interval, options),
            _optional("--half-life-seconds", half_life, options),
        ]
    elif kind == "NodeThetaFeed":
        values.append(Value("node", str(arguments[1]), name.partition("/")[2]))
    elif len(arguments) > 1:
        values.append(Value("controller", arguments[1], record.addresses().controller))
    return values


def _of_oracle(arguments: Sequence[Any], options: Mapping[str, str]) -> list[Value]:
    owner, low_wad, high_wad, guardian, model_hash, operators, threshold, limits = arguments
    return [
        _optional("--key-file", owner, options),
        _optional(BOUNDS, bounds_shown(low_wad, high_wad), options),
        _optional("--guardian", guardian, options),
        _optional("--phi", f"model hash 0x{model_hash.hex()}", options),
        _optional("--operator", ", ".join(operators), options),
        _optional("--threshold", threshold, options),
        _optional(LIMITS, limits_shown(Limits(*limits)), options),
    ]


def _of_ledger(arguments: Sequence[Any], oracle: str, options: Mapping[str, str], terms: Terms) -> list[Value]:
    (ledger_oracle, difficulty, interval, half_life, capacity, confirmations), *own = arguments
    return [
        Value("oracle", ledger_oracle, oracle),
        Value("difficulty on the first day", str(difficulty), _difficulty(options, terms)),
        _optional("--interval-seconds", interval, options),
        _optional("--half-life-seconds", half_life, options),
        _optional("--ledger-capacity", capacity, options),
        _optional("--confirmations", confirmations, options),
        Value("terms", str(own), str(list(terms.arguments()))),
        _optional("--engine", terms.engine, options),
        *(_optional(option, value, options) for option, value in terms.asked().items()),
    ]


def _difficulty(options: Mapping[str, str], terms: Terms | None) -> str | None:
    """D of all nodes on the first day, by the options."""
    nodes, hashes = options.get("--nodes"), options.get("--hashes-per-block")
    if nodes is None or hashes is None:
        return None
    p = int(hashes) if terms is None else terms.p(int(options["--interval-seconds"]), int(hashes))
    return str(p * int(nodes))


def _optional(option: str, found: object, options: Mapping[str, str]) -> Value:
    return Value(option, str(found), options.get(option))
