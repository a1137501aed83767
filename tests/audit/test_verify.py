"""Reports recomputed from a chain: all as they should be, and what was tampered with named."""

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import pytest

from deploy.parameters import LIMITS
from oracle.audit.differences import first_difference
from oracle.audit.recompute import History
from oracle.audit.verify import Verification, verify_reports
from oracle.chain.owned import start_chain
from oracle.chain.replay import Held, Replay
from oracle.control.choice import Expected
from oracle.control.controller import Controller
from oracle.control.feedback import FeedbackController
from oracle.control.policy import PolicyController
from oracle.errors import SettingsError
from oracle.formulas.lanes import WAD, pack, phi_hash
from oracle.model.bundle import DEFAULT_BUNDLE, Bundle
from oracle.report.limits import Moment
from oracle.report.signing import CompactSignature
from oracle.service import derive, proposal
from oracle.service.proposal import Inputs, Proposal
from oracle.workers.pool import processes
from tests.small_network import SETTINGS, Network, make_network


@dataclass
class Reported:
    """A network with reports in force, some of them perhaps not what they should be."""

    network: Network
    controller: Controller
    lines: list[str]

    def verify(self, controller: Controller | None = None, *, epoch: int | None = None) -> Verification:
        return verify_reports(self.lines.append, self.history(controller), life_seconds=None, epoch=epoch)

    def history(self, controller: Controller | None = None) -> History:
        """What anyone reads."""
        chain, record = self.network.owned.chain, self.network.record
        with processes(1) as alone:
            return History(
                chain, record, expected(controller or self.controller), SETTINGS.capacity_transactions, alone
            )


def expected(controller: Controller) -> Expected:
    """As a contract expects it."""
    is_policy = isinstance(controller, PolicyController)
    return Expected(controller.model_hash, DEFAULT_BUNDLE if is_policy else None, None)


def reported(
    tmp_path: Path, controller: Controller, between: Callable[[Network, int], None] = lambda *_: None
) -> Reported:
    """Three reports of an eth-tester network; `between` is called ahead of each, with its epoch."""
    network = make_network(start_chain("eth-tester"), controller.model_hash)
    store = network.store(tmp_path / "oracle.sqlite")
    bundle = controller.bundle if isinstance(controller, PolicyController) else None
    cycle = network.cycle(bundle, store)
    for epoch in (1, 2, 3):
        between(network, epoch)
        for _ in range(20):
            if cycle.step().outcome == "applied":
                break
            network.blocks()
    store.close()
    assert network.contracts.oracle_state().epoch == 3
    return Reported(network, controller, [])


def _tamper(monkeypatch: pytest.MonkeyPatch, epoch: int, change: Callable[[Proposal], Proposal]) -> None:
    """The whole committee signs a changed report of an epoch, as if it had conspired."""
    honest = proposal.propose

    def propose(inputs: Inputs, controller: Controller, deadline_seconds: int) -> Proposal:
        made = honest(inputs, controller, deadline_seconds)
        return change(made) if made.report.epoch == epoch else made

    monkeypatch.setattr(derive, "propose", propose)


def test_reports_of_the_policy_are_as_recomputed(tmp_path: Path, bundle: Bundle) -> None:
    run = reported(tmp_path, PolicyController(bundle))
    found = run.verify()
    assert found.difference is None
    assert [each.epoch for each in found.reports] == [1, 2, 3]
    assert all(each.transactions > 0 for each in found.reports)
    assert found.without_state == 0
    assert [each.epoch for each in run.verify(epoch=2).reports] == [2]
    assert any("3 reports are as recomputed" in line for line in run.lines)


