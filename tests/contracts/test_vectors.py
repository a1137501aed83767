"""The contracts give what the vector files say, where both compute the same."""

from collections.abc import Iterator
from typing import Any

import pytest

from oracle.chain.embedded import EmbeddedChain
from oracle.formulas.lanes import LANES_PER_WORD
from oracle.workload.funding import fund
from tests.contracts.harness import Harness
from tests.contracts.stage import BIAS, GENESIS_TIMESTAMP_SECONDS, WAD, WIDE, Stage, deploy_stage, oracle_arguments
from tests.vectors.cases import COW, COWS_FIRST_CONTRACT
from tests.vectors.test_vectors import read

_OF_THAT_CONTRACT = ("a report of a hundred nodes", "each number at its greatest")
_HASHES = ("windowHash", "modelHash", "phiHash")


def test_lanes_and_their_phi(harness: Harness) -> None:
    for case in read("lanes.json")["packing"]:
        count = len(case["lanes"])
        words = [int(word, 16) for word in case["words"]]
        assert harness("lanes", words)[:count] == case["lanes"], case["name"]
        for lane, wad in zip(case["lanes"], case["phi_wad"], strict=True):
            assert harness("toWads", lane, 1) == [int(wad)]


def test_halved_lanes(harness: Harness) -> None:
    for case in read("lanes.json")["halving"]:
        (word,) = harness("halved", [case["lane"] % 2**16], case["times"])
        assert word == case["halved"] % 2**16, case


def test_sums_of_exp_to_the_last_bit(harness: Harness) -> None:
    for case in read("difficulty.json")["cases"]:
        lanes = case["lanes"]
        missing = -len(lanes) % LANES_PER_WORD  # lanes of 0, each of which the harness counts as exactly 1
        words = [int(word, 16) for word in _words(case["name"])]
        total = sum(harness("sums", [word ^ BIAS for word in words]))
        assert total - (missing << 85) == int(case["sum_exp_q85"]), case["name"]


def _words(name: str) -> list[str]:
    (words,) = (case["words"] for case in read("lanes.json")["packing"] if case["name"] == name)
    return list(words)


def test_p_of_d_and_sum(harness: Harness) -> None:
    cases = read("difficulty.json")["cases"]
    arguments = [[int(case[name]) for case in cases] for name in ("d", "sum_exp_wad")]
    assert harness("adjusted", *arguments) == [int(case["p"]) for case in cases]


def test_targets(harness: Harness) -> None:
    cases = read("asert.json")["targets"]
    fields = (
        "anchor_target",
        "time_diff_seconds",
        "height_diff",
        "interval_seconds",
        "half_life_seconds",
        "max_target",
    )
    arguments = [tuple(int(case[field]) for field in fields) for case in cases]
    assert harness("nextTargets", arguments) == [int(case["target"]) for case in cases]


@pytest.fixture(scope="module")
def hundred() -> Iterator[Stage]:
    """A hundred nodes on the embedded chain, free to move in one report, and money for the vectors' account."""
    blocks = EmbeddedChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    stage = deploy_stage(blocks, theta0_wad=[WAD // 2] * 100, limits=WIDE)
    fund(stage.chain, stage.owner, [COW], 100 * WAD, stage.mine)
    yield stage
    blocks.close()


@pytest.mark.parametrize("case", read("report.json")["cases"], ids=lambda case: case["name"])
def test_the_digest_of_a_report(hundred: Stage, case: dict[str, Any]) -> None:
    """By a contract at the vectors' address: where the vectors' account creates its first."""
    domain, message = case["domain"], case["message"]
    if not hundred.chain._w3.eth.get_code(COWS_FIRST_CONTRACT):
        receipt = hundred.send(hundred.constructor("PhiOracle", *oracle_arguments(COW)), sender=COW)
        assert receipt["contractAddress"] == COWS_FIRST_CONTRACT
    numbers = [int(message[name]) for name in ("epoch", "fromBlock", "toBlock", "deadline")]
    report = (*numbers, *(bytes.fromhex(message[name][2:]) for name in _HASHES))
    here = domain["chainId"] == hundred.chain.chain_id and domain["verifyingContract"] == COWS_FIRST_CONTRACT
    contract = hundred.chain._w3.eth.contract(address=COWS_FIRST_CONTRACT, abi=hundred.oracle.abi)
    assert here == (case["name"] in _OF_THAT_CONTRACT)
    digest = bytes(contract.functions.reportDigest(report).call())
    # On another chain, or for another contract, it is another digest.
    assert (digest == bytes.fromhex(case["digest"][2:])) == here


def test_a_report_of_the_hundred_lanes_leaves_the_files_sum_and_p(hundred: Stage) -> None:
    lanes = read("lanes.json")["packing"][-1]["lanes"]
    hundred.apply(lanes)
    (case,) = (
        case for case in read("difficulty.json")["cases"] if case["name"] == "a hundred nodes" and case["d"] == "327680"
    )
    assert hundred.sum_exp_wad() == int(case["sum_exp_wad"])
    assert hundred.controller.functions.adjusted(int(case["d"])).call() == int(case["p"])
    assert hundred.oracle.functions.phiWords(0, 7).call() == [int(word, 16) for word in _words("a hundred nodes")]


def test_d_by_the_files_anchor(hundred: Stage) -> None:
    """The controller anchors at the block that creates it; the file's heights and times are shifted to that."""
    content = read("asert.json")
    anchor = content["anchor"]
    controller = hundred.deploy(
        "DifficultyController",
        hundred.oracle.address,
        int(anchor["difficulty"]),
        anchor["interval_seconds"],
        anchor["half_life_seconds"],
    )
    difficulty, height, timestamp, interval, half_life = controller.functions.anchor().call()
    assert (difficulty, interval, half_life) == (
        int(anchor["difficulty"]),
        anchor["interval_seconds"],
        anchor["half_life_seconds"],
    )
    for case in content["schedule"]:
        at = (
            height + case["height"] - anchor["height"],
            timestamp + case["timestamp_seconds"] - anchor["timestamp_seconds"],
        )
        assert controller.functions.baseDifficultyAt(*at).call() == int(case["d"]), case
