"""Reports tried without being applied: what would happen, which rule would break, and models on trial."""

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, replace
from typing import Any

import pytest
from web3.contract import Contract
from web3.contract.contract import ContractFunction
from web3.exceptions import ContractCustomError, ContractLogicError, Web3RPCError
from web3.logs import DISCARD

from oracle.chain.anvil import AnvilChain
from oracle.formulas.exp_table import q85_to_wad, sum_exp_q85
from oracle.formulas.lanes import WAD_PER_UNIT
from oracle.report.signing import SignedReport
from tests.contracts.stage import (
    GENESIS_TIMESTAMP_SECONDS,
    LIMITS,
    STRANGER,
    WAD,
    Failure,
    Stage,
    decode_failure,
    deploy_stage,
)

THETA0_WAD = [WAD // 2 + node * WAD // 100 for node in range(20)]
RETIRED = 7
LANES = [0 if node == RETIRED else 37 * (node - 10) for node in range(20)]
CANDIDATE = b"\x77" * 32


@dataclass
class Desk:
    """A stage and its preflight."""

    stage: Stage
    preflight: Contract

    def signed(self, lanes: list[int] = LANES, **changes: Any) -> SignedReport:
        """A report that the next block takes, and the present one too."""
        return self.stage.signed(lanes, **({"to_block": self.stage.head - 1} | changes))

    def call(self, function: str, signed: SignedReport) -> ContractFunction:
        made: ContractFunction = self.preflight.functions[function](
            astuple(signed.report), [astuple(signature) for signature in signed.signatures], list(signed.phi_words)
        )
        return made

    def check(self, signed: SignedReport) -> dict[str, Any]:
        names = ("refusal", "sum_exp_wad", "difficulty", "min_theta", "max_theta", "signers", "accepted")
        return dict(zip(names, self.call("checkReport", signed).call(), strict=True))


@pytest.fixture(scope="module")
def deployed() -> Iterator[Desk]:
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        stage = deploy_stage(blocks, theta0_wad=THETA0_WAD)
        stage.chain.request("anvil_setBalance", [STRANGER.address, hex(10**20)])
        stage.send(stage.oracle.functions.retire(RETIRED))
        preflight = stage.deploy("ReportPreflight", stage.oracle.address, stage.controller.address)
        stage.mine(10)
        yield Desk(stage, preflight)
    finally:
        blocks.close()


@pytest.fixture
def desk(deployed: Desk) -> Iterator[Desk]:
    snapshot = deployed.stage.chain.request("evm_snapshot", [])
    yield deployed
    assert deployed.stage.chain.request("evm_revert", [snapshot])


def test_an_accepted_report_does_what_was_said(desk: Desk) -> None:
    signed = desk.signed()
    check = desk.check(signed)
    assert (check["accepted"], check["refusal"], check["signers"]) == (True, b"", 0b111)
    active = [node for node in range(20) if node != RETIRED]
    thetas = [THETA0_WAD[node] + LANES[node] * WAD_PER_UNIT for node in active]
    assert (check["min_theta"], check["max_theta"]) == (min(thetas), max(thetas))
    assert check["sum_exp_wad"] == q85_to_wad(sum_exp_q85([LANES[node] for node in active]))
    # p is that of the block in which the check ran; the report itself comes a block later.
    base = desk.stage.controller.functions.baseDifficulty().call()
    assert check["difficulty"] == base * WAD // check["sum_exp_wad"]
    desk.stage.send(desk.stage.submission(signed))
    applied = [theta for node, theta in enumerate(desk.stage.thetas()) if node != RETIRED]
    assert (min(applied), max(applied)) == (check["min_theta"], check["max_theta"])
    assert desk.stage.sum_exp_wad() == check["sum_exp_wad"]
    assert desk.stage.controller.functions.adjusted(base).call() == check["difficulty"]


Change = Callable[[Desk], SignedReport]
REFUSED: dict[str, Change] = {
    "EpochNotConsecutive": lambda desk: desk.signed(epoch=2),
    "DeadlinePassed": lambda desk: desk.signed(deadline=desk.stage.now - 1),
    "WrongModel": lambda desk: desk.signed(model_hash=CANDIDATE),
    "WindowReversed": lambda desk: desk.signed(from_block=desk.stage.head),
    "WindowNotAdvancing": lambda desk: desk.signed(from_block=0, to_block=0),
    "WindowNotPast": lambda desk: desk.signed(to_block=desk.stage.head),
    "TooFewSignatures": lambda desk: desk.stage.sign(desk.signed().report, LANES, signers=(0, 1)),
    "SignersNotAscending": lambda desk: replace(desk.signed(), signatures=desk.signed().signatures[::-1]),
    "WrongPhiHash": lambda desk: replace(desk.signed(), phi_words=(1, 2)),
    "WrongPhiLength": lambda desk: desk.signed([*LANES, *LANES]),
    "StepTooLarge": lambda desk: desk.signed([LIMITS.max_step_lane + 1, *LANES[1:]]),
    "RetiredLaneSet": lambda desk: desk.signed([*LANES[:RETIRED], 1, *LANES[RETIRED + 1 :]]),
    "UnusedLaneSet": lambda desk: desk.signed([*LANES, 5]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_report_is_refused_for_the_reason_that_a_submission_would_be(desk: Desk, name: str) -> None:
    signed = REFUSED[name](desk)
    check = desk.check(signed)
    refusal = decode_failure(check["refusal"])
    assert refusal.name == name
    assert refusal == desk.stage.failure(desk.stage.submission(signed))
    assert [value for key, value in check.items() if key != "refusal"] == [0, 0, 0, 0, 0, False]


def test_reports_too_soon_or_while_paused_are_refused(desk: Desk) -> None:
    desk.stage.apply(LANES)
    soon = desk.check(desk.signed(from_block=desk.stage.head - 1))
    assert decode_failure(soon["refusal"]).name in ("TooSoon", "WindowNotAdvancing")
    desk.stage.send(desk.stage.oracle.functions.pause())
    assert decode_failure(desk.check(desk.signed())["refusal"]) == Failure("Paused", ())


def test_too_little_gas_is_no_broken_rule(desk: Desk) -> None:
    """From none to enough: the answer is the true one, or that the gas did not do; never another."""
    signed = desk.signed()
    call = desk.call("checkReport", signed)
    whole = call.call()
    enough = call.estimate_gas()
    outcomes = set()
    for gas in range(30_000, enough + 20_000, 997):
        try:
            answer = call.call({"gas": gas})
        except ContractCustomError as error:
            assert decode_failure(bytes.fromhex(str(error.data)[2:])) == Failure("NotEnoughGas", ())
            outcomes.add("said so")
        except (ContractLogicError, Web3RPCError) as error:
            # No answer at all: out of gas at the top, or a read that bubbled up with no data.
            assert getattr(error, "data", None) == "0x" or "gas" in str(error).lower()
            outcomes.add("ran out itself")
        else:
            assert answer == whole
            outcomes.add("answered")
    assert outcomes == {"ran out itself", "said so", "answered"}


def test_a_shadow_report_of_another_model_emits_what_it_would_do_and_changes_nothing(desk: Desk) -> None:
    signed = desk.signed(model_hash=CANDIDATE)
    before = desk.stage.storage_roots()
    receipt = desk.stage.send(desk.call("shadowReport", signed), sender=STRANGER)
    assert desk.stage.storage_roots() == before
    (event,) = desk.preflight.events.ShadowReported().process_receipt(receipt, errors=DISCARD)
    shown = dict(event["args"])
    sum_wad = q85_to_wad(sum_exp_q85([lane for node, lane in enumerate(LANES) if node != RETIRED]))
    base = desk.stage.controller.functions.baseDifficulty().call()
    assert shown == {
        "epoch": 1,
        "modelHash": CANDIDATE,
        "sender": STRANGER.address,
        "phiHash": signed.report.phi_hash,
        "accepted": True,
        "refusal": b"",
        "signers": 0b111,
        "sumExpWad": sum_wad,
        "difficulty": base * WAD // sum_wad,
        "minThetaWad": shown["minThetaWad"],
        "maxThetaWad": shown["maxThetaWad"],
    }
    assert 0 < shown["minThetaWad"] < shown["maxThetaWad"] < WAD
    # The live model's report of the same epoch is taken as if nothing had been.
    desk.stage.send(desk.stage.submission(desk.signed()))


def test_a_shadow_report_that_breaks_a_rule_says_which(desk: Desk) -> None:
    broken = desk.signed([LIMITS.max_step_lane + 1, *LANES[1:]], model_hash=CANDIDATE)
    receipt = desk.stage.send(desk.call("shadowReport", broken), sender=STRANGER)
    (event,) = desk.preflight.events.ShadowReported().process_receipt(receipt, errors=DISCARD)
    assert not event["args"]["accepted"]
    assert decode_failure(event["args"]["refusal"]).name == "StepTooLarge"


def test_a_shadow_report_that_the_committee_did_not_sign_is_not_accepted(desk: Desk) -> None:
    signed = desk.stage.sign(desk.signed(model_hash=CANDIDATE).report, LANES, signers=(0, 1, 2))
    forged = replace(signed, report=replace(signed.report, window_hash=b"\x01" * 32))
    receipt = desk.stage.send(desk.call("shadowReport", forged), sender=STRANGER)
    (event,) = desk.preflight.events.ShadowReported().process_receipt(receipt, errors=DISCARD)
    assert not event["args"]["accepted"]
    assert decode_failure(event["args"]["refusal"]).name in ("NotOperator", "InvalidSignature")
