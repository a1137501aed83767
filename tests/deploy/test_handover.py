"""`catalyst deploy --timelock-seconds` hands over once, whenever a run ends and however often it is run again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from deploy.consensus import deploy_consensus
from deploy.deployer import Deployer
from deploy.options import DeployOptions
from deploy.verification import verify_deployment
from oracle.chain.connection import Chain
from oracle.chain.deployment import Deployment, deployment_path, load_deployment, new_deployment
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.control.choice import FEEDBACK
from oracle.errors import DeploymentError, SettingsError
from oracle.workload.calls import workload_accounts
from oracle.workload.funding import fund

OPERATORS = tuple(account.address for account in workload_accounts(b"operators", 3))
GUARDIAN, STRANGER = workload_accounts(b"handed over", 2)
TRANSACTIONS = 5  # two contracts, nodes, the offer of ownership, the timelock


class _Killed(Exception):
    pass


@pytest.fixture(params=["eth-tester", "anvil"])
def owned(request: pytest.FixtureRequest) -> Iterator[OwnedBlocks]:
    chain = start_chain(request.param)
    yield chain
    chain.close()


@pytest.fixture
def embedded() -> OwnedBlocks:
    return start_chain("eth-tester")


def _options(owner: LocalAccount, folder: Path, **changes: object) -> DeployOptions:
    asked: dict[str, object] = {
        "chain": None,
        "rpc": "http://127.0.0.1:1",  # the tests bring their own connection
        "deployer": owner,
        "deployments": folder,
        "nodes": 3,
        "threshold": 2,
        "operators": OPERATORS,
        "guardian": GUARDIAN.address,
        "miners_file": None,
        "theta0": "0.5",
        "interval_seconds": 10,
        "half_life_seconds": 2880,
        "hashes_per_block": 65536,
        "ledger_capacity": None,
        "confirmations": None,
        "engine": "pow",
        "stake_token": None,
        "engine_options": {},
        "unsteered": True,
        "paged": False,
        "preflight": False,
        "feeds": False,
        "node_feeds": (),
        "phi": FEEDBACK,
        "bundle": None,
        "timelock_seconds": 7200,
    }
    return DeployOptions(**(asked | changes))  # type: ignore[arg-type]


def _owner(owned: OwnedBlocks) -> LocalAccount:
    owner: LocalAccount = Account.from_key(owned.faucet_key)
    return owner


def _deploy(owned: OwnedBlocks, folder: Path, **changes: object) -> Deployment:
    """One run of the command, on this connection."""
    owner, path = _owner(owned), deployment_path(folder, owned.chain)
    record = load_deployment(owned.chain, path) if path.exists() else new_deployment(owned.chain, path)
    steps = Deployer(owned.chain, owner, record, lambda: owned.next_block(10))
    deploy_consensus(steps, _options(owner, folder, **changes).plan(owner.address))
    return record


def test_ownership_is_the_timelocks_and_a_second_run_changes_nothing(owned: OwnedBlocks, tmp_path: Path) -> None:
    record = _deploy(owned, tmp_path)
    found = verify_deployment(owned.chain, record)
    assert found.now["owner"] == record.contracts["OwnerTimelock"].address
    head, nonce = owned.chain.head(), owned.chain.nonce(_owner(owned).address)
    assert nonce == TRANSACTIONS
    again = _deploy(owned, tmp_path)
    assert (owned.chain.head(), again.contracts) == (head, record.contracts)


@pytest.mark.parametrize("moment", ["before sending", "sent and never mined here", "mined"])
@pytest.mark.parametrize("transactions", range(TRANSACTIONS))
def test_a_run_that_is_killed_at_any_transaction_is_run_again_and_doubles_nothing(
    embedded: OwnedBlocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactions: int, moment: str
) -> None:
    send_raw, left = Chain.send_raw, [transactions]

    def killed(chain: Chain, raw: bytes, transaction_hash: bytes) -> None:
        if left[0] == 0:
            if moment != "before sending":
                send_raw(chain, raw, transaction_hash)
            if moment == "mined":
                embedded.next_block(10)
            raise _Killed
        left[0] -= 1
        send_raw(chain, raw, transaction_hash)

    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send_raw", killed)
        with pytest.raises(_Killed):
            _deploy(embedded, tmp_path)
    if moment == "sent and never mined here":
        embedded.next_block(10)  # while nobody looked
    record = _deploy(embedded, tmp_path)
    assert embedded.chain.nonce(_owner(embedded).address) == TRANSACTIONS
    assert verify_deployment(embedded.chain, record).now["owner"] == record.contracts["OwnerTimelock"].address


def test_something_else_sent_between_offer_and_timelock_costs_one_more_offer(
    embedded: OwnedBlocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The offer was to the address that the next contract was to have, which is another's now."""
    call = Deployer.call

    def offer_and_end(steps: Deployer, name: str, function: str, *arguments: object, nonce: int | None = None) -> None:
        call(steps, name, function, *arguments, nonce=nonce)
        if function == "transferOwnership":
            raise _Killed

    with monkeypatch.context() as patched:
        patched.setattr(Deployer, "call", offer_and_end)
        with pytest.raises(_Killed):
            _deploy(embedded, tmp_path)
    fund(embedded.chain, _owner(embedded), [STRANGER], 10**18, lambda: embedded.next_block(10))
    record = _deploy(embedded, tmp_path)
    assert embedded.chain.nonce(_owner(embedded).address) == TRANSACTIONS + 2
    assert verify_deployment(embedded.chain, record).now["owner"] == record.contracts["OwnerTimelock"].address


def test_a_deployment_without_a_timelock_can_be_handed_over_later(embedded: OwnedBlocks, tmp_path: Path) -> None:
    first = _deploy(embedded, tmp_path, timelock_seconds=None)
    assert verify_deployment(embedded.chain, first).now["owner"] == _owner(embedded).address
    later = _deploy(embedded, tmp_path)
    assert later.addresses() == first.addresses()
    assert verify_deployment(embedded.chain, later).now["owner"] == later.contracts["OwnerTimelock"].address


def test_another_delay_or_another_key_is_refused(embedded: OwnedBlocks, tmp_path: Path) -> None:
    _deploy(embedded, tmp_path)
    with pytest.raises(DeploymentError, match="--timelock-seconds 7200, and 7300 is asked for"):
        _deploy(embedded, tmp_path, timelock_seconds=7300)
    owner = _owner(embedded)
    record = load_deployment(embedded.chain, deployment_path(tmp_path, embedded.chain))
    steps = Deployer(embedded.chain, STRANGER, record, lambda: embedded.next_block(10))
    with pytest.raises(DeploymentError, match=f"--key-file {owner.address}, and {STRANGER.address} is asked for"):
        deploy_consensus(steps, _options(STRANGER, tmp_path).plan(STRANGER.address))


def test_refuses_a_guardian_that_deploys_and_a_delay_out_of_bounds(embedded: OwnedBlocks, tmp_path: Path) -> None:
    owner = _owner(embedded)
    for guardian in (None, owner.address):
        with pytest.raises(SettingsError, match="needs a --guardian that is not the account that deploys"):
            _options(owner, tmp_path, guardian=guardian)
    for seconds in (3599, 30 * 86_400 + 1):
        with pytest.raises(SettingsError, match=rf"--timelock-seconds {seconds} is outside \[3600, 2592000\]"):
            _options(owner, tmp_path, timelock_seconds=seconds)
