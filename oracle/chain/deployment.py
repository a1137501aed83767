"""The deployment record: `deployments/<chainId>.json`, where the contracts of one chain are.

{"chainId": 31337, "genesisHash": "0x…",
 "options": {"--nodes": "100", …},
 "contracts": {"PhiOracle": {"address": "0x…", "transactionHash": "0x…", "blockNumber": 7}}}

An entry is written before its transaction is sent, `blockNumber` null, and again once it is mined: an interrupted
deployment knows what it may have sent. `options` is what the first run was asked for, by option: of an unfinished
deployment, and of what nobody can read from the contracts, a later run is held to it. A contract of which there may be
several is named with what sets it apart, as `NodeThetaFeed/7`.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from web3 import Web3

from oracle.chain.artefacts import runtime_matches
from oracle.chain.connection import Chain
from oracle.chain.contracts import Addresses
from oracle.errors import DeploymentError
from oracle.output import write_whole, writing

ORACLES = ("PhiOracle", "PagedPhiOracle")  # one of them
# What is built on the consensus: records of their own beside it, `deployments/<chainId>.agreements.json` and so on.
Application = Literal["agreements", "routes", "storage"]
_LEDGER = "Ledger"  # how the names of ledgers end; at most one is deployed


@dataclass
class Entry:
    """One contract."""

    address: str
    transaction_hash: bytes  # 32 bytes
    block_number: int | None


@dataclass(frozen=True)
class DeployedLedger:
    """A ledger that is on the chain."""

    contract: str  # its name
    address: str
    block_number: int


@dataclass
class Deployment:
    """What is deployed on one chain, and the file that says so; no file where `path` is None."""

    path: Path | None
    chain_id: int
    genesis_hash: bytes  # 32 bytes
    contracts: dict[str, Entry] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The file's content."""
        return {
            "chainId": self.chain_id,
            "genesisHash": "0x" + self.genesis_hash.hex(),
            "options": self.options,
            "contracts": {
                name: {
                    "address": entry.address,
                    "transactionHash": "0x" + entry.transaction_hash.hex(),
                    "blockNumber": entry.block_number,
                }
                for name, entry in self.contracts.items()
            },
        }

    def save(self) -> None:
        """Write the file whole or not at all.

        Raises:
            WriteFailed: it cannot be written.
        """
        if self.path is None:
            return
        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, json.dumps(self.as_json(), indent=2) + "\n")

    def ledger(self) -> DeployedLedger | None:
        """The ledger of rounds; None where none is deployed."""
        for contract, entry in self.contracts.items():
            if contract.endswith(_LEDGER) and entry.block_number is not None:
                return DeployedLedger(contract, entry.address, entry.block_number)
        return None

    def is_complete(self) -> bool:
        """Whether the consensus contracts are all on chain."""
        return self._oracle() is not None and self._mined("DifficultyController") is not None

    def addresses(self) -> Addresses:
        """Where the consensus contracts are.

        Raises:
            DeploymentError: one is missing; names it.
        """
        oracle, controller = self._oracle(), self._mined("DifficultyController")
        if oracle is None or controller is None:
            missing = "PhiOracle" if oracle is None else "DifficultyController"
            raise DeploymentError(f"deployment file {self.path} has no {missing}; run `catalyst deploy` first")
        ledger = self.ledger()
        if ledger is None:
            return Addresses(oracle.address, controller.address)
        return Addresses(oracle.address, controller.address, ledger=ledger.address, ledger_contract=ledger.contract)

    def _oracle(self) -> Entry | None:
        return next((entry for name in ORACLES if (entry := self._mined(name)) is not None), None)

    def _mined(self, name: str) -> Entry | None:
        entry = self.contracts.get(name)
        return None if entry is None or entry.block_number is None else entry


def application_path(directory: Path, chain_id: int, application: Application) -> Path:
    """Where the record of an application's contracts is."""
    return directory / f"{chain_id}.{application}.json"


