"""Reports by pages: nothing shows before all of them take effect together."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.formulas.exp_table import sum_exp_q85
from oracle.formulas.lanes import halve, pack, phi_hash
from oracle.report.pages import PAGE_WORDS
from tests.contracts.paged import DEADLINE, PagedStage, deploy_paged
from tests.contracts.stage import GENESIS_TIMESTAMP_SECONDS, GUARDIAN, LIMITS, STRANGER, WAD, Failure, account

PAGE_NODES = PAGE_WORDS * 16
NODE_COUNT = PAGE_NODES + 37  # a full page and a part of one
LANES = [(7 * node) % 400 - 200 for node in range(NODE_COUNT)]
OTHER = [(5 * node) % 300 - 150 for node in range(NODE_COUNT)]


@pytest.fixture(scope="module")
def deployed_pages() -> Iterator[PagedStage]:
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        stage = deploy_paged(blocks, [WAD // 2] * NODE_COUNT)
        for rich in (STRANGER, GUARDIAN):
            stage.chain.request("anvil_setBalance", [rich.address, hex(10**20)])
        stage.mine(5)
        yield stage
    finally:
        blocks.close()


@pytest.fixture
def stage(deployed_pages: PagedStage) -> Iterator[PagedStage]:
    """The network as it was after registration."""
    chain = deployed_pages.chain
    snapshot = chain.request("evm_snapshot", [])
    yield PagedStage(deployed_pages.blocks, deployed_pages.contracts, deployed_pages.operators)
    assert chain.request("evm_revert", [snapshot])


def _sum(stage: PagedStage) -> int:
    return int(stage.oracle.functions.sumExpQ85().call())


def test_pages_show_only_when_their_report_puts_them_in_force_together(stage: PagedStage) -> None:
    assert stage.paged.functions.pageCount().call() == 2
    for page in stage.pages(LANES):
        receipt = stage.send(stage.staging(page), sender=STRANGER)
        assert not any(stage.nodes().lanes)
        assert _sum(stage) == NODE_COUNT << 85
        event = stage.paged.events.PageStaged().process_log(receipt["logs"][0])["args"]
        assert (event["epoch"], event["page"], event["signers"]) == (1, page.page.page, 0b111)
        assert (event["phiHash"], event["pageHash"]) == (page.page.phi_hash, page.page.page_hash)
    assert stage.staged(LANES) == 0b11
    receipt = stage.send(stage.turning(LANES), sender=STRANGER)
    assert list(stage.nodes().lanes) == LANES
    assert _sum(stage) == sum_exp_q85(LANES)
    assert [event.name for event in stage.events(receipt)] == ["ReportApplied"]
    assert stage.contracts.oracle_state().epoch == 1


def test_the_copies_take_turns(stage: PagedStage) -> None:
    for lanes in (LANES, OTHER, LANES):
        stage.stage_all(lanes)
        stage.space()
        stage.send(stage.turning(lanes))
        assert list(stage.nodes().lanes) == lanes
        assert _sum(stage) == sum_exp_q85(lanes)


def test_a_report_of_all_words_at_once_still_goes(stage: PagedStage) -> None:
    stage.stage_all(LANES)
    stage.send(stage.turning(LANES))
    stage.apply(OTHER)
    assert list(stage.nodes().lanes) == OTHER
    assert _sum(stage) == sum_exp_q85(OTHER)


def test_names_the_first_page_missing(stage: PagedStage) -> None:
    stage.assert_reverts(stage.turning(LANES), "PageMissing", 0)
    first, second = stage.pages(LANES)
    stage.send(stage.staging(second))
    stage.assert_reverts(stage.turning(LANES), "PageMissing", 0)
    stage.send(stage.staging(first))
    stage.assert_reverts(stage.turning(OTHER), "PageMissing", 0)
    stage.send(stage.turning(LANES))


@pytest.mark.parametrize("change", ["retire", "register", "theta0", "bounds", "limits", "operators", "report", "relax"])
def test_any_change_voids_what_was_staged(stage: PagedStage, change: str) -> None:
    if change == "relax":
        stage.apply(OTHER)
        stage.mine(at=stage.now + LIMITS.max_age_seconds + 1)
    oracle = stage.oracle.functions
    stage.stage_all(LANES)
    lanes = list(LANES)
    if change == "retire":
        stage.send(oracle.retire(3))
        lanes[3] = 0
    elif change == "register":
        stage.send(oracle.register([STRANGER.address], [WAD // 2]))
        lanes.append(0)
    elif change == "theta0":
        stage.send(oracle.setTheta0(3, WAD // 4))
    elif change == "bounds":
        stage.send(oracle.setThetaBounds(1, WAD))
    elif change == "limits":
        stage.set_limits(LIMITS)
    elif change == "operators":
        stage.send(oracle.setOperators([operator.address for operator in stage.operators], 3))
    elif change == "report":
        stage.apply(OTHER)
    else:
        stage.send(oracle.relax())
    stage.space()
    stage.assert_reverts(stage.turning(LANES), "PageMissing", 0)
    stage.stage_all(lanes)
    stage.send(stage.turning(lanes))
    assert list(stage.nodes().lanes) == lanes


def test_a_report_with_a_later_deadline_replaces_what_is_staged(stage: PagedStage) -> None:
    first, _ = stage.pages(LANES)
    stage.send(stage.staging(first))
    stage.stage_all(OTHER, deadline=DEADLINE + 1)
    assert (stage.staged(LANES), stage.staged(OTHER, deadline=DEADLINE + 1)) == (0, 0b11)
    stage.assert_reverts(stage.turning(LANES), "PageMissing", 0)
    stage.send(stage.turning(OTHER, deadline=DEADLINE + 1))
    assert list(stage.nodes().lanes) == OTHER


def test_pages_of_an_abandoned_report_void_nothing(stage: PagedStage) -> None:
    """Whoever holds them may play them again and again: the replacement stays staged, and its report is applied."""
    abandoned = [*stage.pages(LANES), *stage.pages(LANES[::-1], deadline=DEADLINE + 1)]
    stage.send(stage.staging(abandoned[0]), sender=STRANGER)
    later = DEADLINE + 2
    for page in stage.pages(OTHER, deadline=later):
        stage.send(stage.staging(page))
        for _ in range(2):
            for old in abandoned:
                refusal = ("LaterReportStaged", old.page.deadline, later)
                stage.assert_reverts(stage.staging(old), *refusal, sender=STRANGER)
    assert stage.staged(OTHER, deadline=later) == 0b11
    stage.send(stage.turning(OTHER, deadline=later))
    assert list(stage.nodes().lanes) == OTHER
    assert _sum(stage) == sum_exp_q85(OTHER)


def test_another_report_of_the_same_deadline_waits_until_that_has_passed(stage: PagedStage) -> None:
    """No honest committee signs two for one epoch and deadline; if one did, the first page in decides."""
    deadline = stage.now + 100
    stage.send(stage.staging(stage.pages(LANES, deadline=deadline)[0]))
    rival = stage.pages(OTHER, deadline=deadline)[0]
    stage.assert_reverts(stage.staging(rival), "LaterReportStaged", deadline, deadline)
    stage.mine(at=deadline)
    stage.stage_all(OTHER, deadline=deadline + 1000)
    assert stage.staged(OTHER, deadline=deadline + 1000) == 0b11


def test_a_page_is_staged_until_the_deadline_of_its_report(stage: PagedStage) -> None:
    deadline = stage.now + 100
    first, second = stage.pages(LANES, deadline=deadline)
    stage.send(stage.staging(first), at=deadline)
    call = stage.staging(second)
    assert stage.attempt(call, at=deadline + 1)["status"] == 0
    assert stage.failure(call) == Failure("DeadlinePassed", (deadline, deadline + 1))


def test_a_report_carries_the_deadline_of_its_pages(stage: PagedStage) -> None:
    stage.stage_all(LANES)
    for other in (DEADLINE - 1, DEADLINE + 1):
        stage.assert_reverts(stage.turning(LANES, deadline=other), "PageMissing", 0)
    stage.send(stage.turning(LANES))


def test_pages_of_an_epoch_that_was_reported_are_void(stage: PagedStage) -> None:
    """The next epoch's pages replace them whatever their deadline."""
    stage.stage_all(LANES)
    stage.apply(OTHER)
    assert stage.staged(LANES) == 0
    stage.stage_all(LANES, deadline=DEADLINE - 5)
    stage.space()
    stage.send(stage.turning(LANES, deadline=DEADLINE - 5))
    assert list(stage.nodes().lanes) == LANES


