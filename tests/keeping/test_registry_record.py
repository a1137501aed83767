"""The record of a registry: written beside that of the consensus, created once, and joined for who reads both."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account

from oracle.agreements.deployment import agreements_path, deploy_agreements
from oracle.agreements.sending import Sender
from oracle.chain.deployment import Entry, deployment_path, new_deployment, with_applications
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.errors import DeploymentError
from oracle.keeping.registry import RegistryClient, deploy_registry, registry_path
from oracle.keeping.terms import RegistrySetup

SETUP = RegistrySetup("0x" + "ab" * 20)


@pytest.fixture
def owned() -> Iterator[OwnedBlocks]:
    chain = start_chain("anvil")
    yield chain
    chain.close()


def _sender(owned: OwnedBlocks) -> Sender:
    return Sender(owned.chain, Account.from_key(owned.faucet_key), mine=lambda: owned.next_block(10))


def test_a_registry_is_created_once_and_held_to_its_setup(owned: OwnedBlocks, tmp_path: Path) -> None:
    path = registry_path(tmp_path, owned.chain)
    address = deploy_registry(_sender(owned), SETUP, path)
    assert RegistryClient(owned.chain, address).setup.samples == SETUP.samples
    head = owned.chain.head()
    assert deploy_registry(_sender(owned), SETUP, path) == address
    assert owned.chain.head() == head
    with pytest.raises(DeploymentError, match=r"whose setup is another .* --deployments"):
        deploy_registry(_sender(owned), replace(SETUP, samples=5), path)


def test_who_reads_the_consensus_finds_what_is_built_on_it(owned: OwnedBlocks, tmp_path: Path) -> None:
    consensus = new_deployment(owned.chain, deployment_path(tmp_path, owned.chain))
    assert with_applications(consensus) == consensus.as_json()
    registry = deploy_registry(_sender(owned), SETUP, registry_path(tmp_path, owned.chain))
    agreements = agreements_path(tmp_path, owned.chain)
    book = deploy_agreements(_sender(owned), agreements, with_money=False).book
    joined = with_applications(consensus)["contracts"]
    assert {name: joined[name]["address"] for name in ("PlanBook", "StorageRegistry")} == {
        "PlanBook": book,
        "StorageRegistry": registry,
    }
    # A record of another chain, left in the folder, adds nothing; one that cannot be read is named.
    raw = json.loads(agreements.read_text())
    agreements.write_text(json.dumps(raw | {"genesisHash": "0x" + "22" * 32}))
    assert "PlanBook" not in with_applications(consensus)["contracts"]
    agreements.write_text("{")
    with pytest.raises(DeploymentError, match=r"agreements\.json cannot be read"):
        with_applications(consensus)


def test_no_record_beside_it_replaces_a_consensus_contract(owned: OwnedBlocks, tmp_path: Path) -> None:
    consensus = new_deployment(owned.chain, deployment_path(tmp_path, owned.chain))
    deploy_registry(_sender(owned), SETUP, registry_path(tmp_path, owned.chain))
    beside = json.loads(registry_path(tmp_path, owned.chain).read_text())
    own = "0x" + "11" * 20
    consensus.contracts["PhiOracle"] = Entry(own, bytes(32), 1)
    beside["contracts"]["PhiOracle"] = beside["contracts"]["StorageRegistry"]
    registry_path(tmp_path, owned.chain).write_text(json.dumps(beside))
    assert with_applications(consensus)["contracts"]["PhiOracle"]["address"] == own