def with_applications(deployment: Deployment) -> dict[str, Any]:
    """The record with the contracts of all applications on the same chain whose records lie beside it.

    The consensus contracts' own entries stay as they are, whatever another record says.

    Raises:
        DeploymentError: a record beside it is unreadable.
    """
    joined = deployment.as_json()
    if deployment.path is None:
        return joined
    for application in get_args(Application):
        path = application_path(deployment.path.parent, deployment.chain_id, application)
        if path.exists():
            record = _read(path)
            if record.genesis_hash == deployment.genesis_hash and record.chain_id == deployment.chain_id:
                joined["contracts"] = record.as_json()["contracts"] | joined["contracts"]
    return joined


def new_deployment(chain: Chain, path: Path | None) -> Deployment:
    """The empty record of `chain`."""
    return Deployment(path=path, chain_id=chain.chain_id, genesis_hash=chain.genesis_hash)


def load_deployment(chain: Chain, path: Path) -> Deployment:
    """The record in `path`, checked against the chain.

    Raises:
        DeploymentError: the file is unreadable or malformed, is of another chain id or another chain with the same id,
            or names a contract whose code is not on the chain.
    """
    record = read_record(chain, path)
    for name, entry in record.contracts.items():
        if entry.block_number is not None and not runtime_matches(kind_of(name), chain.code(entry.address)):
            raise DeploymentError(
                f"deployment file {path} names {name} at {entry.address} but the code there is not this version's; "
                "check out the version that deployed it, or remove the entry to deploy a new one"
            )
    return record


def read_record(chain: Chain, path: Path) -> Deployment:
    """The record in `path`, of which only the chain is checked.

    Raises:
        DeploymentError: the file is unreadable or malformed, or is of another chain id or another chain with the same
            id.
    """
    record = _read(path)
    if record.chain_id != chain.chain_id:
        raise DeploymentError(
            f"deployment file {path} is of chain id {record.chain_id} but {chain.name} has chain id {chain.chain_id}; "
            "give the RPC URL or the deployment file of the same chain"
        )
    if record.genesis_hash != chain.genesis_hash:
        raise DeploymentError(
            f"deployment file {path} is of another chain with id {chain.chain_id} (its genesis block differs); "
            "remove the file, or give --deployments another folder"
        )
    return record


def _read(path: Path) -> Deployment:
    try:
        raw = json.loads(path.read_text())
        return Deployment(
            path=path,
            chain_id=int(raw["chainId"]),
            genesis_hash=bytes.fromhex(raw["genesisHash"].removeprefix("0x")),
            contracts={
                name: Entry(
                    address=Web3.to_checksum_address(entry["address"]),
                    transaction_hash=bytes.fromhex(entry["transactionHash"].removeprefix("0x")),
                    block_number=None if entry["blockNumber"] is None else int(entry["blockNumber"]),
                )
                for name, entry in raw["contracts"].items()
            },
            options={str(option): str(value) for option, value in raw.get("options", {}).items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DeploymentError(
            f"deployment file {path} cannot be read: {type(error).__name__}: {error}; run `catalyst deploy`"
        ) from error


def find_deployment(chain: Chain, place: Path) -> Deployment:
    """As `load_deployment`, from a folder of records or from the record itself."""
    return load_deployment(chain, record_path(chain, place))


def record_path(chain: Chain, place: Path) -> Path:
    """Of the record of `chain`, in a folder of records or named itself."""
    return place if place.suffix == ".json" else deployment_path(place, chain)


def kind_of(name: str) -> str:
    """The contract that an entry of this name is of."""
    return name.partition("/")[0]


def deployment_path(directory: Path, chain: Chain) -> Path:
    """`<directory>/<chainId>.json`."""
    return directory / f"{chain.chain_id}.json"


def oracle_kind(record: Deployment) -> str:
    """Which contract takes reports.

    Raises:
        DeploymentError: none is deployed.
    """
    kind = next((name for name in ORACLES if name in record.contracts), None)
    if kind is None:
        raise DeploymentError(f"deployment file {record.path} has no PhiOracle; run `catalyst deploy` first")
    return kind