def test_what_the_owner_changes_is_replayed_block_by_block(tmp_path: Path) -> None:
    """Nodes, limits, bounds, operators and relaxation: the replay holds what the contract answers after every block."""

    def between(network: Network, epoch: int) -> None:
        call = network.steps.call
        if epoch == 2:
            call("PhiOracle", "register", [network.payer.address] * 2, [WAD // 2, WAD // 4])
            call("PhiOracle", "setTheta0", 1, 6 * WAD // 10)
            call("PhiOracle", "setThetaBounds", WAD // 5, WAD)
            call("PhiOracle", "setLimits", astuple(replace(LIMITS, max_step_lane=2000)))
        if epoch == 3:
            call("PhiOracle", "retire", 2)
            call("PhiOracle", "pause")
            call("PhiOracle", "unpause")
            call("PhiOracle", "setOperators", list(network.contracts.oracle_state().operators), 3)
            network.owned.next_block(LIMITS.max_age_seconds + 2 * LIMITS.relax_period_seconds)
            call("PhiOracle", "relax")

    run = reported(tmp_path, FeedbackController(), between)
    chain, contracts = run.network.owned.chain, run.network.contracts
    deployed = run.network.record.contracts["PhiOracle"].block_number
    assert deployed is not None
    replay = Replay(chain, contracts.addresses.oracle, Moment(deployed, chain.timestamp(deployed)))
    for number in range(deployed, chain.head() + 1):
        replay.add(chain.sealed_block(number))
        held = Held(contracts.oracle_state(number), contracts.nodes(number), contracts.theta_bounds(number))
        assert replay.after(number) == held, number
    assert run.verify().difference is None


def test_a_window_that_was_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _tamper(monkeypatch, 2, lambda made: replace(made, report=replace(made.report, window_hash=b"\x07" * 32)))
    run = reported(tmp_path, FeedbackController())
    found = run.verify()
    assert (found.epoch, found.difference and found.difference.name) == (2, "windowHash")
    assert [each.epoch for each in found.reports] == [1]
    assert "epoch 2: windowHash differs: the report has 0x0707" in run.lines[-1]


def test_a_lane_that_was_not_decided_is_named_with_its_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def favoured(made: Proposal) -> Proposal:
        lanes = (*made.lanes[:3], made.lanes[3] + 1, *made.lanes[4:])
        return replace(made, lanes=lanes, report=replace(made.report, phi_hash=phi_hash(pack(lanes))))

    _tamper(monkeypatch, 3, favoured)
    found = reported(tmp_path, FeedbackController()).verify()
    assert found.difference is not None
    assert (found.epoch, found.difference.name) == (3, "lanes")
    assert "node 3" in found.difference.says


def test_a_deadline_other_than_the_committees_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _tamper(monkeypatch, 3, lambda made: replace(made, report=replace(made.report, deadline=made.report.deadline + 7)))
    found = reported(tmp_path, FeedbackController()).verify()
    assert found.difference is not None
    assert (found.epoch, found.difference.name) == (3, "deadline")
    assert "307 s" in found.difference.says


def test_another_model_than_the_one_given_is_named(tmp_path: Path, bundle: Bundle) -> None:
    found = reported(tmp_path, FeedbackController()).verify(PolicyController(bundle))
    assert (found.epoch, found.difference and found.difference.name) == (1, "modelHash")


def test_a_signature_that_no_operator_made_is_named(tmp_path: Path) -> None:
    run = reported(tmp_path, FeedbackController())
    chain, address = run.network.owned.chain, run.network.contracts.addresses.oracle
    honest, *_ = run.history().reports()
    life = honest.applied.published.report.deadline - honest.proposal.report.deadline

    def named(signatures: tuple[CompactSignature, ...], event: dict[str, object] | None = None) -> str | None:
        published = replace(honest.applied.published, signatures=signatures)
        applied = replace(honest.applied, published=published, event=honest.applied.event | (event or {}))
        found = first_difference(replace(honest, applied=applied), chain.chain_id, address, life)
        return None if found is None else found.name

    first, second = honest.applied.published.signatures
    assert named((first, second)) is None
    assert named((first, replace(second, r=first.r))) == "signatures"
    assert named((first,)) == "signatures"  # fewer than the threshold
    assert named((first, first)) == "signatures"
    assert named((first, second), {"signers": 1 << 7}) == "signers"
    assert named((first, second), {"sumExpWad": 3 * WAD}) == "Σexp(φ)"


def test_what_cannot_be_recomputed_says_why(tmp_path: Path) -> None:
    run = reported(tmp_path, FeedbackController())
    chain, record = run.network.owned.chain, run.network.record
    with processes(1) as alone, pytest.raises(SettingsError, match="give --capacity"):
        History(chain, record, expected(run.controller), None, alone)
    with pytest.raises(SettingsError, match="epoch 9 is not in force"):
        run.verify(epoch=9)
