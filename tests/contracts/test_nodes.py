"""Node management: register, θ₀, mining key, retire, θ bounds; and the reads of them."""

from dataclasses import replace

import pytest

from oracle.chain.artefacts import artefact
from oracle.formulas.difficulty import check_sum_exp
from oracle.formulas.lanes import WAD_PER_UNIT, lane_to_wad, pack
from tests.contracts.stage import (
    LIMITS,
    MAX_INT256,
    MAX_UINT256,
    NODE_COUNT,
    STRANGER,
    THETA0_WAD,
    THETA_MAX_WAD,
    THETA_MIN_WAD,
    WAD,
    WIDE,
    ZERO_ADDRESS,
    Event,
    Failure,
    Stage,
    miner,
)

LANES = [(-1) ** node * (90 * node + 13) for node in range(NODE_COUNT)]
BOUNDS = (THETA_MIN_WAD, THETA_MAX_WAD)
NEW = [miner(100), miner(101)]


def _counts(stage: Stage) -> tuple[int, int]:
    functions = stage.oracle.functions
    return int(functions.nodeCount().call()), int(functions.activeCount().call())


# Registering


def test_fresh_nodes_have_phi_zero_and_a_sum_that_is_exactly_their_number(stage: Stage) -> None:
    assert _counts(stage) == (NODE_COUNT, NODE_COUNT)
    assert stage.sum_exp_wad() == NODE_COUNT * WAD
    assert stage.nodes().lanes == (0,) * NODE_COUNT
    assert stage.thetas() == list(THETA0_WAD)
    assert stage.nodes().theta0_wad == THETA0_WAD
    assert [stage.oracle.functions.miner(node).call() for node in range(3)] == [miner(node) for node in range(3)]


