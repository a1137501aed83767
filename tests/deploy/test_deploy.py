"""Deployments: resumable, checked against the chain, on each kind of chain."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from deploy.consensus import deploy_consensus
from deploy.deployer import Deployer
from deploy.parameters import LIMITS, THETA_MAX_WAD, THETA_MIN_WAD, limits_for
from deploy.plan import ConsensusPlan
from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import Deployment, Entry, deployment_path, load_deployment, new_deployment
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.errors import ConnectionFailed, DeploymentError, SettingsError, TransactionFailed
from oracle.formulas.lanes import WAD
from oracle.workload.calls import workload_accounts

OPERATORS = [account.address for account in workload_accounts(b"operators", 3)]


@pytest.fixture(params=["eth-tester", "anvil"])
def owned(request: pytest.FixtureRequest) -> Iterator[OwnedBlocks]:
    chain = start_chain(request.param)
    yield chain
    chain.close()


# What does not depend on the kind of chain is done on the faster one.
ON_ANVIL = pytest.mark.parametrize("owned", ["anvil"], indirect=True)


def _plan(owned: OwnedBlocks, **changes: Any) -> ConsensusPlan:
    payer = Account.from_key(owned.faucet_key).address
    values: dict[str, Any] = {
        "miners": [payer] * 450,  # two batches
        "theta0_wad": WAD // 2,
        "theta_min_wad": THETA_MIN_WAD,
        "theta_max_wad": THETA_MAX_WAD,
        "operators": OPERATORS,
        "threshold": 2,
        "guardian": payer,
        "model_hash": b"\x01" * 32,
        "limits": LIMITS,
        "hashes_per_block": 1000,
        "interval_seconds": 10,
        "half_life_seconds": 2880,
    }
    return ConsensusPlan(**(values | changes))


def _deployer(owned: OwnedBlocks, record: Deployment) -> Deployer:
    return Deployer(owned.chain, Account.from_key(owned.faucet_key), record, mine=lambda: owned.next_block(10))


def _check(contracts: Contracts, nodes: int) -> None:
    head = contracts.chain.head()
    assert contracts.nodes(head).count == nodes
    assert contracts.difficulty().sum_exp_wad == nodes * WAD
    assert contracts.anchor.difficulty == 1000 * nodes
    state = contracts.oracle_state()
    assert (state.operators, state.threshold, state.limits) == (tuple(OPERATORS), 2, LIMITS)


def test_a_deployment_sets_up_contracts_nodes_and_committee(owned: OwnedBlocks, tmp_path: Path) -> None:
    record = new_deployment(owned.chain, deployment_path(tmp_path, owned.chain))
    _check(deploy_consensus(_deployer(owned, record), _plan(owned)), 450)
    loaded = load_deployment(owned.chain, deployment_path(tmp_path, owned.chain))
    assert loaded == record


def test_running_again_changes_nothing(owned: OwnedBlocks, tmp_path: Path) -> None:
    path = deployment_path(tmp_path, owned.chain)
    first = deploy_consensus(_deployer(owned, new_deployment(owned.chain, path)), _plan(owned))
    head, text = owned.chain.head(), path.read_text()
    again = deploy_consensus(_deployer(owned, load_deployment(owned.chain, path)), _plan(owned))
    assert again.addresses == first.addresses
    assert (owned.chain.head(), path.read_text()) == (head, text)


@ON_ANVIL
def test_what_the_owner_changed_is_left_and_said(
    owned: OwnedBlocks, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = deployment_path(tmp_path, owned.chain)
    small = {"miners": OPERATORS * 2}
    deploy_consensus(_deployer(owned, new_deployment(owned.chain, path)), _plan(owned, **small))
    head = owned.chain.head()
    # As if the owner had set them: a new deployment has other limits and bounds.
    other = {"limits": limits_for(60), "theta_min_wad": 2 * THETA_MIN_WAD}
    deploy_consensus(_deployer(owned, load_deployment(owned.chain, path)), _plan(owned, **(small | other)))
    assert owned.chain.head() == head
    assert "the owner has set max_age_seconds to 600, where a new deployment has 3600" in caplog.text
    assert "the owner has set the bounds on theta to [0.1, 1]" in caplog.text


@pytest.mark.parametrize("moment", [1, 2], ids=["on its way", "mined"])
@ON_ANVIL
def test_an_interrupted_deployment_is_held_to_its_options(
    owned: OwnedBlocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    path = deployment_path(tmp_path, owned.chain)
    send_raw, sent = Chain.send_raw, [0]

    def cut_off(chain: Chain, raw: bytes, transaction_hash: bytes) -> None:
        sent[0] += 1
        if sent[0] == 2:  # the oracle is mined, the controller never sent
            raise _Interrupted
        send_raw(chain, raw, transaction_hash)
        if moment == 1:
            owned.next_block(10)
            raise _Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send_raw", cut_off)
        with pytest.raises(_Interrupted):
            deploy_consensus(_deployer(owned, new_deployment(owned.chain, path)), _plan(owned))
    with pytest.raises(DeploymentError, match="--interval-seconds 10, and 12 is asked for"):
        deploy_consensus(_deployer(owned, load_deployment(owned.chain, path)), _plan(owned, interval_seconds=12))
    _check(deploy_consensus(_deployer(owned, load_deployment(owned.chain, path)), _plan(owned)), 450)


@ON_ANVIL
def test_a_deployment_that_reverted_can_be_run_again(owned: OwnedBlocks, tmp_path: Path) -> None:
    path = deployment_path(tmp_path, owned.chain)
    with pytest.raises(TransactionFailed, match="deploy PhiOracle"):
        twice = _plan(owned, operators=[OPERATORS[0]] * 2)
        deploy_consensus(_deployer(owned, new_deployment(owned.chain, path)), twice)
    _check(deploy_consensus(_deployer(owned, load_deployment(owned.chain, path)), _plan(owned)), 450)


@ON_ANVIL
def test_a_deployment_whose_transaction_the_node_forgot_goes_on_from_its_code(
    owned: OwnedBlocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deployment_path(tmp_path, owned.chain)
    first = deploy_consensus(_deployer(owned, new_deployment(owned.chain, path)), _plan(owned))
    record = load_deployment(owned.chain, path)
    entry = record.contracts["PhiOracle"]
    record.contracts["PhiOracle"] = Entry(entry.address, b"\x77" * 32, None)  # a hash that the node does not have
    again = deploy_consensus(_deployer(owned, record), _plan(owned))
    assert again.addresses == first.addresses
    assert load_deployment(owned.chain, path).addresses() == first.addresses


@ON_ANVIL
def test_a_batch_of_nodes_that_came_late_from_an_interrupted_run_is_not_registered_twice(
    owned: OwnedBlocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deployment_path(tmp_path, owned.chain)
    send_raw, node_count = Chain.send_raw, Contracts.node_count
    sent: list[bytes] = []

    def cut_off(chain: Chain, raw: bytes, transaction_hash: bytes) -> None:
        send_raw(chain, raw, transaction_hash)
        sent.append(raw)
        if len(sent) == 3:  # both contracts, then the first batch, which stays pending
            raise _Interrupted

    def count_and_let_it_come(contracts: Contracts) -> int:
        counted = node_count(contracts)
        owned.next_block(10)
        return counted

    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send_raw", cut_off)
        with pytest.raises(_Interrupted):
            deploy_consensus(_deployer(owned, new_deployment(owned.chain, path)), _plan(owned))
    with monkeypatch.context() as patched:
        patched.setattr(Contracts, "node_count", count_and_let_it_come)
        with pytest.raises(ConnectionFailed):  # the nonce is used: nothing is registered
            deploy_consensus(_deployer(owned, load_deployment(owned.chain, path)), _plan(owned))
    _check(deploy_consensus(_deployer(owned, load_deployment(owned.chain, path)), _plan(owned)), 450)


def test_times_of_the_limits_follow_the_interval() -> None:
    assert (limits_for(12).max_age_seconds, limits_for(12).relax_period_seconds) == (720, 120)


class _Interrupted(Exception):
    pass


@pytest.mark.parametrize("transactions", range(4))
@pytest.mark.parametrize("moment", ["before sending", "after sending"])
@ON_ANVIL
def test_an_interrupted_deployment_goes_on_where_it_stopped(
    owned: OwnedBlocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactions: int, moment: str
) -> None:
    path = deployment_path(tmp_path, owned.chain)
    left = [transactions]
    send_raw = Chain.send_raw

    def cut_off(chain: Chain, raw: bytes, transaction_hash: bytes) -> None:
        if left[0] == 0:
            if moment == "after sending":
                send_raw(chain, raw, transaction_hash)
                owned.next_block(10)
            raise _Interrupted
        left[0] -= 1
        send_raw(chain, raw, transaction_hash)

    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send_raw", cut_off)
        with pytest.raises(_Interrupted):
            deploy_consensus(_deployer(owned, new_deployment(owned.chain, path)), _plan(owned))
    record = load_deployment(owned.chain, path) if path.exists() else new_deployment(owned.chain, path)
    _check(deploy_consensus(_deployer(owned, record), _plan(owned)), 450)
    # Two contracts, two batches: no step was done twice.
    assert owned.chain.nonce(Account.from_key(owned.faucet_key).address) == 4


def test_refuses_a_record_of_another_chain_id(owned: OwnedBlocks, tmp_path: Path) -> None:
    path = deployment_path(tmp_path, owned.chain)
    new_deployment(owned.chain, path).save()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"chainId": 5}))
    with pytest.raises(DeploymentError, match=f"is of chain id 5 but .* has chain id {owned.chain.chain_id}"):
        load_deployment(owned.chain, path)


def test_refuses_a_record_of_another_chain_with_the_same_id(owned: OwnedBlocks, tmp_path: Path) -> None:
    path = deployment_path(tmp_path, owned.chain)
    new_deployment(owned.chain, path).save()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"genesisHash": "0x" + "00" * 32}))
    with pytest.raises(DeploymentError, match="genesis block differs"):
        load_deployment(owned.chain, path)


def test_refuses_a_record_whose_code_is_not_on_the_chain(owned: OwnedBlocks, tmp_path: Path) -> None:
    path = deployment_path(tmp_path, owned.chain)
    deploy_consensus(_deployer(owned, new_deployment(owned.chain, path)), _plan(owned, miners=["0x" + "11" * 20]))
    raw = json.loads(path.read_text())
    raw["contracts"]["PhiOracle"]["address"] = raw["contracts"]["DifficultyController"]["address"]
    path.write_text(json.dumps(raw))
    with pytest.raises(DeploymentError, match="names PhiOracle"):
        load_deployment(owned.chain, path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"chainId": 1, "genesisHash": "0x", "contracts": [1]}'])
def test_refuses_a_record_that_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "1.json"
    path.write_text(text)
    with pytest.raises(DeploymentError, match="cannot be read"):
        load_deployment(start_chain("eth-tester").chain, path)


@ON_ANVIL
def test_a_reverted_step_is_an_error_that_names_it(owned: OwnedBlocks, tmp_path: Path) -> None:
    bad = _plan(owned, theta_min_wad=2, theta_max_wad=1)
    with pytest.raises(TransactionFailed, match="deploy PhiOracle"):
        deploy_consensus(_deployer(owned, new_deployment(owned.chain, None)), bad)


@ON_ANVIL
def test_refuses_a_half_life_shorter_than_the_interval(
    owned: OwnedBlocks,
) -> None:
    assert _plan(owned, interval_seconds=10, half_life_seconds=10).half_life_seconds == 10
    with pytest.raises(SettingsError, match=r"--half-life-seconds 9 is shorter than --interval-seconds 10: .* 2880"):
        _plan(owned, interval_seconds=10, half_life_seconds=9)


@pytest.mark.parametrize(("size", "threshold"), [(3, 4), (3, 0), (3, 1), (4, 2), (0, 1), (32, 17)])
@ON_ANVIL
def test_refuses_a_committee_that_cannot_work(owned: OwnedBlocks, size: int, threshold: int) -> None:
    operators = [account.address for account in workload_accounts(b"many", size)]
    with pytest.raises(SettingsError, match="committee"):
        _plan(owned, operators=operators, threshold=threshold)
