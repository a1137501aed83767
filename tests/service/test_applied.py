"""Past epochs in the journal: read from the chain, undone with it, filled backwards, and why each says what it says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from oracle.control.attribution import attribute
from oracle.control.policy import PolicyController
from oracle.model.bundle import Bundle
from oracle.service import cycle as cycles
from oracle.service.cycle import Cycle
from oracle.service.journal_view import JournalView
from oracle.service.store import Store
from tests.small_network import Network

TOP = 2**63 - 1


@contextmanager
def _viewed(store: Store) -> Iterator[JournalView]:
    view = JournalView(store.path)
    yield view
    view.close()


def _known(store: Store) -> list[int]:
    with _viewed(store) as view:
        return [epoch.epoch for epoch in view.epochs(TOP, 100)]


def _until(network: Network, cycle: Cycle, epoch: int) -> None:
    for _ in range(40):
        if network.contracts.oracle_state().epoch >= epoch:
            break
        network.blocks()
        cycle.step()
    cycle.lookout.look()
    assert network.contracts.oracle_state().epoch == epoch


def test_an_epoch_that_a_reorganisation_undoes_is_forgotten_and_known_again_once_it_is_back(
    network: Network, bundle: Bundle, store: Store
) -> None:
    cycle, chain = network.cycle(bundle, store), network.owned.chain
    _until(network, cycle, 1)
    before = chain.request("evm_snapshot", [])
    _until(network, cycle, 2)
    assert _known(store) == [2, 1]
    assert chain.request("evm_revert", [before])
    network.blocks(1, traffic=False)
    cycle.lookout.look()
    assert _known(store) == [1]
    with _viewed(store) as view:
        assert view.nodes_after(2, 0, 9) is None
        assert [node.epoch for node in view.node_after_each(4, TOP, 9)] == [1]
    _until(network, cycle, 2)
    assert _known(store) == [2, 1]
    with _viewed(store) as view:
        found = view.epochs(TOP, 1)[0].block
    assert found.hash == "0x" + chain.block_hash(found.number).hex()


def test_a_new_journal_is_filled_backwards_two_epochs_with_each_block(
    network: Network, bundle: Bundle, store: Store, tmp_path: Path
) -> None:
    _until(network, network.cycle(bundle, store), 4)
    with _viewed(store) as view:
        expected = [epoch.model_copy(update={"reason": None}) for epoch in view.epochs(TOP, 100)]
    fresh = network.store(tmp_path / "new.sqlite")
    cycle, counts = network.cycle(bundle, fresh), []
    for _ in range(3):
        cycle.lookout.look()
        counts.append(_known(fresh))
        network.blocks(1, traffic=False)
    assert counts == [[4, 3], [4, 3, 2, 1], [4, 3, 2, 1]]
    with _viewed(fresh) as view:
        assert view.epochs(TOP, 100) == expected
        assert [point.epoch for point in view.points(3, 100)] == [2, 1]
    fresh.close()


def test_what_an_older_version_kept_of_an_epoch_is_shown_without_the_rest(
    network: Network, bundle: Bundle, store: Store
) -> None:
    _until(network, network.cycle(bundle, store), 1)
    with store._file.writing() as database:
        database.execute("DROP TABLE epoch_nodes")
        database.execute("UPDATE applied SET point = json_remove(point, '$.least_theta', '$.most_theta')")
    store.close()
    reopened = network.store(store.path)
    with _viewed(reopened) as view:
        (point,) = view.points(TOP, 9)
        assert (point.epoch, point.least_theta, point.most_theta) == (1, None, None)
        assert point.mean_theta is not None
        assert view.nodes_after(1, 0, 9) is None
        assert view.node_after_each(0, TOP, 9) == []
    reopened.close()


def test_the_reason_of_an_epoch_is_what_its_window_gives(
    network: Network, bundle: Bundle, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cycles, "_PREPARE_AFTER_SECONDS", 0.0)
    cycle = network.cycle(bundle, store)
    _until(network, cycle, 1)
    with _viewed(store) as view:
        (epoch,) = view.epochs(TOP, 9)
    windows = [inputs.window for inputs, _ in cycle._deriver._proposals.values()]
    (window,) = [each for each in windows if each.to_block == epoch.to_block]
    expected = attribute(PolicyController(bundle), window)
    assert epoch.reason is not None
    assert (epoch.reason.numbers_phi, epoch.reason.text_phi) == (expected.numbers_phi, expected.text_phi)
    assert [word.text for word in epoch.reason.words] == [effect.of for effect in expected.effects[:20]]
    assert epoch.reason.of == len(expected.effects)
