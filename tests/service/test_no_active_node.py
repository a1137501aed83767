"""What readers are told ahead of the first node's registration, on chains as they run."""

from collections.abc import Iterator
from dataclasses import astuple

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from deploy.deployer import Deployer
from deploy.parameters import (
    HALF_LIFE_SECONDS,
    HASHES_PER_BLOCK,
    INTERVAL_SECONDS,
    LIMITS,
    THETA_MAX_WAD,
    THETA_MIN_WAD,
)
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import new_deployment
from oracle.chain.owned import start_chain
from oracle.errors import ReadReverted
from oracle.service.snapshot import look

MODEL_HASH = bytes(31) + b"\x01"


@pytest.fixture(params=["eth-tester", "anvil"])
def empty(request: pytest.FixtureRequest) -> Iterator[Contracts]:
    """Contracts as they stand in the middle of a deployment: there, and without a node."""
    owned = start_chain(request.param)
    owner: LocalAccount = Account.from_key(owned.faucet_key)
    record = new_deployment(owned.chain, None)
    deployer = Deployer(owned.chain, owner, record, mine=lambda: owned.next_block(INTERVAL_SECONDS))
    settled = (THETA_MIN_WAD, THETA_MAX_WAD, owner.address, MODEL_HASH, [owner.address], 1, astuple(LIMITS))
    oracle = deployer.contract("PhiOracle", owner.address, *settled)
    deployer.contract("DifficultyController", oracle, HASHES_PER_BLOCK, INTERVAL_SECONDS, HALF_LIFE_SECONDS)
    yield Contracts(owned.chain, record.addresses())
    owned.close()


def test_without_an_active_node_the_snapshot_has_no_difficulty(empty: Contracts) -> None:
    snapshot = look(empty.chain, empty, None)
    assert snapshot is not None
    assert snapshot.nodes.active == ()
    assert (snapshot.difficulty, snapshot.miners_difficulty, snapshot.problem) == (None, None, None)


def test_a_read_that_reverts_names_the_contracts_error(empty: Contracts) -> None:
    with pytest.raises(ReadReverted, match=r"DifficultyController\.current there: NoActiveNodes") as reverted:
        empty.difficulty(empty.chain.head())
    assert reverted.value.error == "NoActiveNodes"