def test_refuses_a_page_that_is_none(stage: PagedStage) -> None:
    first, second = stage.pages(LANES)
    stage.assert_reverts(stage.staging(stage.pages(LANES, epoch=2)[0]), "EpochNotConsecutive", 2, 1)
    stage.assert_reverts(stage.staging(stage.pages(LANES, signers=(0, 1))[0]), "TooFewSignatures", 2, 3)
    moved = replace(second, page=replace(second.page, page=2))
    stage.assert_reverts(stage.staging(moved), "UnknownPage", 2, 2)
    short = replace(first, words=first.words[:-1])
    stage.assert_reverts(stage.staging(short), "WrongPhiLength", PAGE_WORDS - 1, PAGE_WORDS)
    wrong = (first.words[0] ^ 1, *first.words[1:])
    stage.assert_reverts(
        stage.staging(replace(first, words=wrong)), "WrongPageHash", first.page.page_hash, phi_hash(wrong)
    )
    stage.send(stage.staging(first))
    stage.assert_reverts(stage.staging(first), "PageAlreadyStaged", 0)
    stage.send(stage.oracle.functions.pause(), sender=GUARDIAN)
    stage.assert_reverts(stage.staging(second), "Paused")


def test_a_signature_over_a_page_covers_every_field(stage: PagedStage) -> None:
    first, _ = stage.pages(LANES)
    for changed in (
        replace(first.page, phi_hash=phi_hash(pack(OTHER))),
        replace(first.page, deadline=first.page.deadline + 1),
        replace(stage.pages(OTHER)[0].page, phi_hash=first.page.phi_hash),
    ):
        words = first.words if changed.page_hash == first.page.page_hash else stage.pages(OTHER)[0].words
        failure = stage.failure(stage.staging(replace(first, page=changed, words=words)))
        assert failure is not None
        assert failure.name in ("NotOperator", "InvalidSignature")


