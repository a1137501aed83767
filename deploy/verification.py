"""`catalyst verify-deployment`: code, constructors, wiring and nodes on a chain, against the deployment's record."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import collapse_if_tuple
from web3 import Web3

from deploy.constructed import Value, constructed
from deploy.handover import TIMELOCK
from deploy.plan import BOUNDS, LIMITS, bounds_shown, decimal, hash_of_miners, limits_shown
from oracle.chain.artefacts import artefact, first_difference
from oracle.chain.calls import ContractCalls
from oracle.chain.connection import Chain, connect
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import ORACLES, Deployment, Entry, kind_of, read_record, record_path
from oracle.chain.events import event
from oracle.chain.log_search import found_logs
from oracle.engines.registry import LEDGERS
from oracle.errors import DeploymentDiffers, DeploymentError

_WIRES = {"ORACLE": "oracle", "CONTROLLER": "controller"}  # getter: which of `Addresses`


@dataclass(frozen=True)
class Verified:
    """A deployment that is as its record says."""

    contracts: dict[str, int]  # bytes of code by name
    values: int  # of constructors, that the record has
    unrecorded: tuple[str, ...]  # that it does not have, of old records
    nodes: int
    now: dict[str, str]  # what the owner may have changed, as it is now
    changed: tuple[str, ...]  # of these, what is not as it was deployed

    def lines(self) -> list[str]:
        """For people."""
        told = [f"{name:22}{size:>7} bytes of code as compiled" for name, size in self.contracts.items()]
        told.append(f"{'constructors':22}{self.values:>7} values as recorded")
        if self.unrecorded:
            told.append(f"{'':22}{len(self.unrecorded):>7} not in the record: {', '.join(self.unrecorded)}")
        told.append(f"{'nodes':22}{self.nodes:>7} registered as recorded")
        for name, value in self.now.items():
            told.append(f"{name:22}{value}{' (changed since)' if name in self.changed else ''}")
        return told


def run_verify_deployment(rpc: str, deployments: Path, *, as_json: bool) -> str:
    """What `catalyst verify-deployment` prints.

    Raises:
        DeploymentDiffers: as of `verify_deployment`.
        InputError: the node does not answer, or the record cannot be read or is of another chain.
    """
    chain = connect(rpc)
    found = verify_deployment(chain, read_record(chain, record_path(chain, deployments)))
    return json.dumps(found.__dict__) if as_json else "\n".join(found.lines())


def verify_deployment(chain: Chain, record: Deployment) -> Verified:
    """See that each contract of a record is on the chain as compiled, constructed and wired as the record says.

    The code is compared byte for byte outside the immutables. These are what the constructor made of its arguments,
    and the transaction that created the contract shows both: it must carry the compiled constructor and arguments that
    the record says. The node is believed on what its answers are; several nodes can be asked, one after the other.

    Raises:
        DeploymentDiffers: says the first difference.
        DeploymentError: the record is of no complete deployment.
    """
    addresses = record.addresses()
    sizes, values = {}, []
    for name, entry in record.contracts.items():
        sizes[name] = _check_code(chain, name, entry)
        values += _check_constructor(chain, name, entry, record)
    contracts = Contracts(chain, addresses)
    for name, entry in record.contracts.items():
        _check_wires(ContractCalls(chain, kind_of(name), entry.address), record)
    nodes = _check_nodes(chain, record, contracts)
    now = _now(contracts)
    _check_owner(contracts, record)
    return Verified(
        contracts=sizes,
        values=sum(value.wanted is not None for value in values),
        unrecorded=tuple(dict.fromkeys(value.name for value in values if value.wanted is None)),
        nodes=nodes,
        now=now,
        changed=tuple(name for name, value in now.items() if record.options.get(name, value) != value),
    )


def _check_code(chain: Chain, name: str, entry: Entry) -> int:
    if entry.block_number is None:
        raise DeploymentError(f"{name} was sent and not seen mined; run `catalyst deploy` again with the same options")
    code = chain.code(entry.address)
    if not code:
        raise DeploymentDiffers(f"{name}: there is no code at {entry.address}, where the record has it")
    at = first_difference(kind_of(name), code)
    if at is not None:
        raise DeploymentDiffers(
            f"{name}: the code at {entry.address} is not what this version compiles to, from byte {at} on; check out "
            "the version that deployed it, and if you have it, trust nothing at that address"
        )
    return len(code)


def _check_constructor(chain: Chain, name: str, entry: Entry, record: Deployment) -> list[Value]:
    shown = f"0x{entry.transaction_hash.hex()}"
    sent, receipt = chain.calldata(entry.transaction_hash), chain.receipt(entry.transaction_hash)
    if sent is None or receipt is None:
        raise DeploymentDiffers(
            f"{name}: the node has no transaction {shown}, which made it by the record; if another node, which keeps "
            "old ones, has none either, the record is wrong"
        )
    made = receipt.get("contractAddress")
    if made is None or Web3.to_checksum_address(made) != entry.address:
        raise DeploymentDiffers(f"{name}: transaction {shown} made {made}, and the record has {entry.address}")
    if receipt["blockNumber"] != entry.block_number:
        raise DeploymentDiffers(
            f"{name}: it was made in block {receipt['blockNumber']}, and the record has {entry.block_number}"
        )
    kind = kind_of(name)
    arguments = _arguments(name, kind, sent)
    terms = LEDGERS[kind].read(ContractCalls(chain, kind, entry.address)) if kind in LEDGERS else None
    values = constructed(name, arguments, record, terms)
    for value in values:
        if value.wanted is not None and value.found != value.wanted:
            raise DeploymentDiffers(
                f"{name}: its constructor got {value.name} {value.found}, and the record has {value.wanted}"
            )
    return values


def _arguments(name: str, kind: str, sent: bytes) -> tuple[Any, ...]:
    """Arguments of the constructor that a transaction carries, addresses checksummed."""
    compiled = artefact(kind)
    creation = bytes.fromhex(compiled["bytecode"][2:])
    if not sent.startswith(creation):
        raise DeploymentDiffers(f"{name}: the transaction that made it does not run the constructor of this version")
    inputs: list[Any] = next((e["inputs"] for e in compiled["abi"] if e["type"] == "constructor"), [])
    types, tail = [collapse_if_tuple(item) for item in inputs], sent[len(creation) :]
    try:
        values = decode(types, tail)
    except DecodingError:
        values = None
    if values is None or encode(types, values) != tail:
        raise DeploymentDiffers(f"{name}: its constructor got arguments that are none of it")
    return tuple(_checksummed(value) for value in values)


def _checksummed(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(_checksummed(each) for each in value)
    return Web3.to_checksum_address(value) if isinstance(value, str) and Web3.is_address(value) else value


def _check_wires(calls: ContractCalls, record: Deployment) -> None:
    """What a contract answers of those that it calls, as its immutables hold them."""
    names = {entry["name"] for entry in artefact(calls.name)["abi"] if entry["type"] == "function"}
    for getter, which in _WIRES.items():
        if getter in names:
            found, wanted = calls.read(getter), getattr(record.addresses(), which)
            if found != wanted:
                raise DeploymentDiffers(f"{calls.name} at {calls.address} calls the {which} {found}, not {wanted}")


def _check_nodes(chain: Chain, record: Deployment, contracts: Contracts) -> int:
    """The nodes that the deployment registered, from their events; those that came later are not looked at."""
    wanted = record.options.get("--nodes")
    count = contracts.node_count()
    if wanted is None:
        return count
    if count < int(wanted):
        raise DeploymentDiffers(
            f"the registry holds {count} nodes, and the record has {wanted}; run `catalyst deploy` again with the same "
            "options to register the rest"
        )
    registered = _registered(chain, record, contracts, int(wanted))
    theta0 = {decimal(theta0_wad) for _, theta0_wad in registered}
    found = {"--miners": hash_of_miners([miner for miner, _ in registered]), "--theta0": ", ".join(sorted(theta0))}
    for option, is_ in found.items():
        recorded = record.options.get(option, is_)
        if recorded != is_:
            raise DeploymentDiffers(f"nodes were registered with {option} {is_}, and the record has {recorded}")
    return int(wanted)


def _registered(chain: Chain, record: Deployment, contracts: Contracts, wanted: int) -> list[tuple[str, int]]:
    kind = next(name for name in ORACLES if name in record.contracts)
    known, first = event(kind, "NodeRegistered"), record.contracts[kind].block_number
    assert first is not None  # noqa: S101 - its code was seen
    found: list[tuple[str, int]] = []
    for _, log in found_logs(chain, contracts.addresses.oracle, [known.topic], first, chain.head()):
        says = known.arguments(log)
        if says["node"] != len(found):
            break
        found.append((says["miner"], says["theta0Wad"]))
        if len(found) == wanted:
            return found
    raise DeploymentDiffers(f"the node has no event of the registration of node {len(found)}; ask another node")


def _now(contracts: Contracts) -> dict[str, str]:
    """What the owner can change."""
    state, pending = contracts.oracle_state(), contracts.pending_owner()
    offered = "" if pending is None else f", which offers its place to {pending}"
    return {
        "--operator": ", ".join(state.operators),
        "--threshold": str(state.threshold),
        "--guardian": contracts.guardian(),
        "--phi": f"model hash 0x{state.model_hash.hex()}",
        BOUNDS: bounds_shown(*contracts.theta_bounds(contracts.chain.head())),
        LIMITS: limits_shown(state.limits),
        "owner": contracts.owner() + offered,
    }


def _check_owner(contracts: Contracts, record: Deployment) -> None:
    timelock = record.contracts.get(TIMELOCK)
    wanted = record.options.get("--key-file") if timelock is None else timelock.address
    owner = contracts.owner()
    if wanted is not None and owner != wanted:
        raise DeploymentDiffers(f"the owner is {owner}, and by the record it is {wanted}")
