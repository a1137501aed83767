"""`catalyst verify-deployment` finds what a record, the code, a constructor or a wire has other than it should be."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from deploy.consensus import deploy_consensus
from deploy.deployer import Deployer
from deploy.options import DeployOptions
from deploy.verification import verify_deployment
from oracle.chain.anvil import AnvilChain
from oracle.chain.artefacts import artefact
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import Deployment, Entry, deployment_path, new_deployment
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.control.choice import FEEDBACK
from oracle.errors import DeploymentDiffers, DeploymentError
from oracle.workload.calls import workload_accounts
from tests.cli.started import end_here

OPERATORS = tuple(account.address for account in workload_accounts(b"operators", 3))
(GUARDIAN,) = workload_accounts(b"guardian", 1)
OTHER = "0x" + "11" * 20


@dataclass
class Site:
    """A deployment with everything that `catalyst deploy` deploys."""

    anvil: AnvilChain
    owner: LocalAccount
    record: Deployment
    steps: Deployer


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    owner = Account.from_key(anvil.faucet_key)
    folder = tmp_path_factory.mktemp("deployments")
    options = DeployOptions(
        chain=None,
        rpc=anvil.url,
        deployer=owner,
        deployments=folder,
        nodes=5,
        threshold=2,
        operators=OPERATORS,
        guardian=GUARDIAN.address,
        miners_file=None,
        theta0="0.5",
        interval_seconds=10,
        half_life_seconds=2880,
        hashes_per_block=65536,
        ledger_capacity=100,
        confirmations=None,
        engine="pos",
        stake_token=None,
        engine_options={},
        unsteered=True,
        paged=False,
        preflight=True,
        feeds=True,
        node_feeds=(3,),
        phi=FEEDBACK,
        bundle=None,
        timelock_seconds=7200,
    )

    def mine() -> None:
        anvil.produce_block(anvil.chain.timestamp(anvil.chain.head()) + 10)

    record = new_deployment(anvil.chain, deployment_path(folder, anvil.chain))
    steps = Deployer(anvil.chain, owner, record, mine)
    deploy_consensus(steps, options.plan(owner.address))
    yield Site(anvil, owner, record, steps)
    anvil.close()


@pytest.fixture
def record(site: Site) -> Deployment:
    """A copy of the record, to tamper with."""
    return replace(site.record, contracts=copy.deepcopy(site.record.contracts), options=dict(site.record.options))


@pytest.fixture
def code(site: Site) -> Iterator[dict[str, bytes]]:
    """Code that is put to addresses, and what was there is put back."""
    put: dict[str, bytes] = {}
    yield put
    for address, before in put.items():
        site.anvil.chain.request("anvil_setCode", [address, "0x" + before.hex()])


def _differs(site: Site, record: Deployment, says: str) -> None:
    with pytest.raises(DeploymentDiffers, match=says):
        verify_deployment(site.anvil.chain, record)


def test_a_deployment_is_as_its_record_says(site: Site, record: Deployment) -> None:
    found = verify_deployment(site.anvil.chain, record)
    assert set(found.contracts) == {
        *("PhiOracle", "DifficultyController", "ReportPreflight", "DifficultyFeed", "MeanThetaFeed"),
        *("NodeThetaFeed/3", "StakeLedger", "OwnerTimelock"),
    }
    assert all(
        size == len(artefact(name.partition("/")[0])["runtimeBytecode"]) // 2 - 1
        for name, size in found.contracts.items()
    )
    assert (found.unrecorded, found.nodes, found.changed) == ((), 5, ())
    assert found.now["owner"] == record.contracts["OwnerTimelock"].address


def test_every_option_of_the_record_is_held_against_the_chain(site: Site, record: Deployment) -> None:
    for option, value in site.record.options.items():
        if option == "--paged":
            continue  # which contract takes reports; that is in the contracts' names
        record.options[option] = str(int(value) + 1) if value.isdecimal() else value + "0"
        with pytest.raises(DeploymentDiffers):
            verify_deployment(site.anvil.chain, record)
        record.options[option] = value
    verify_deployment(site.anvil.chain, record)


def test_the_sentence_names_contract_option_and_both_values(site: Site, record: Deployment) -> None:
    record.options["--threshold"] = "3"
    _differs(site, record, "PhiOracle: its constructor got --threshold 2, and the record has 3")


def test_what_the_record_lacks_is_said(site: Site, record: Deployment) -> None:
    del record.options["limits"]
    found = verify_deployment(site.anvil.chain, record)
    assert found.unrecorded == ("limits",)
    assert any("not in the record: limits" in line for line in found.lines())


@pytest.mark.parametrize("name", ["PhiOracle", "StakeLedger", "NodeThetaFeed/3", "OwnerTimelock"])
def test_one_byte_of_the_code(site: Site, record: Deployment, code: dict[str, bytes], name: str) -> None:
    address = record.contracts[name].address
    code[address] = site.anvil.chain.code(address)
    changed = bytearray(code[address])
    changed[-1] ^= 1
    site.anvil.chain.request("anvil_setCode", [address, "0x" + changed.hex()])
    _differs(site, record, f"{name}: the code at {address} is not what .* from byte {len(changed) - 1} on")


def test_code_that_goes_on_or_ends_early(site: Site, record: Deployment, code: dict[str, bytes]) -> None:
    address = record.contracts["PhiOracle"].address
    code[address] = site.anvil.chain.code(address)
    for other in (code[address] + b"\0", code[address][:-1]):
        site.anvil.chain.request("anvil_setCode", [address, "0x" + other.hex()])
        _differs(site, record, "PhiOracle: the code")


def test_no_code(site: Site, record: Deployment) -> None:
    record.contracts["PhiOracle"].address = OTHER
    _differs(site, record, f"PhiOracle: there is no code at {OTHER}")


def test_two_contracts_in_each_others_place(site: Site, record: Deployment) -> None:
    first, second = record.contracts["DifficultyFeed"], record.contracts["MeanThetaFeed"]
    first.address, second.address = second.address, first.address
    _differs(site, record, "DifficultyFeed: the code at")


@pytest.mark.parametrize("name", ["DifficultyController", "ReportPreflight", "MeanThetaFeed", "StakeLedger"])
def test_an_immutable_that_leads_elsewhere(site: Site, record: Deployment, code: dict[str, bytes], name: str) -> None:
    """The code is equal outside the immutables, and so is the transaction that made it."""
    address, oracle = record.contracts[name].address, bytes.fromhex(record.contracts["PhiOracle"].address[2:])
    code[address] = site.anvil.chain.code(address)
    changed = code[address].replace(oracle, bytes.fromhex(OTHER[2:]))
    assert changed != code[address]
    site.anvil.chain.request("anvil_setCode", [address, "0x" + changed.hex()])
    _differs(site, record, f"{name} at {address} calls the oracle {OTHER}, not 0x")


def test_another_constructor_argument(site: Site, record: Deployment) -> None:
    """A controller of the same code, over another oracle."""
    steps = replace(site.steps, record=new_deployment(site.anvil.chain, None))
    steps.contract("DifficultyController", OTHER, 65536 * 5, 10, 2880)
    record.contracts["DifficultyController"] = steps.record.contracts["DifficultyController"]
    _differs(site, record, f"DifficultyController: its constructor got oracle {OTHER}, and the record has 0x")


def test_another_transaction(site: Site, record: Deployment) -> None:
    entry = record.contracts["MeanThetaFeed"]
    record.contracts["MeanThetaFeed"] = Entry(entry.address, record.contracts["PhiOracle"].transaction_hash, 1)
    _differs(site, record, f"MeanThetaFeed: transaction 0x.* made 0x.*, and the record has {entry.address}")
    record.contracts["MeanThetaFeed"] = Entry(entry.address, b"\x77" * 32, entry.block_number)
    _differs(site, record, "MeanThetaFeed: the node has no transaction 0x7777")


def test_another_block(site: Site, record: Deployment) -> None:
    entry = record.contracts["PhiOracle"]
    assert entry.block_number is not None
    entry.block_number += 1
    _differs(site, record, "PhiOracle: it was made in block 1, and the record has 2")


def test_another_owner(site: Site, record: Deployment) -> None:
    """A record without the timelock: the owner should be who deployed."""
    timelock = record.contracts.pop("OwnerTimelock")
    _differs(site, record, f"the owner is {timelock.address}, and by the record it is {site.owner.address}")


def test_a_deployment_that_is_not_finished_is_an_input_error(site: Site, record: Deployment) -> None:
    record.contracts["MeanThetaFeed"].block_number = None
    with pytest.raises(DeploymentError, match="MeanThetaFeed was sent and not seen mined; run `catalyst deploy` again"):
        verify_deployment(site.anvil.chain, record)


def test_the_command_says_what_it_found_and_ends_with_1_at_a_difference(
    site: Site, record: Deployment, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    replace(record, path=good).save()
    record.options["--theta0"] = "0.6"
    replace(record, path=bad).save()
    line = ["verify-deployment", "--rpc", site.anvil.url, "--deployments"]
    told, data, differs = end_here([[*line, str(good)], [*line, str(good), "--json"], [*line, str(bad)]], tmp_path)
    assert (told.code, data.code, differs.code) == (0, 0, 1), (told.err, data.err, differs.err)
    assert "bytes of code as compiled" in told.out
    assert json.loads(data.out)["nodes"] == 5
    (sentence,) = differs.err.splitlines()
    assert sentence == "catalyst: nodes were registered with --theta0 0.5, and the record has 0.6"
    assert Contracts(site.anvil.chain, record.addresses()).node_count() == 5