def test_lanes_of_a_page_are_held_to_every_bound(stage: PagedStage) -> None:
    past = [*LANES[:PAGE_NODES], LIMITS.max_step_lane + 1, *LANES[PAGE_NODES + 1 :]]
    stage.assert_reverts(
        stage.staging(stage.pages(past)[1]), "StepTooLarge", PAGE_NODES, LIMITS.max_step_lane + 1, 0, 2500
    )
    stage.send(stage.oracle.functions.retire(PAGE_NODES + 2))
    stage.assert_reverts(stage.staging(stage.pages(LANES)[1]), "RetiredLaneSet", PAGE_NODES + 2, LANES[PAGE_NODES + 2])
    retired = [*LANES[: PAGE_NODES + 2], 0, *LANES[PAGE_NODES + 3 :]]
    stage.stage_all(retired)
    stage.send(stage.turning(retired))
    active = [lane for node, lane in enumerate(retired) if node != PAGE_NODES + 2]
    assert _sum(stage) == sum_exp_q85(active)


def test_all_pages_together_are_held_to_the_ratio(stage: PagedStage) -> None:
    high = [LIMITS.max_step_lane] * NODE_COUNT
    stage.set_limits(replace(LIMITS, max_sum_ratio_bps=10_500))
    stage.stage_all(high)
    failure = stage.failure(stage.turning(high, to_block=stage.head - 1))
    assert failure is not None
    assert failure.name == "SumRatioTooLarge"


def test_relaxes_whole_within_one_call_where_it_fits(stage: PagedStage) -> None:
    stage.apply(LANES)
    stage.send(stage.oracle.functions.relax(), at=stage.now + LIMITS.max_age_seconds + 1)
    relaxed = [halve(lane, 1) for lane in LANES]
    assert list(stage.nodes().lanes) == relaxed
    assert _sum(stage) == sum_exp_q85(relaxed)


def test_a_page_signed_by_a_stranger_is_refused(stage: PagedStage) -> None:
    stranger = account(9999)
    stage.operators = (stage.operators[0], stage.operators[1], stranger, *stage.operators[3:])
    stage.assert_reverts(stage.staging(stage.pages(LANES)[0]), "NotOperator", 2, stranger.address)
