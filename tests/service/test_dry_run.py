"""A dry run beside a committee: it sends nothing, and says of each of its proposals what the committee did."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from oracle.chain.contracts import Contracts
from oracle.chain.owned import start_chain
from oracle.control.feedback import FeedbackController
from oracle.errors import StatePruned
from oracle.service.cycle import Cycle
from oracle.service.status import Status
from oracle.service.store import ReportRow
from oracle.workload.funding import fund
from tests.small_network import OPERATORS, SETTINGS, Network, make_network

_EPOCHS = 4


@pytest.fixture
def live() -> Iterator[Network]:
    owned = start_chain("anvil")
    network = make_network(owned, FeedbackController().model_hash)
    fund(owned.chain, network.payer, [OPERATORS[2]], 10**18, network.blocks)
    yield network
    owned.close()


def _play(network: Network, live: Cycle | None, tried: Cycle, blocks: int) -> None:
    for _ in range(blocks):
        tried.step()
        if live is not None:
            live.step()
        network.blocks()


def _proposals(cycle: Cycle) -> list[ReportRow]:
    return [row for row in reversed(cycle.store.latest(100)) if row.status == Status.PROPOSED]


def _pair(network: Network, folder: Path, capacity: int = SETTINGS.capacity_transactions) -> tuple[Cycle, Cycle]:
    """A committee that sends, and a dry run of another capacity, in transactions a block."""
    payer = OPERATORS[2]
    live = network.cycle(None, network.store(folder / "live.sqlite"))
    settings = replace(SETTINGS, dry_run=True, capacity_transactions=capacity)
    return live, network.cycle(None, network.store(folder / "tried.sqlite"), settings, payer=payer)


def test_it_proposes_what_the_committee_applies_and_says_so(live: Network, tmp_path: Path) -> None:
    sends, tried = _pair(live, tmp_path)
    with closing(sends.store), closing(tried.store):
        while live.contracts.oracle_state().epoch < _EPOCHS:
            _play(live, sends, tried, 1)
        _play(live, sends, tried, SETTINGS.depth_blocks + 1)
        found = [row for row in _proposals(tried) if row.settled]
        assert [row.epoch for row in found][:_EPOCHS] == list(range(1, _EPOCHS + 1))
        for row in found:
            assert row.reason is not None
            assert row.reason.startswith("the committee applied the same window and φ in block ")
            assert row.transaction_hash is None
    assert live.owned.chain.nonce(OPERATORS[2].address) == 0  # who would have paid


def test_it_says_how_far_another_phi_is_from_what_it_proposed(live: Network, tmp_path: Path) -> None:
    sends, tried = _pair(live, tmp_path, capacity=1)
    with closing(sends.store), closing(tried.store):
        while live.contracts.oracle_state().epoch < _EPOCHS:
            _play(live, sends, tried, 1)
        _play(live, sends, tried, SETTINGS.depth_blocks + 1)
        apart: list[float] = []
        for row in _proposals(tried):
            applied = sends.store.last_of_epoch(row.epoch)
            if row.settled and applied is not None:
                assert row.reason is not None
                assert f"of blocks {applied.from_block} to {applied.to_block}, where φ of node " in row.reason
                far = max(abs(a - b) for a, b in zip(row.lanes, applied.lanes, strict=True)) / 2**15
                assert row.reason.endswith(f"by {far:.5f}")
                apart.append(far)
        assert len(apart) >= _EPOCHS
        assert max(apart) > 0


def test_a_proposal_whose_epoch_never_comes_is_closed_at_its_deadline(live: Network, tmp_path: Path) -> None:
    _, tried = _pair(live, tmp_path)
    with closing(tried.store):
        while not _proposals(tried):
            _play(live, None, tried, 1)
        live.owned.next_block(SETTINGS.deadline_seconds)
        _play(live, None, tried, SETTINGS.depth_blocks + 1)
        first = _proposals(tried)[0]
        assert first.settled
        assert first.reason == "no report of its epoch came before its deadline"
        assert live.contracts.oracle_state().epoch == 0


def _refuse(*_: object) -> None:
    raise StatePruned("the node does not keep the state of a block that old")


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (_refuse, "what the committee applied cannot be read: the node does not keep the state"),
        (lambda *_: None, "by no report that the node shows"),
    ],
)
def test_what_cannot_be_read_of_the_committees_report_closes_the_proposal_all_the_same(
    live: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[..., None], says: str
) -> None:
    sends, tried = _pair(live, tmp_path)
    monkeypatch.setattr(Contracts, "applied_report", read)
    with closing(sends.store), closing(tried.store):
        while not (found := [row for row in _proposals(tried) if row.settled]):
            _play(live, sends, tried, 1)
        assert found[0].reason is not None
        assert says in found[0].reason
        _play(live, sends, tried, 2 * SETTINGS.depth_blocks + 4)
        assert len(_proposals(tried)) > 1  # and goes on
