"""A network of 100 000 nodes: thirteen pages take effect together, and the way back is open.

What pages and halving cost is held on Anvil, by `test_outliers.py::test_what_a_page_and_a_call_of_relax_take_fits`.
"""

import random
from dataclasses import astuple

import pytest

from oracle.formulas.exp_table import sum_exp_q85
from oracle.formulas.lanes import WAD, halve, lane_to_wad, pack, phi_hash
from oracle.report.pages import PAGE_WORDS
from tests.contracts.stage import LIMITS
from tests.trust.scene import OPERATORS, THRESHOLD, Scene
from tests.trust.signing import sign

NODE_COUNT = 100_000
BATCH = 5_000
SIGNERS = OPERATORS[:THRESHOLD]


@pytest.fixture(scope="module")
def huge() -> Scene:
    """On pyrevm: a chain of its own would take minutes to register the nodes."""
    scene = Scene(nodes=0, contract="PagedPhiOracle")
    for _ in range(0, NODE_COUNT, BATCH):
        scene.register([WAD // 2] * BATCH)
    scene.mine(5)
    return scene


def _lanes(scene: Scene) -> list[int]:
    words = scene.oracle.read("phiWords", 0, 1 << 20)
    return [(word >> 16 * i & 0xFFFF ^ 0x8000) - 0x8000 for word in words for i in range(16)][:NODE_COUNT]


def _stage(scene: Scene, lanes: list[int], deadline: int) -> int:
    """Stage every page; how many."""
    words, epoch = pack(lanes), scene.oracle.read("lastReport")[0] + 1
    pages = 0
    for index, first in enumerate(range(0, len(words), PAGE_WORDS)):
        part = words[first : first + PAGE_WORDS]
        page = (epoch, deadline, index, phi_hash(words), phi_hash(part))
        digest = scene.oracle.read("pageDigest", page)
        scene.oracle.send("stagePage", page, [sign(digest, number) for number in SIGNERS], part)
        pages += 1
    return pages


def _turn(scene: Scene, lanes: list[int], deadline: int) -> None:
    """Put the staged pages in force."""
    scene.space()
    report = scene.report(lanes, deadline=deadline)
    scene.oracle.send("submitPagedReport", astuple(report), scene.sign(report, range(THRESHOLD)))


def test_pages_of_100_000_nodes_take_effect_together_and_relax_by_calls(huge: Scene) -> None:
    chosen = random.Random(11)
    for _ in range(2):  # into either copy of φ
        lanes = [chosen.randrange(-1200, 1200) for _ in range(NODE_COUNT)]
        before = _lanes(huge)
        deadline = huge.chain.timestamp + 500
        assert _stage(huge, lanes, deadline) == 13
        assert _lanes(huge) == before
        _turn(huge, lanes, deadline)
        assert _lanes(huge) == lanes
        assert huge.oracle.read("sumExpQ85") == sum_exp_q85(lanes)
        thetas = huge.oracle.read("thetas", 0, NODE_COUNT)
        assert list(thetas) == [WAD // 2 + lane_to_wad(lane) for lane in lanes]

    stale_at = huge.chain.timestamp + LIMITS.max_age_seconds + 1
    words = huge.oracle.read("MAX_RELAXED_WORDS")
    calls = -(-NODE_COUNT // (16 * words))
    for call in range(calls):
        # A period more has begun by the second call: the pass is finished first.
        huge.chain.at(timestamp=stale_at + call * LIMITS.relax_period_seconds)
        huge.oracle.send("relax")
        end = min(NODE_COUNT, (call + 1) * 16 * words)
        expected = [halve(lane, 1) for lane in lanes[:end]] + lanes[end:]
        assert _lanes(huge) == expected
        assert huge.oracle.read("sumExpQ85") == sum_exp_q85(expected)
    assert calls == 4
    huge.chain.at(timestamp=stale_at + calls * LIMITS.relax_period_seconds)
    huge.oracle.send("relax")
    # The next pass makes up for the periods begun since the first: halved once then, five periods begun now.
    expected = [halve(lane, 5) for lane in lanes[: 16 * words]] + [halve(lane, 1) for lane in lanes[16 * words :]]
    assert _lanes(huge) == expected
