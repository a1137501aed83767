"""Every error of the contracts has its sentence, and a plan is spoken of by its parties' names."""

from typing import Any

import pytest

from oracle.agreements.clearing import _sentences
from oracle.agreements.refusals import credit_sentences, plan_sentences
from oracle.agreements.words import PlanWords, listed, utc
from oracle.chain.artefacts import artefact
from oracle.plans.plan import ARBITER, DONE, REFUND, Status
from oracle.plans.templates.clearing import Round
from tests.contracts.plan_stage import BUYER, CARRIER, MONEY, SELLER, sale
from tests.trust.signing import address

# Of libraries: of strings that no call has, and of a token that calls back.
OF_LIBRARIES = {"InvalidShortString", "StringTooLong", "Reentrancy"}
NAMES = ("the seller", "the carrier", "the buyer")
WORDS = PlanWords(sale(), NAMES)
ID = b"\x07" * 32
AT = 1_800_000_000
ROUND = Round(MONEY, (address(SELLER), address(BUYER)), AT, ID, ID, 0, ((), ()), (0, 0))


def _errors(contract: str) -> set[str]:
    return {entry["name"] for entry in artefact(contract)["abi"] if entry["type"] == "error"} - OF_LIBRARIES


def test_every_error_of_the_contracts_has_a_sentence() -> None:
    of_credit = credit_sentences("0x1").keys() - {"TransferFailed"}
    assert plan_sentences(WORDS).keys() | of_credit == _errors("PlanBook")
    assert _sentences(ROUND).keys() | of_credit == _errors("Clearing")


@pytest.mark.parametrize(
    ("error", "arguments", "said"),
    [
        ("WrongSignature", (1,), "the signature of the carrier is not its own over what is sent; have it sign"),
        ("WrongDeposit", (3, 5), f"3 units arrived where 5 units were deposited, so the token {MONEY} takes a fee"),
        ("NotNamed", (address(SELLER), address(BUYER)), "the seller may not do this, the buyer alone may; give the"),
        ("NotNamed", (address(9), address(CARRIER)), f"{address(9)} may not do this, the carrier alone may"),
        ("NotPresentStep", (ARBITER, 1), "the dispute is not the present one; the plan stands at step 2 of 3 (accept)"),
        ("NotPresentStep", (8, 1), "step 9, which the plan does not have is not the present one"),
        ("TooLate", (AT,), "over at 2027-01-15 08:00:00 UTC; anyone can now lead the plan on by a timeout"),
        *(("WrongStatus", (ID, status), f"plan 0x{ID.hex()} ") for status in Status),
    ],
)
def test_a_refusal_names_culprit_and_remedy(error: str, arguments: tuple[Any, ...], said: str) -> None:
    sentence = plan_sentences(WORDS)[error](*arguments)
    assert sentence.startswith(said) or said in sentence
    assert "; " in sentence


@pytest.mark.parametrize(
    ("error", "arguments", "said"),
    [
        ("InvalidRound", ("parties must be in ascending order",), "parties must be in ascending order; make it anew"),
        ("InvalidObligation", (1, 0), f"obligation 1 of party 1 ({address(BUYER)}) names no other party or no amount"),
        ("WrongNet", (0, 5, -3), f"party 0 ({address(SELLER)}) signed a net of 5 where the obligations give -3"),
        ("WrongSignature", (1,), f"the signature of party 1 ({address(BUYER)}) is not its own over this round"),
        ("WrongPayment", (0, 8, 10), f"8 units arrived from party 0 ({address(SELLER)}) where 10 were due"),
    ],
)
def test_so_does_a_refusal_of_a_round(error: str, arguments: tuple[Any, ...], said: str) -> None:
    assert said in _sentences(ROUND)[error](*arguments)


def test_times_have_no_last_year() -> None:
    assert utc(AT) == "2027-01-15 08:00:00 UTC"
    assert utc(1 << 40).startswith("36812-")


def test_names_are_listed() -> None:
    assert [listed(list("abc"[:count])) for count in (1, 2, 3)] == ["a", "a and b", "a, b and c"]


def test_where_a_step_leads_is_said() -> None:
    judged = PlanWords(sale(arbiter=True), (*NAMES, "the judge"))
    assert [judged.target(each) for each in (DONE, REFUND, ARBITER, 2)] == [
        "the plan is done",
        "all is refunded",
        "the judge decides",
        "step 3 of 3 (pay) follows",
    ]
    assert PlanWords(sale()).party(0) == f"party 0 ({address(SELLER)})"
