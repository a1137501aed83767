"""An operator whose keys are with a remote signer: what it signs, and that nothing else is journalled or sent."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oracle.chain.remote_signer import remote_signers
from oracle.control.policy import PolicyController
from oracle.errors import AlreadySigned, SignerAway, SignerFailed
from oracle.model.bundle import Bundle
from oracle.report.signer import Signer
from oracle.report.signing import signer_of
from oracle.service.cycle import Cycle
from oracle.service.daemon import Daemon
from oracle.service.store import Store
from oracle.settings import OracleSettings
from oracle.workload.funding import fund
from tests.chain.signing_server import SigningServer, signing_server
from tests.small_network import OPERATORS, SETTINGS, Network


@pytest.fixture
def server(network: Network) -> Iterator[SigningServer]:
    """It holds two operators' keys, enough to report; the first pays."""
    fund(network.owned.chain, network.payer, [OPERATORS[0]], 10**18, network.blocks)
    with signing_server(OPERATORS[:2], network.owned.chain.chain_id) as made:
        yield made


def _keys(server: SigningServer) -> list[Signer]:
    return [*remote_signers(server.url, [each.address for each in OPERATORS[:2]])]


def _cycle(
    network: Network, bundle: Bundle, store: Store, keys: list[Signer], settings: OracleSettings = SETTINGS
) -> Cycle:
    return Cycle(
        chain=network.owned.chain,
        contracts=network.contracts,
        controller=PolicyController(bundle),
        operators=keys,
        submitter=keys[0],
        settings=settings,
        store=store,
    )


def _until_applied(network: Network, cycle: Cycle, epoch: int) -> None:
    for _ in range(30):
        cycle.step()
        if network.contracts.oracle_state().epoch >= epoch:
            return
        network.blocks()
    raise AssertionError(f"epoch {epoch} did not come")


def test_it_reports_and_each_document_is_signed_once(
    network: Network, bundle: Bundle, store: Store, server: SigningServer
) -> None:
    cycle = _cycle(network, bundle, store, _keys(server))
    _until_applied(network, cycle, 3)
    epochs = [document["message"]["epoch"] for document in server.documents]
    windows = {(document["message"]["epoch"], document["message"]["windowHash"]) for document in server.documents}
    assert len(epochs) == 2 * len(windows)  # by each key once for each window
    assert {1, 2, 3} <= set(epochs)
    for signed in store.signatures.of(2):
        assert signer_of(signed.digest, signed.signature) == signed.signer


def _nothing_happened(network: Network, store: Store, nonce: int) -> None:
    assert network.owned.chain.nonce(OPERATORS[0].address, pending=True) == nonce
    assert network.contracts.oracle_state().epoch == 0
    assert all(row.raw_transaction is None for row in store.latest(10))


def _spoilt(method: str, make: Any) -> Any:
    return lambda asked, result: make(result) if asked == method else result


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _: "0x" + "11" * 64 + "1b", id="other key"),
        pytest.param(lambda result: result[:66] + "ff" * 32 + result[130:], id="high s"),
        pytest.param(lambda _: "rubbish", id="rubbish"),
        pytest.param(lambda _: None, id="nothing"),
        pytest.param(lambda _: b'{"result": "0x' + b"0" * 100_000_000, id="100 MB"),
    ],
)
@pytest.mark.parametrize("method", ["eth_signTypedData", "eth_signTransaction"])
def test_what_it_did_not_ask_for_is_neither_journalled_nor_sent(
    network: Network, bundle: Bundle, store: Store, server: SigningServer, method: str, spoil: Any
) -> None:
    cycle = _cycle(network, bundle, store, _keys(server))
    nonce = network.owned.chain.nonce(OPERATORS[0].address)
    network.blocks(8)
    server.spoil = _spoilt(method, spoil)
    for _ in range(2):
        with pytest.raises(SignerFailed, match=f"signer {server.url}"):
            cycle.step()
    _nothing_happened(network, store, nonce)
    assert len(store.signatures.of(1)) == (0 if method == "eth_signTypedData" else 2)
    server.spoil = None
    _until_applied(network, cycle, 1)


def test_a_transaction_of_other_fields_is_not_sent(
    network: Network, bundle: Bundle, store: Store, server: SigningServer
) -> None:
    cycle = _cycle(network, bundle, store, _keys(server))
    nonce = network.owned.chain.nonce(OPERATORS[0].address)
    network.blocks(8)
    server.chain_id = 1
    with pytest.raises(SignerFailed, match=f"start it with --chain-id {network.owned.chain.chain_id}"):
        cycle.step()
    _nothing_happened(network, store, nonce)


def test_while_it_is_away_steps_fail_and_the_daemon_goes_on_by_itself(
    network: Network, bundle: Bundle, store: Store, server: SigningServer
) -> None:
    daemon = Daemon(_cycle(network, bundle, store, _keys(server)))
    network.blocks(8)
    server.away = True
    for _ in range(2):
        with pytest.raises(SignerAway, match=r"does not answer \(.*\); start it, or give --signer"):
            daemon.step()
    assert daemon.last_error is not None
    assert daemon.cycle.lookout.snapshot is not None  # readers see the chain as it is now
    assert daemon.cycle.lookout.snapshot.block == network.owned.chain.head()
    server.away = False
    _until_applied(network, daemon.cycle, 1)


def test_one_digest_is_signed_for_an_epoch_and_a_block_and_no_key_is_asked_for_a_second(
    network: Network, bundle: Bundle, store: Store, server: SigningServer
) -> None:
    network.blocks(8)
    keys = _keys(server)
    server.spoil = _spoilt("eth_signTransaction", lambda _: None)  # so that the report is not sent
    with pytest.raises(SignerFailed):
        _cycle(network, bundle, store, keys).step()
    assert len(server.documents) == 2
    kept = store.signatures.of(1)
    other = replace(SETTINGS, deadline_seconds=SETTINGS.deadline_seconds + 1)
    with pytest.raises(AlreadySigned, match="it signs no second one"):
        _cycle(network, bundle, store, keys, other).step()
    assert len(server.documents) == 2
    assert store.signatures.of(1) == kept


def test_after_a_restart_the_journal_gives_what_was_signed(
    network: Network, bundle: Bundle, server: SigningServer, tmp_path: Path
) -> None:
    network.blocks(8)
    store = network.store(tmp_path / "oracle.sqlite")
    server.spoil = _spoilt("eth_signTransaction", lambda _: None)
    with pytest.raises(SignerFailed, match="eth_signTransaction"):
        _cycle(network, bundle, store, _keys(server)).step()
    store.close()
    store = network.store(tmp_path / "oracle.sqlite")
    server.spoil = _spoilt("eth_signTypedData", lambda _: "asked again")
    _until_applied(network, _cycle(network, bundle, store, _keys(server)), 1)
    store.close()
