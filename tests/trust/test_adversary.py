"""What someone who wants harm could try, each attempt beside the honest call that must go on working."""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from typing import Any

import pytest

from oracle.formulas.asert import Anchor
from oracle.formulas.lanes import WAD, WAD_PER_UNIT, lane_to_wad, pack, phi_hash
from tests.contracts.recovery import malleable_pair
from tests.contracts.stage import LIMITS, WIDE
from tests.trust.evm import PANIC_ARITHMETIC, Reverted
from tests.trust.model import sum_q85
from tests.trust.scene import (
    BLOCK_SECONDS,
    GENESIS_NUMBER,
    GENESIS_TIMESTAMP,
    GUARDIAN,
    HALF_LIFE_SECONDS,
    MODEL_HASH,
    OPERATORS,
    OWNER,
    STRANGER,
    THETA_MAX_WAD,
    THETA_MIN_WAD,
    Call,
    Scene,
)
from tests.trust.signing import address, digest, report_words, sign

NODES = 20
LANES = [50 * node - 500 for node in range(NODES)]
MAX_UINT256 = (1 << 256) - 1
# What a loop over a gigantic length would burn, many times over; a refusal stays far below.
REFUSAL_GAS = 400_000


@pytest.fixture
def scene() -> Scene:
    """Twenty nodes at theta_0 = 0.5, five operators of whom three must sign; a report may be applied now."""
    made = Scene()
    made.space()
    return made


def submit(scene: Scene, call: Call) -> None:
    """Carry a report that must be taken, as anyone may."""
    scene.oracle.send("submitReport", *call, sender=address(STRANGER))


# Replay


def test_a_report_is_good_for_one_chain_alone(scene: Scene) -> None:
    """The same contract at the same address on another chain: a fork, or a twin deployment."""
    call = scene.submission(LANES)
    other = Scene(chain_id=scene.chain_id + 1)
    other.space()
    assert other.oracle.address == scene.oracle.address
    assert other.refusal("submitReport", *call)[:2] == ("NotOperator", 0)
    submit(scene, call)