def test_register_appends_nodes_at_phi_zero(stage: Stage) -> None:
    stage.apply(LANES)
    before = stage.sum_exp_wad()
    receipt = stage.send(stage.oracle.functions.register(NEW, [WAD // 2, WAD // 4]))
    assert stage.events(receipt) == [
        Event("NodeRegistered", {"node": 20, "miner": NEW[0], "theta0Wad": WAD // 2}),
        Event("NodeRegistered", {"node": 21, "miner": NEW[1], "theta0Wad": WAD // 4}),
        Event("SumExpChanged", {"previousWad": before, "sumExpWad": before + 2 * WAD}),
    ]
    assert _counts(stage) == (22, 22)
    assert list(stage.nodes().lanes) == [*LANES, 0, 0]
    assert stage.thetas()[20:] == [WAD // 2, WAD // 4]
    assert stage.oracle.functions.miner(21).call() == NEW[1]
    assert stage.sum_exp_wad() == before + 2 * WAD


def test_a_registered_node_takes_part_in_the_next_report(stage: Stage) -> None:
    stage.send(stage.oracle.functions.register(NEW, [WAD // 2] * 2))
    lanes = [*LANES, 70, -71]
    stage.apply(lanes)
    assert list(stage.nodes().lanes) == lanes
    check_sum_exp(got_wad=stage.sum_exp_wad(), active_lanes=lanes)


def test_a_report_signed_before_a_word_was_added_is_refused(stage: Stage) -> None:
    stage.space()
    signed = stage.signed(LANES)
    stage.send(stage.oracle.functions.register([miner(n) for n in range(100, 113)], [WAD // 2] * 13))
    stage.assert_reverts(stage.submission(signed), "WrongPhiLength", 2, 3)


def test_registering_nobody_changes_nothing(stage: Stage) -> None:
    before = stage.storage_roots()
    assert stage.events(stage.send(stage.oracle.functions.register([], []))) == []
    assert stage.storage_roots() == before


def test_lists_must_match(stage: Stage) -> None:
    stage.assert_reverts(stage.oracle.functions.register(NEW, [WAD // 2]), "LengthMismatch", 1, 2)
    stage.assert_reverts(stage.oracle.functions.register([], [WAD // 2]), "LengthMismatch", 1, 0)


def test_a_zero_mining_key_keeps_the_whole_batch_out(stage: Stage) -> None:
    call = stage.oracle.functions.register([NEW[0], ZERO_ADDRESS], [WAD // 2] * 2)
    stage.assert_reverts(call, "ZeroAddress", 1)


@pytest.mark.parametrize("theta0_wad", BOUNDS)
def test_registers_theta0_at_its_bounds(stage: Stage, theta0_wad: int) -> None:
    stage.send(stage.oracle.functions.register([NEW[0]], [theta0_wad]))
    assert stage.oracle.functions.theta0(NODE_COUNT).call() == theta0_wad


@pytest.mark.parametrize("theta0_wad", [THETA_MIN_WAD - 1, 0])
def test_refuses_theta0_below_the_bounds(stage: Stage, theta0_wad: int) -> None:
    call = stage.oracle.functions.register(NEW, [WAD // 2, theta0_wad])
    stage.assert_reverts(call, "ThetaOutOfBounds", NODE_COUNT + 1, theta0_wad, *BOUNDS)


@pytest.mark.parametrize("theta0_wad", [WAD + 1, 1 << 64, 1 << 255, MAX_UINT256])
def test_refuses_theta0_above_one_whatever_its_size(stage: Stage, theta0_wad: int) -> None:
    """What does not fit is reported as the largest signed number, never cut down to something that fits."""
    call = stage.oracle.functions.register(NEW, [WAD // 2, theta0_wad])
    stage.assert_reverts(call, "ThetaOutOfBounds", NODE_COUNT + 1, MAX_INT256, *BOUNDS)
    call = stage.oracle.functions.setTheta0(3, theta0_wad)
    stage.assert_reverts(call, "ThetaOutOfBounds", 3, MAX_INT256, *BOUNDS)


def test_refuses_theta0_above_a_lowered_bound(stage: Stage) -> None:
    stage.send(stage.oracle.functions.setThetaBounds(THETA_MIN_WAD, WAD * 4 // 5))
    call = stage.oracle.functions.register([NEW[0]], [WAD * 4 // 5 + 1])
    stage.assert_reverts(call, "ThetaOutOfBounds", NODE_COUNT, WAD * 4 // 5 + 1, THETA_MIN_WAD, WAD * 4 // 5)


# θ₀


def test_theta0_moves_theta_and_leaves_phi(stage: Stage) -> None:
    stage.apply(LANES)
    before = stage.sum_exp_wad()
    receipt = stage.send(stage.oracle.functions.setTheta0(7, WAD // 2))
    assert stage.events(receipt) == [
        Event("Theta0Changed", {"node": 7, "previousWad": THETA0_WAD[7], "theta0Wad": WAD // 2})
    ]
    theta0 = [*THETA0_WAD[:7], WAD // 2, *THETA0_WAD[8:]]
    assert list(stage.nodes().theta0_wad) == theta0
    assert list(stage.nodes().lanes) == LANES
    assert stage.thetas() == [t + lane_to_wad(q) for t, q in zip(theta0, LANES, strict=True)]
    assert stage.sum_exp_wad() == before


@pytest.mark.parametrize("lane", [2000, -2000])
def test_theta0_must_keep_theta_within_the_bounds_under_the_phi_in_force(stage: Stage, lane: int) -> None:
    stage.apply([*[0] * 10, lane, *[0] * 9])
    phi = lane_to_wad(lane)
    limit = THETA_MAX_WAD - phi if lane > 0 else THETA_MIN_WAD - phi
    past = limit + 1 if lane > 0 else limit - 1
    call = stage.oracle.functions.setTheta0(10, past)
    stage.assert_reverts(call, "ThetaOutOfBounds", 10, past + phi, *BOUNDS)
    stage.send(stage.oracle.functions.setTheta0(10, limit))
    assert stage.thetas()[10] in BOUNDS


def test_theta0_itself_must_lie_within_the_bounds_too(stage: Stage) -> None:
    """Else φ = 0, which `relax` leads to, would be out of bounds."""
    stage.apply([*[0] * 10, 2000, -2000, *[0] * 8])
    call = stage.oracle.functions.setTheta0(10, THETA_MIN_WAD - 1)
    stage.assert_reverts(call, "ThetaOutOfBounds", 10, THETA_MIN_WAD - 1, *BOUNDS)
    stage.send(stage.oracle.functions.setThetaBounds(THETA_MIN_WAD, WAD * 9 // 10))
    call = stage.oracle.functions.setTheta0(11, WAD * 9 // 10 + 1)
    stage.assert_reverts(call, "ThetaOutOfBounds", 11, WAD * 9 // 10 + 1, THETA_MIN_WAD, WAD * 9 // 10)


# Mining keys


def test_the_mining_key_changes(stage: Stage) -> None:
    receipt = stage.send(stage.oracle.functions.setMiner(4, NEW[0]))
    assert stage.events(receipt) == [Event("MinerChanged", {"node": 4, "previous": miner(4), "miner": NEW[0]})]
    assert stage.oracle.functions.miner(4).call() == NEW[0]
    assert stage.oracle.functions.miner(5).call() == miner(5)


def test_refuses_a_zero_mining_key(stage: Stage) -> None:
    stage.assert_reverts(stage.oracle.functions.setMiner(4, ZERO_ADDRESS), "ZeroAddress", 0)


# Retiring


def test_a_retired_node_leaves_the_sum_and_has_theta_zero(stage: Stage) -> None:
    stage.apply(LANES)
    before = stage.sum_exp_wad()
    receipt = stage.send(stage.oracle.functions.retire(17))
    after = stage.sum_exp_wad()
    assert stage.events(receipt) == [
        Event("NodeRetired", {"node": 17, "phiLane": LANES[17], "theta0Wad": THETA0_WAD[17]}),
        Event("SumExpChanged", {"previousWad": before, "sumExpWad": after}),
    ]
    check_sum_exp(got_wad=after, active_lanes=[*LANES[:17], *LANES[18:]])
    assert _counts(stage) == (NODE_COUNT, NODE_COUNT - 1)
    functions = stage.oracle.functions
    assert functions.isRetired(17).call()
    assert not functions.isRetired(16).call()
    assert functions.retiredWords(0, 9).call() == [1 << 17]
    assert (functions.theta(17).call(), functions.theta0(17).call(), functions.phi(17).call()) == (0, 0, 0)
    assert functions.phiWords(0, 9).call() == pack([*LANES[:17], 0, *LANES[18:]])


def test_a_retired_node_is_beyond_change(stage: Stage) -> None:
    stage.send(stage.oracle.functions.retire(17))
    functions = stage.oracle.functions
    for call in (functions.retire(17), functions.setTheta0(17, WAD // 2), functions.setMiner(17, NEW[0])):
        stage.assert_reverts(call, "NodeIsRetired", 17)


def test_a_retired_index_is_not_used_again(stage: Stage) -> None:
    stage.send(stage.oracle.functions.retire(NODE_COUNT - 1))
    receipt = stage.send(stage.oracle.functions.register([NEW[0]], [WAD // 2]))
    assert stage.events(receipt)[0].arguments["node"] == NODE_COUNT
    assert stage.oracle.functions.isRetired(NODE_COUNT - 1).call()
    assert _counts(stage) == (NODE_COUNT + 1, NODE_COUNT)


def test_all_but_one_may_retire_and_the_last_may_not(stage: Stage) -> None:
    stage.apply([*[0] * 19, 1000])
    for node in range(NODE_COUNT - 1):
        stage.send(stage.oracle.functions.retire(node))
    stage.assert_reverts(stage.oracle.functions.retire(NODE_COUNT - 1), "LastActiveNode", NODE_COUNT - 1)
    check_sum_exp(got_wad=stage.sum_exp_wad(), active_lanes=[1000])
    stage.send(stage.oracle.functions.register([NEW[0]], [WAD // 2]))
    stage.send(stage.oracle.functions.retire(NODE_COUNT - 1))
    assert stage.sum_exp_wad() == WAD


def test_reports_go_on_after_retirements_in_several_words(stage: Stage) -> None:
    stage.set_limits(WIDE)
    stage.apply(LANES)
    for node in (0, 15, 16, 19):
        stage.send(stage.oracle.functions.retire(node))
    lanes = [0 if node in (0, 15, 16, 19) else -lane for node, lane in enumerate(LANES)]
    stage.apply(lanes)
    active = [lane for node, lane in enumerate(lanes) if node not in (0, 15, 16, 19)]
    check_sum_exp(got_wad=stage.sum_exp_wad(), active_lanes=active)
    assert stage.thetas()[16] == 0


# Bounds


def test_bounds_change_and_say_so(stage: Stage) -> None:
    receipt = stage.send(stage.oracle.functions.setThetaBounds(1, WAD - 1))
    assert stage.events(receipt) == [Event("ThetaBoundsChanged", {"minWad": 1, "maxWad": WAD - 1})]
    assert stage.contracts.theta_bounds(stage.head) == (1, WAD - 1)


@pytest.mark.parametrize(("low", "high"), [(2, 1), (0, WAD + 1), (WAD + 1, WAD + 1), (MAX_UINT256, 0), (0, 1 << 64)])
def test_refuses_bounds_that_are_none(stage: Stage, low: int, high: int) -> None:
    stage.assert_reverts(stage.oracle.functions.setThetaBounds(low, high), "InvalidThetaBounds", low, high)


@pytest.mark.parametrize(("low", "high"), [(0, 0), (0, WAD), (WAD, WAD)])
def test_takes_the_widest_and_the_narrowest_bounds(stage: Stage, low: int, high: int) -> None:
    stage.send(stage.oracle.functions.setThetaBounds(low, high))
    assert stage.contracts.theta_bounds(stage.head) == (low, high)


def test_narrowed_bounds_leave_values_in_force(stage: Stage) -> None:
    stage.apply(LANES)
    before = (stage.nodes(), stage.thetas(), stage.sum_exp_wad())
    stage.send(stage.oracle.functions.setThetaBounds(WAD * 9 // 10, WAD))
    assert (stage.nodes(), stage.thetas(), stage.sum_exp_wad()) == before


def test_theta_may_span_the_whole_range(stage: Stage) -> None:
    """θ = 0 and θ = 1 both in force, and read without wrapping round."""
    stage.set_limits(replace(WIDE, max_step_lane=LIMITS.max_step_lane))
    stage.send(stage.oracle.functions.setThetaBounds(0, WAD))
    stage.send(stage.oracle.functions.setTheta0(0, 2000 * WAD_PER_UNIT))
    stage.send(stage.oracle.functions.setTheta0(1, WAD - 2000 * WAD_PER_UNIT))
    stage.apply([-2000, 2000, *[0] * 18])
    assert stage.thetas()[:2] == [0, WAD]
    assert stage.oracle.functions.theta(0).call() == 0


# Unknown nodes, and reads


@pytest.mark.parametrize("node", [NODE_COUNT, 31, 1 << 128, MAX_UINT256])
def test_refuses_a_node_that_was_never_registered(stage: Stage, node: int) -> None:
    functions = stage.oracle.functions
    for change in (functions.retire(node), functions.setTheta0(node, WAD // 2), functions.setMiner(node, NEW[0])):
        stage.assert_reverts(change, "UnknownNode", node, NODE_COUNT)
    for name in ("theta", "theta0", "phi", "miner", "isRetired"):
        assert stage.failure(functions[name](node)) == Failure("UnknownNode", (node, NODE_COUNT))


@pytest.mark.parametrize(
    ("first", "count", "expected"),
    [
        (0, 5, slice(0, 5)),
        (17, 3, slice(17, 20)),
        (17, MAX_UINT256, slice(17, 20)),
        (19, 1, slice(19, 20)),
        (20, 1, slice(0, 0)),
        (MAX_UINT256, MAX_UINT256, slice(0, 0)),
        (3, 0, slice(0, 0)),
    ],
)
def test_pages_are_cut_at_the_end(stage: Stage, first: int, count: int, expected: slice) -> None:
    functions = stage.oracle.functions
    assert functions.thetas(first, count).call() == list(THETA0_WAD[expected])
    assert functions.theta0s(first, count).call() == list(THETA0_WAD[expected])


def test_pages_of_words_are_cut_at_the_last_word(stage: Stage) -> None:
    stage.apply(LANES)
    words = pack(LANES)
    functions = stage.oracle.functions
    assert functions.phiWords(0, 2).call() == words
    assert functions.phiWords(1, 99).call() == words[1:]
    assert functions.phiWords(2, 1).call() == []
    assert functions.retiredWords(0, 9).call() == [0]
    assert functions.retiredWords(1, 9).call() == []


# Who may


def test_only_the_owner_manages_nodes(stage: Stage) -> None:
    functions = stage.oracle.functions
    for call in (
        functions.register([NEW[0]], [WAD // 2]),
        functions.setTheta0(0, WAD // 2),
        functions.setMiner(0, NEW[0]),
        functions.retire(0),
        functions.setThetaBounds(0, WAD),
    ):
        stage.assert_reverts(call, "OwnableUnauthorizedAccount", STRANGER.address, sender=STRANGER)


def test_no_function_but_a_report_and_relax_changes_phi(stage: Stage) -> None:
    """By the ABI: what else changes state is the owner's, or the guardian's pause, and none of it takes lanes."""
    changing = {
        entry["name"]
        for entry in artefact("PhiOracle")["abi"]
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    }
    owners = {
        *("register", "setTheta0", "setMiner", "retire", "setThetaBounds"),
        *("setOperators", "setGuardian", "setModelHash", "setLimits", "unpause"),
        *("transferOwnership", "renounceOwnership"),
    }
    assert changing - owners == {"submitReport", "submitSparseReport", "relax", "pause", "acceptOwnership"}
