"""Reads beside the plain ones: fresh or nothing, previews, what the contract says of itself, and what reads cost."""

import re
from dataclasses import astuple
from functools import reduce
from operator import xor
from typing import Any

import pytest
from eth_hash.auto import keccak
from eth_utils.abi import collapse_if_tuple
from web3.contract.contract import ContractFunction

from oracle.chain.anvil import AnvilChain
from oracle.chain.artefacts import artefact
from oracle.formulas.exp_table import sum_exp_q85
from tests.conftest import ROOT
from tests.contracts.stage import (
    GENESIS_TIMESTAMP_SECONDS,
    LIMITS,
    WAD,
    Failure,
    Stage,
    deploy_stage,
    oracle_arguments,
)

INTERFACES = ROOT / "contracts" / "interfaces"

LANES = [11 * node for node in range(20)]


def _fresh(stage: Stage) -> list[tuple[ContractFunction, ContractFunction]]:
    """Each fresh getter beside the plain one."""
    oracle, controller = stage.oracle.functions, stage.controller.functions
    return [
        (oracle.getFreshTheta(3), oracle.theta(3)),
        (oracle.getFreshPhi(3), oracle.phi(3)),
        (oracle.getFreshSumExpWad(), oracle.sumExpWad()),
        (controller.getFreshDifficulty(), controller.difficulty()),
    ]


def test_fresh_getters_give_what_the_plain_ones_give(stage: Stage) -> None:
    stage.apply(LANES)
    stage.mine(at=stage.now + LIMITS.max_age_seconds)
    for fresh, plain in _fresh(stage):
        assert fresh.call() == plain.call()


def test_fresh_getters_refuse_a_second_later(stage: Stage) -> None:
    stage.apply(LANES)
    stage.mine(at=stage.now + LIMITS.max_age_seconds + 1)
    expected = Failure("Stale", (LIMITS.max_age_seconds + 1, LIMITS.max_age_seconds))
    for fresh, plain in _fresh(stage):
        assert stage.failure(fresh) == expected
        plain.call()


def test_a_preview_tells_what_the_report_then_does(stage: Stage) -> None:
    stage.apply(LANES)
    lanes = [lane + 5 for lane in LANES]
    stage.space()
    stage.mine()  # a call runs in the latest block
    signed = stage.signed(lanes, signers=(1, 2, 4), to_block=stage.head - 1)
    arguments = (
        astuple(signed.report),
        [astuple(signature) for signature in signed.signatures],
        list(signed.phi_words),
        signed.report.model_hash,
    )
    preview = stage.oracle.functions.previewReport(*arguments).call()
    stage.send(stage.submission(signed))
    assert preview == (sum_exp_q85(LANES), stage.oracle.functions.sumExpQ85().call(), 0b10110)
    # Now it is not the next epoch any more, and the preview says so.
    assert stage.failure(stage.oracle.functions.previewReport(*arguments)) == Failure("EpochNotConsecutive", (2, 3))


def test_a_preview_takes_a_candidate_model(stage: Stage) -> None:
    candidate = bytes(31) + b"\x09"
    stage.space()
    signed = stage.signed(LANES, model_hash=candidate, to_block=stage.head - 1)
    arguments = (astuple(signed.report), [astuple(s) for s in signed.signatures], list(signed.phi_words))
    preview = stage.oracle.functions.previewReport
    assert preview(*arguments, candidate).call()[1] == sum_exp_q85(LANES)
    current = stage.contracts.oracle_state().model_hash
    assert stage.failure(preview(*arguments, current)) == Failure("WrongModel", (candidate, current))


def _selector(entry: dict[str, Any]) -> int:
    types = ",".join(collapse_if_tuple(item) for item in entry["inputs"])
    return int.from_bytes(keccak(f"{entry['name']}({types})".encode())[:4], "big")


def _interface_id(contract: str, interface: str) -> int:
    """XOR of the selectors of the functions that an interface declares itself (ERC-165)."""
    declared = set(re.findall(r"function (\w+)\(", (INTERFACES / f"{interface}.sol").read_text()))
    entries = [e for e in artefact(contract)["abi"] if e["type"] == "function" and e["name"] in declared]
    assert {entry["name"] for entry in entries} == declared
    return reduce(xor, map(_selector, entries))


@pytest.mark.parametrize(
    ("contract", "interface"),
    [
        ("PhiOracle", "IPhiOracle"),
        ("PhiOracle", "IConsensusRegistry"),
        ("PagedPhiOracle", "IPagedPhiOracle"),
        ("PagedPhiOracle", "IPhiOracle"),
        ("PagedPhiOracle", "IConsensusRegistry"),
        ("DifficultyController", "IDifficultyController"),
        ("ReportPreflight", "IReportPreflight"),
        ("DifficultyFeed", "IPhiFeed"),
        ("MeanThetaFeed", "../feeds/AggregatorV3Interface"),
        ("NodeThetaFeed", "IPhiFeed"),
    ],
)
def test_erc165_names_the_interfaces(stage: Stage, contract: str, interface: str) -> None:
    oracle, controller = stage.oracle.address, stage.controller.address
    deployed = {
        "PhiOracle": lambda: stage.oracle,
        "PagedPhiOracle": lambda: stage.deploy("PagedPhiOracle", *oracle_arguments(stage.owner)),
        "DifficultyController": lambda: stage.controller,
        "ReportPreflight": lambda: stage.deploy("ReportPreflight", oracle, controller),
        "DifficultyFeed": lambda: stage.deploy("DifficultyFeed", oracle, controller),
        "MeanThetaFeed": lambda: stage.deploy("MeanThetaFeed", oracle),
        "NodeThetaFeed": lambda: stage.deploy("NodeThetaFeed", oracle, 0),
    }[contract]()
    supports = deployed.functions.supportsInterface
    own = _interface_id(contract, interface)
    erc165 = 0x01FFC9A7
    for known in (own, erc165):
        assert supports(known.to_bytes(4, "big")).call()
    for unknown in (own ^ 1, 0, 0xFFFFFFFF):
        assert not supports(unknown.to_bytes(4, "big")).call()


def test_the_domain_is_readable(stage: Stage) -> None:
    fields, name, version, chain_id, contract, salt, extensions = stage.oracle.functions.eip712Domain().call()
    assert (fields, name, version, chain_id) == (b"\x0f", "PhiOracle", "1", stage.chain.chain_id)
    assert (contract, salt, extensions) == (stage.oracle.address, bytes(32), [])
    erc5267 = int.from_bytes(keccak(b"eip712Domain()")[:4], "big")
    assert stage.oracle.functions.supportsInterface(erc5267.to_bytes(4, "big")).call()


def test_a_read_of_theta_phi_or_p_costs_two_cold_slots_at_most() -> None:
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        stage = deploy_stage(blocks, theta0_wad=[WAD // 2] * 40)
        for call in (
            stage.oracle.functions.theta(33),
            stage.oracle.functions.phi(33),
            stage.controller.functions.difficulty(),
        ):
            request = {"from": stage.owner.address, "to": call.address, "data": call._encode_transaction_data()}
            read = stage.chain.request("eth_createAccessList", [request, "latest"])["accessList"]
            assert 1 <= sum(len(entry["storageKeys"]) for entry in read) <= 2, call.fn_name
    finally:
        blocks.close()