def test_a_report_is_good_for_one_contract_alone(scene: Scene) -> None:
    call = scene.submission(LANES)
    first = scene.oracle
    scene.oracle = scene.chain.deploy(
        "PhiOracle",
        scene.owner,
        THETA_MIN_WAD,
        THETA_MAX_WAD,
        address(GUARDIAN),
        MODEL_HASH,
        [address(number) for number in OPERATORS],
        3,
        astuple(LIMITS),
        sender=scene.owner,
    )
    scene.nodes = 0
    scene.register([WAD // 2] * NODES)
    scene.mine(3)
    assert scene.refusal("submitReport", *call)[:2] == ("NotOperator", 0)
    scene.oracle = first
    submit(scene, call)


def test_a_report_is_good_for_one_epoch_alone(scene: Scene) -> None:
    """Neither again, nor later with its epoch alone put forward."""
    report, signatures, words = scene.submission(LANES)
    submit(scene, (report, signatures, words))
    assert scene.refusal("submitReport", report, signatures, words) == ("EpochNotConsecutive", 1, 2)
    scene.space()
    fresh = scene.report(LANES)
    assert scene.refusal("submitReport", astuple(fresh), signatures, words)[:2] == ("NotOperator", 0)
    # Skipped epochs do not exist: none can be held back for later.
    ahead = scene.submission(LANES, epoch=3)
    assert scene.refusal("submitReport", *ahead) == ("EpochNotConsecutive", 3, 2)


def test_the_sparse_way_takes_no_report_twice_either(scene: Scene) -> None:
    report, signatures, words = scene.submission(LANES)
    submit(scene, (report, signatures, words))
    assert scene.refusal("submitSparseReport", report, signatures, [0], [])[0] == "EpochNotConsecutive"


# Signatures


def test_of_all_lists_of_signers_the_ascending_are_taken_and_no_other(scene: Scene) -> None:
    """Every list of up to four of the five operators, repetitions included: 780."""
    report = scene.report(LANES)
    words = pack(LANES)
    made = [scene.sign(report, [index])[0] for index in range(5)]
    taken = 0
    for length in range(5):
        for signers in itertools.product(range(5), repeat=length):
            arguments = (astuple(report), [made[index] for index in signers], words, MODEL_HASH)
            good = length >= 3 and list(signers) == sorted(set(signers))
            try:
                outcome = scene.oracle.read("previewReport", *arguments)
            except Reverted as error:
                assert not good
                assert error.name in {"TooFewSignatures", "SignersNotAscending"}
            else:
                assert good
                assert outcome[2] == sum(1 << index for index in signers)
                taken += 1
    assert taken == 10 + 5


def test_a_mirrored_signature_is_refused_beside_its_original(scene: Scene) -> None:
    scene.mine()
    report = scene.report(LANES)
    key, low, high = malleable_pair(digest(report, chain_id=scene.chain_id, contract=scene.oracle.address))
    scene.oracle.send("setOperators", [key.public_key.to_checksum_address()], 1)
    refused = scene.refusal("submitReport", astuple(report), [astuple(high)], pack(LANES))
    assert refused == ("InvalidSignature", 0)
    submit(scene, (astuple(report), [astuple(low)], pack(LANES)))


def test_an_operator_rotated_out_signs_in_vain_even_after_signing_in_time(scene: Scene) -> None:
    call = scene.submission(LANES)
    rest = [address(number) for number in OPERATORS if number != OPERATORS[1]]
    scene.oracle.send("setOperators", rest, 3)
    assert scene.refusal("submitReport", *call) == ("NotOperator", 1, address(OPERATORS[1]))
    scene.oracle.send("setOperators", [address(number) for number in OPERATORS], 3)
    submit(scene, call)


# Bounds of time and windows


def test_deadline_turns_between_its_second_and_the_next(scene: Scene) -> None:
    now = scene.chain.timestamp
    call = scene.submission(LANES, deadline=now)
    scene.chain.at(timestamp=now + 1)
    assert scene.refusal("submitReport", *call) == ("DeadlinePassed", now, now + 1)
    scene.chain.at(timestamp=now)
    submit(scene, call)


def test_deadlines_of_zero_and_for_ever(scene: Scene) -> None:
    past = scene.submission(LANES, deadline=0)
    assert scene.refusal("submitReport", *past) == ("DeadlinePassed", 0, scene.chain.timestamp)
    submit(scene, scene.submission(LANES, deadline=(1 << 64) - 1))


def test_windows_turn_at_their_ends(scene: Scene) -> None:
    scene.apply([0] * NODES)
    previous = scene.oracle.read("lastReport")[1]
    scene.mine(5)
    number = scene.chain.number
    for changes, error in (
        ({"from_block": 0, "to_block": previous}, "WindowNotAdvancing"),
        ({"from_block": number, "to_block": number}, "WindowNotPast"),
        ({"from_block": number - 1, "to_block": number - 2}, "WindowReversed"),
        ({"to_block": (1 << 64) - 1}, "WindowNotPast"),
    ):
        assert scene.refusal("submitReport", *scene.submission(LANES, **changes))[0] == error
    submit(scene, scene.submission(LANES, from_block=0, to_block=previous + 1))


def test_spacing_turns_at_its_block(scene: Scene) -> None:
    scene.apply([0] * NODES)
    applied = scene.chain.number
    scene.mine(LIMITS.min_spacing_blocks - 1)
    refused = scene.refusal("submitReport", *scene.submission(LANES))
    assert refused == ("TooSoon", applied + 2, applied + 3)
    scene.mine()
    submit(scene, scene.submission(LANES))


# Bounds of lanes


@pytest.mark.parametrize("seed", range(12))
def test_every_node_turns_at_each_of_its_own_bounds(seed: int) -> None:
    """The lane at a bound is taken, the next is refused with that node's name; the rest stay where they are."""
    rng = random.Random(seed)
    limits = replace(
        LIMITS,
        max_phi_lane=rng.choice([3000, 6000, 20_000]),
        max_step_lane=rng.choice([1, 2500, 9000]),
        max_sum_ratio_bps=(1 << 32) - 1,
    )
    count = rng.choice([1, 15, 16, 17, 40])
    theta0 = [rng.randint(THETA_MIN_WAD, THETA_MAX_WAD) for _ in range(count)]
    scene = Scene(theta0_wad=theta0, limits=limits)
    scene.space()
    old = [0] * count
    for node in rng.sample(range(count), min(count, 6)):
        below = min(limits.max_phi_lane, limits.max_step_lane, (theta0[node] - THETA_MIN_WAD) // WAD_PER_UNIT)
        above = min(limits.max_phi_lane, limits.max_step_lane, (THETA_MAX_WAD - theta0[node]) // WAD_PER_UNIT)
        for bound, past in ((-below, -below - 1), (above, above + 1)):
            taken, refused = [*old], [*old]
            taken[node], refused[node] = bound, past
            outcome = scene.oracle.read("previewReport", *scene.submission(taken), MODEL_HASH)
            assert outcome[1] == sum_q85(taken)
            error = scene.refusal("submitReport", *scene.submission(refused))
            expected = (
                "PhiTooLarge"
                if abs(past) > limits.max_phi_lane
                else "StepTooLarge"
                if abs(past) > limits.max_step_lane
                else "ThetaOutOfBounds"
            )
            assert error[:2] == (expected, node)


def test_the_sum_turns_at_its_ratio_to_the_last_unit() -> None:
    """Of lanes all alike, the largest that keeps within the ratio is taken, and one unit more on one node is not."""
    limits = replace(LIMITS, max_sum_ratio_bps=10_300)
    scene = Scene(limits=limits)
    scene.space()
    before = sum_q85([0] * NODES)
    for sign_ in (1, -1):

        def fits(lanes: Sequence[int]) -> bool:
            after = sum_q85(lanes)
            return after * 10_000 <= before * 10_300 and before * 10_000 <= after * 10_300

        level = max(q for q in range(1200) if fits([sign_ * q] * NODES))
        lanes = [sign_ * level] * NODES
        moved = 0
        while fits([*lanes[: NODES - moved - 1], *[sign_ * (level + 1)] * (moved + 1)]):
            moved += 1
        taken = [*lanes[: NODES - moved], *[sign_ * (level + 1)] * moved]
        refused = [*lanes[: NODES - moved - 1], *[sign_ * (level + 1)] * (moved + 1)]
        assert scene.refusal("submitReport", *scene.submission(refused))[0] == "SumRatioTooLarge"
        assert scene.oracle.read("previewReport", *scene.submission(taken), MODEL_HASH)[1] == sum_q85(taken)


def test_no_lane_beyond_the_last_node_can_be_set() -> None:
    for count in (1, 2, 15, 16, 17, 31, 33):
        scene = Scene(nodes=count, limits=WIDE)
        scene.space()
        for lane in range(count, -(-count // 16) * 16):
            words = pack([0] * count)
            words[lane // 16] |= 1 << 16 * (lane % 16) + lane % 16
            report = scene.report([], phi_hash=phi_hash(words))
            error = scene.refusal("submitReport", astuple(report), scene.sign(report), words)
            assert error == ("UnusedLaneSet", lane, count)
        submit(scene, scene.submission([1] * count))


def test_the_lanes_own_ends() -> None:
    """Biased 65535 is within the widest limits; biased 0 is -32768, which no limit admits."""
    scene = Scene(theta0_wad=[0] * 16, limits=WIDE, theta_bounds=(0, WAD))
    scene.space()
    scene.apply([32_767] * 16)
    assert scene.oracle.read("theta", 15) == lane_to_wad(32_767)
    scene.register([WAD] * 16)
    lanes = [0] * 16 + [-32_767] * 16  # a step of 32 767 down from the top, and as much from zero
    scene.apply(lanes)
    assert scene.oracle.read("theta", 31) == WAD - lane_to_wad(32_767)
    assert scene.oracle.read("sumExpQ85") == sum_q85(lanes)
    scene.space()
    for node in (0, 15, 16, 31):
        past = [*lanes]
        past[node] = -32_768
        assert scene.refusal("submitReport", *scene.submission(past)) == ("PhiTooLarge", node, -32_768, 32_767)


def test_a_step_across_the_whole_range_is_seen_whole() -> None:
    """From one end of 16 bits to the other, where a difference in 16 bits would wrap."""
    limits = replace(WIDE, max_step_lane=65_533)
    scene = Scene(theta0_wad=[WAD // 2] * 16, limits=limits, theta_bounds=(0, WAD))
    scene.space()
    for node in range(16):
        up = [0] * 16
        up[node] = 16_384
        assert scene.oracle.read("previewReport", *scene.submission(up), MODEL_HASH)[1] == sum_q85(up)
    scene.apply([16_384] * 16)
    scene.oracle.send("setLimits", astuple(replace(limits, max_step_lane=32_767)))
    scene.space()
    for node in range(16):
        down = [16_384] * 16
        down[node] = -16_384
        error = scene.refusal("submitReport", *scene.submission(down))
        assert error == ("StepTooLarge", node, -16_384, 16_384, 32_767)


# Griefing by N


def test_nobody_but_the_owner_can_change_n(scene: Scene) -> None:
    for sender in (STRANGER, GUARDIAN, *OPERATORS):
        error = scene.refusal("register", [address(sender)], [WAD // 2], sender=sender)
        assert error == ("OwnableUnauthorizedAccount", address(sender))
        assert scene.refusal("retire", 0, sender=sender) == ("OwnableUnauthorizedAccount", address(sender))


def test_nodes_that_join_between_signing_and_carrying_leave_room_or_ask_for_a_new_report(scene: Scene) -> None:
    """Within the last word a signed report stays good, the new node at phi = 0; past it the next report is as good."""
    call = scene.submission(LANES)
    scene.register([WAD // 2] * 12)
    submit(scene, call)
    assert scene.oracle.read("sumExpQ85") == sum_q85([*LANES, *[0] * 12])
    scene.space()
    call = scene.submission([*LANES, *[0] * 12])
    scene.register([WAD // 2])
    assert scene.refusal("submitReport", *call) == ("WrongPhiLength", 2, 3)
    submit(scene, scene.submission([*LANES, *[5] * 13]))


def test_reports_go_on_after_any_change_of_nodes(scene: Scene) -> None:
    """Register and retire at every size around the edges of words: some report is always taken."""
    active = [True] * NODES
    for step in range(30):
        if step % 3 == 0:
            scene.register([WAD // 2] * (1 + step % 5))
            active += [True] * (1 + step % 5)
        else:
            node = active.index(True)
            scene.oracle.send("retire", node)
            active[node] = False
        lanes = [(step if step % 2 else -step) * int(is_active) for is_active in active]
        scene.apply(lanes)
        expected = sum_q85([lane for lane, is_active in zip(lanes, active, strict=True) if is_active])
        assert scene.oracle.read("sumExpQ85") == expected


@pytest.mark.parametrize("length", [3, 1000, 20_000])
def test_words_that_are_too_many_cost_the_one_who_sends_them(scene: Scene, length: int) -> None:
    """Signed or not: what is refused is refused by hash or length, after one pass over what was paid for."""
    words = [0] * length
    report = scene.report([], phi_hash=phi_hash(words))
    assert scene.refusal("submitReport", astuple(report), scene.sign(report), words) == ("WrongPhiLength", length, 2)
    other, signatures, _ = scene.submission(LANES)
    assert scene.refusal("submitReport", other, signatures, words)[0] == "WrongPhiHash"


# Crafted calldata

_HEAD = 4  # behind the selector: seven fields, then the offsets of the lists
_FIELDS = {"epoch": 0, "fromBlock": 1, "toBlock": 2, "deadline": 3}


def _with_word(data: bytes, word: int, value: int) -> bytes:
    """Calldata with the 32-byte word at position `word` behind the selector set to `value`."""
    at = _HEAD + 32 * word
    return data[:at] + value.to_bytes(32, "big") + data[at + 32 :]


def _word(data: bytes, word: int) -> int:
    return int.from_bytes(data[_HEAD + 32 * word : _HEAD + 32 * word + 32], "big")


@pytest.mark.parametrize("field", _FIELDS)
@pytest.mark.parametrize("bit", [64, 65, 127, 128, 255])
def test_bits_beyond_a_field_are_refused_even_signed(scene: Scene, field: str, bit: int) -> None:
    """The operators signed the very words with the stray bit: the digest matches, the field does not."""
    report = scene.report(LANES)
    dirty = bytearray(report_words(report))
    at = 32 * _FIELDS[field]
    value = int.from_bytes(dirty[at : at + 32], "big") | 1 << bit
    dirty[at : at + 32] = value.to_bytes(32, "big")
    message = _digest_of_words(scene, bytes(dirty))
    signatures = [sign(message, number) for number in OPERATORS[:3]]
    data = _with_word(
        scene.oracle.data("submitReport", astuple(report), signatures, pack(LANES)), _FIELDS[field], value
    )
    assert scene.refusal_of(data) == ("",)


def _digest_of_words(scene: Scene, words: bytes) -> bytes:
    """The digest that the contract gives for seven words as they are."""
    selector = scene.oracle.data("reportDigest", astuple(scene.report(LANES)))[:4]
    return scene.chain.call(scene.oracle.address, selector + words, sender=scene.owner, static=True)


def _reports(scene: Scene) -> Iterator[tuple[str, bytes]]:
    """Calldata that is taken, of every function that takes a report."""
    report, signatures, words = scene.submission(LANES)
    yield "submitReport", scene.oracle.data("submitReport", report, signatures, words)
    yield "submitSparseReport", scene.oracle.data("submitSparseReport", report, signatures, [0b11], words)
    yield "previewReport", scene.oracle.data("previewReport", report, signatures, words, MODEL_HASH)


def test_calldata_cut_short_anywhere_is_refused(scene: Scene) -> None:
    for _, data in _reports(scene):
        for end in range(4, len(data)):
            assert scene.refusal_of(data[:end])[0] in {"", "WrongPhiHash"}


@pytest.mark.parametrize("extra", [1, 31, 32, 100_000])
def test_calldata_that_goes_on_changes_nothing(extra: int) -> None:
    """Bytes behind the report were signed by nobody and are read by nobody."""
    for position in range(3):
        scene = Scene()
        scene.space()
        name, data = list(_reports(scene))[position]
        scene.chain.call(scene.oracle.address, data + b"\xff" * extra, sender=address(STRANGER))
        expected = [0] * NODES if name == "previewReport" else LANES
        assert scene.oracle.read("phiWords", 0, 2) == tuple(pack(expected))
        assert scene.oracle.read("sumExpQ85") == sum_q85(expected)


# Word positions of the offsets behind the seven fields, of each function.
_OFFSETS = {"submitReport": (7, 8), "submitSparseReport": (7, 8, 9), "previewReport": (7, 8)}
_HUGE = (
    1 << 32,
    (1 << 63) - 1,
    (1 << 64) - 1,
    1 << 64,
    1 << 255,
    MAX_UINT256,
    MAX_UINT256 - 31,
    MAX_UINT256 - 0x1000,
)


def test_offsets_that_alias_or_leave_the_calldata_mean_what_was_signed_or_are_refused(scene: Scene) -> None:
    """Each offset set to every place in the calldata and to places that no calldata has.

    A bitmap may lie anywhere, since it is derived from what was signed; then the outcome is the honest one.
    """
    for name, data in _reports(scene):
        before = scene.state()
        honest = _outcome(scene, data)
        assert honest is not None
        for word in _OFFSETS[name]:
            for offset in (*range(len(data) + 64), *_HUGE):
                got = _outcome(scene, _with_word(data, word, offset))
                is_bitmap = name == "submitSparseReport" and word == 8
                assert got == honest if offset == _word(data, word) else got is None or (is_bitmap and got == honest)
        assert scene.state() == before


def _outcome(scene: Scene, data: bytes) -> tuple[object, ...] | None:
    """What a call returns and leaves behind, taken back at once; None where it is refused."""
    before = scene.chain.evm.snapshot()
    try:
        returned = scene.chain.call(scene.oracle.address, data, sender=address(STRANGER))
        return (returned, *scene.state())
    except Reverted:
        return None
    finally:
        scene.chain.evm.revert(before)


def test_lists_that_share_their_bytes_mean_what_was_signed_or_are_refused(scene: Scene) -> None:
    """Words read out of the signatures, and signatures out of the words: neither is what was signed."""
    for name, data in _reports(scene):
        first, second = _OFFSETS[name][0], _OFFSETS[name][-1]
        assert scene.refusal_of(_with_word(data, second, _word(data, first)))[0] in {"WrongPhiHash", "WrongBitmap"}
        assert scene.refusal_of(_with_word(data, first, _word(data, second)))[0] in {
            "",  # the words are too few bytes for as many signatures
            "TooFewSignatures",
            "NotOperator",
        }


def test_gigantic_lengths_are_refused_at_once(scene: Scene) -> None:
    """Also those whose size in bytes wraps around to a small number."""
    lengths = (*_HUGE, 1 << 250, (1 << 250) + 3, 1 << 251, (1 << 251) + 2, (1 << 59) + 2)
    for name, data in _reports(scene):
        for word in _OFFSETS[name]:
            at = _word(data, word) // 32
            for length in lengths:
                assert scene.refusal_of(_with_word(data, at, length)) == ("",)
                result = scene.chain.evm.result
                assert result is not None
                assert result.gas_used < REFUSAL_GAS


def test_gigantic_lists_of_the_owners_calls_are_refused_at_once(scene: Scene) -> None:
    """Lengths that no calldata holds, in the hands of the one who may call."""
    for data in (
        scene.oracle.data("register", [address(7)], [WAD // 2]),
        scene.oracle.data("setOperators", [address(7)], 1),
    ):
        at = _word(data, 0) // 32
        for length in _HUGE:
            assert scene.refusal_of(_with_word(data, at, length), sender=OWNER)[0] in {"", "Panic(65)"}


# The table in memory


@pytest.mark.parametrize("extra", [0, 1 << 20])
def test_sums_are_exact_at_every_entry_point_whatever_the_calldata(extra: int) -> None:
    """Sixty-four full words, the largest committee, and a megabyte of bytes behind: the table lies where it must."""
    committee = tuple(range(2000, 2031))
    count = 1024
    scene = Scene(nodes=count, limits=WIDE, operators=committee, threshold=31, theta_bounds=(0, WAD))
    scene.space()
    rng = random.Random(7)
    lanes = [rng.choice([-16_384, -1, 0, 1, 16_383, rng.randint(-16_384, 16_383)]) for _ in range(count)]
    everyone = range(31)
    tail = b"\xff" * extra

    def send(function: str, *arguments: Any, sender: int = STRANGER) -> None:
        data = scene.oracle.data(function, *arguments) + tail
        scene.chain.call(scene.oracle.address, data, sender=address(sender))

    call = scene.submission(lanes, signers=everyone)
    preview = scene.oracle.data("previewReport", *call, MODEL_HASH) + tail
    returned = scene.chain.call(scene.oracle.address, preview, sender=scene.owner, static=True)
    assert int.from_bytes(returned[32:64], "big") == sum_q85(lanes)
    send("submitReport", *call)
    assert scene.oracle.read("sumExpQ85") == sum_q85(lanes)

    scene.space()
    lanes[3], lanes[1023] = -lanes[3], 77
    report, signatures, words = scene.submission(lanes, signers=everyone)
    send("submitSparseReport", report, signatures, [1 | 1 << 63], [words[0], words[63]])
    assert scene.oracle.read("sumExpQ85") == sum_q85(lanes)

    send("retire", 1023, sender=OWNER)
    send("retire", 0, sender=OWNER)
    assert scene.oracle.read("sumExpQ85") == sum_q85(lanes[1:1023])

    scene.chain.at(timestamp=scene.chain.timestamp + WIDE.max_age_seconds + 1)
    send("relax")
    halved = [int(lane / 2) for lane in lanes[1:1023]]
    assert scene.oracle.read("sumExpQ85") == sum_q85(halved)


# Difficulty at its ends


def _controller(
    scene: Scene, difficulty: int, interval: int = BLOCK_SECONDS, half_life: int = HALF_LIFE_SECONDS
) -> Any:
    return scene.chain.deploy(
        "DifficultyController", scene.oracle.address, difficulty, interval, half_life, sender=scene.owner
    )


@pytest.mark.parametrize("anchor", [1, 2, 20, (1 << 128) + 1, 1 << 255, MAX_UINT256 - 1, MAX_UINT256])
@pytest.mark.parametrize(("interval", "half_life"), [(10, 2880), (1, 1), ((1 << 32) - 1, (1 << 32) - 1), (1, 1 << 31)])
def test_p_is_at_least_one_and_never_overflows(anchor: int, interval: int, half_life: int) -> None:
    """A lone node with phi near -1 makes p exceed d: where p would not fit, it stays at the largest number."""
    scene = Scene(theta0_wad=[WAD], limits=WIDE, theta_bounds=(0, WAD))
    controller = _controller(scene, anchor, interval, half_life)
    begin = Anchor(anchor, scene.chain.number, scene.chain.timestamp, interval, half_life)
    for lane in (0, -32_767):
        scene.apply([lane])
        sum_wad = scene.oracle.read("sumExpWad")
        number, timestamp = scene.chain.number, scene.chain.timestamp
        for blocks, seconds in ((0, 0), (1, 1), (1, 10**9), (10**6, 1), (1, 1 << 39), (1 << 39, 1)):
            scene.chain.at(number=number + blocks, timestamp=timestamp + seconds)
            height, _, base, got_sum, p = controller.words(controller.data("current"))
            assert base == begin.base_difficulty_at(height=height, timestamp_seconds=scene.chain.timestamp)
            assert got_sum == sum_wad
            assert p == max(1, min(base * WAD // sum_wad, MAX_UINT256))
            assert p >= 1
        scene.chain.at(number=number, timestamp=timestamp)


@pytest.mark.parametrize("d", [0, 1, 2, (1 << 255) - 1, 1 << 255, (1 << 255) + 1, MAX_UINT256])
def test_p_of_any_d_under_many_and_few_nodes(d: int) -> None:
    for theta0, lane in (([WAD // 2] * 33, 6000), ([WAD // 2] * 33, -6000), ([WAD], -32_767), ([0], 32_767)):
        scene = Scene(theta0_wad=theta0, limits=WIDE, theta_bounds=(0, WAD))
        scene.apply([lane] * len(theta0))
        expected = max(1, min(d * WAD // scene.oracle.read("sumExpWad"), MAX_UINT256))
        assert scene.controller.read("adjusted", d) == expected


def test_p_is_refused_where_no_node_is() -> None:
    scene = Scene(nodes=0)
    for function in ("difficulty", "current"):
        with pytest.raises(Reverted) as caught:
            scene.controller.read(function)
        assert caught.value.name == "NoActiveNodes"
    assert scene.controller.read("baseDifficulty") > 0


def test_d_of_any_height_and_time_is_the_rules_or_a_plain_refusal() -> None:
    """Arguments are the caller's: beyond signed 64 bits the sum is refused, never wrapped."""
    scene = Scene(nodes=1)
    edges = (0, 1, GENESIS_NUMBER, GENESIS_TIMESTAMP, (1 << 63) - 1, 1 << 63, (1 << 63) + 1, (1 << 64) - 1)
    anchor = scene.controller.read("anchor")
    begin = Anchor(*anchor)
    for height, timestamp in itertools.product(edges, repeat=2):
        time_diff, height_diff = _int64(timestamp) - begin.timestamp_seconds, _int64(height) - begin.height
        fits = all(-(1 << 63) <= x < 1 << 63 for x in (time_diff, height_diff, time_diff + BLOCK_SECONDS))
        try:
            got = scene.controller.read("baseDifficultyAt", height, timestamp)
        except Reverted as error:
            assert error.name == f"Panic({PANIC_ARITHMETIC})"
            assert not fits
        else:
            assert fits
            assert got == begin.base_difficulty_at(height=_int64(height), timestamp_seconds=_int64(timestamp))


def _int64(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


@pytest.mark.parametrize("bitmap", [[0b111], [0b11 | 1 << 255], [0b11, 1], [0b11, 0, MAX_UINT256], [0b1], []])
def test_a_bitmap_that_sets_another_number_of_bits_than_words_are_given_is_refused(
    scene: Scene, bitmap: list[int]
) -> None:
    report, signatures, words = scene.submission(LANES)
    bits = sum(entry.bit_count() for entry in bitmap)
    refusal = scene.refusal("submitSparseReport", report, signatures, bitmap, words)
    assert refusal == ("WrongBitmap", bits, len(words))


@pytest.mark.parametrize("bitmap", [[0b101], [1 | 1 << 255], [0b10, 1], [0, 0b11]])
def test_a_bitmap_that_sets_a_bit_beyond_the_last_word_is_refused(scene: Scene, bitmap: list[int]) -> None:
    report, signatures, words = scene.submission(LANES)
    assert (len(words), sum(entry.bit_count() for entry in bitmap)) == (2, 2)
    within = (bitmap[0] & 0b11).bit_count()
    refusal = scene.refusal("submitSparseReport", report, signatures, bitmap, words)
    assert refusal == ("WrongBitmap", within, 2)


def test_relaxing_moves_theta_toward_theta0_even_where_narrowed_bounds_exclude_it() -> None:
    scene = Scene(theta0_wad=[2 * WAD // 10], limits=WIDE)
    scene.apply([10_000])  # theta = 0.505
    scene.oracle.send("setThetaBounds", 4 * WAD // 10, WAD)  # 0.505 is within, theta_0 = 0.2 is not
    theta = scene.oracle.read("theta", 0)
    scene.chain.at(timestamp=scene.chain.timestamp + WIDE.max_age_seconds + 1)
    scene.oracle.send("relax")
    assert 2 * WAD // 10 <= scene.oracle.read("theta", 0) < theta


def test_nobody_can_void_staged_pages_where_every_phi_is_zero_already() -> None:
    scene = Scene(nodes=0, contract="PagedPhiOracle", limits=replace(WIDE, relax_period_seconds=1))
    for _ in range(10):
        scene.register([WAD // 2] * 3001)
    scene.chain.at(number=scene.chain.number + 10, timestamp=scene.chain.timestamp + WIDE.max_age_seconds + 1)
    committed = phi_hash(pack([0] * scene.nodes))
    words = [0] * 512
    deadline = scene.chain.timestamp + 100
    page = (1, deadline, 0, committed, phi_hash(words))
    message = scene.oracle.read("pageDigest", page)
    scene.oracle.send("stagePage", page, [sign(message, number) for number in OPERATORS[:3]], words)
    assert scene.oracle.read("stagedPages", deadline, committed) == 1
    for _ in range(3):  # more than a whole pass
        scene.oracle.send("relax")
        assert scene.oracle.read("stagedPages", deadline, committed) == 1
        scene.chain.at(timestamp=scene.chain.timestamp + 1)


def test_a_begun_pass_of_relaxing_rests_while_the_report_is_fresh_again() -> None:
    """The owner lengthens the maximum age between two calls; once that has passed too, the pass is finished."""
    scene = Scene(nodes=0, contract="PagedPhiOracle", limits=WIDE)
    for _ in range(11):
        scene.register([WAD // 2] * 3000)
    lanes = [100] * scene.nodes
    scene.apply(lanes)
    applied = scene.chain.timestamp
    scene.chain.at(timestamp=applied + WIDE.max_age_seconds + 1)
    scene.oracle.send("relax", sender=address(STRANGER))
    words = scene.oracle.read("MAX_RELAXED_WORDS")
    half = [50] * (16 * words) + [100] * (scene.nodes - 16 * words)
    assert scene.oracle.read("phiWords", 0, 1 << 20) == tuple(pack(half))
    assert scene.oracle.read("halvings") == 1

    longer = replace(WIDE, max_age_seconds=10 * WIDE.max_age_seconds)
    scene.oracle.send("setLimits", astuple(longer))
    stale_at = applied + longer.max_age_seconds + 1
    scene.chain.at(timestamp=stale_at - 1)
    assert scene.refusal("relax") == ("NotStale", stale_at - 1, stale_at)
    assert scene.oracle.read("halvings") == 1
    scene.chain.at(timestamp=stale_at)
    scene.oracle.send("relax", sender=address(STRANGER))
    assert scene.oracle.read("phiWords", 0, 1 << 20) == tuple(pack([50] * scene.nodes))
    assert scene.oracle.read("halvings") == 1
    assert scene.oracle.read("sumExpQ85") == scene.nodes * sum_q85([50])
