"""Plans as JSON files: the way through a file changes nothing, and what is wrong is named with its remedy."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from oracle.errors import InputError
from oracle.plans.document import document_of, plan_of, read_plan, schema, text_of, write_plan
from oracle.plans.plan import REST, Plan
from oracle.plans.signing import plan_id
from tests.contracts.plan_stage import MONEY, START_SECONDS, random_plan, sale

NAMES = ("seller", "carrier", "buyer", "judge")
SOURCES = {"1": ["The carrier hands over within 5 days."], "price": ["The price is 1 200.00 “EUR”."]}


def checksummed(plan: Plan) -> Plan:
    return replace(
        plan,
        parties=tuple(str(to_checksum_address(each)) for each in plan.parties),
        token=str(to_checksum_address(plan.token)),
    )


def random_plans(count: int) -> list[Plan]:
    return [
        random_plan(Random(seed), token=MONEY, keys=range(7_100, 7_105), now=START_SECONDS) for seed in range(count)
    ]


def test_a_plan_is_the_same_after_the_way_through_a_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    for plan in [*random_plans(150), sale(), sale(arbiter=True, salt=(1 << 256) - 1, model_hash=b"\x07" * 32)]:
        names = tuple(f"Party {index}" for index in range(len(plan.parties)))
        write_plan(path, document_of(plan, names))
        assert plan_of(read_plan(path)) == (checksummed(plan), names)
        assert plan_id(plan_of(read_plan(path))[0]) == plan_id(plan)


def test_a_document_is_the_same_after_the_way_through_a_plan(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    document = document_of(sale(arbiter=True), NAMES, SOURCES)
    write_plan(path, document)
    assert read_plan(path) == document
    assert document_of(*plan_of(document), SOURCES) == document
    assert json.loads(path.read_text())["sources"] == SOURCES


def test_files_are_written_for_people() -> None:
    content = json.loads(text_of(document_of(sale(arbiter=True), NAMES)))
    assert "sources" not in content
    receive, accept, pay = content["steps"]
    assert receive["late"] == {"days": 10, "penalty_per_day": "1200", "from": "buyer", "to": "buyer"}
    assert (receive["on_done"], receive["on_timeout"], receive["on_refusal"]) == (2, "refund", "never")
    assert (accept["on_done"], accept["on_refusal"], accept["late"]) == (3, "arbiter", None)
    assert pay["payments"][1] == {"from": "buyer", "to": "seller", "amount": "rest"}
    assert content["parties"][2]["deposit"] == "128000"
    assert content["salt"] == "0x0"


def validator_of(schema: dict[str, Any]) -> Any:
    """Of JSON documents by a schema."""
    # Here, since it takes seconds: each process of a run imports this file, and one runs it.
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

    return Draft202012Validator(schema)


def without_quorum(content: Any) -> None:
    del content["steps"][0]["quorum"]


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.update(price=1),
        lambda content: content["steps"][0].update(on_done="later"),
        lambda content: content["parties"][0].update(deposit=5),
        without_quorum,
    ],
)
def test_the_schema_refuses_what_is_no_plan(change: Callable[[Any], object]) -> None:
    content = json.loads(text_of(document_of(sale(), NAMES[:3])))
    validator = validator_of(schema())
    validator.validate(content)
    change(content)
    assert not validator.is_valid(content)


def test_the_schema_takes_whatever_is_written() -> None:
    validator = validator_of(schema())
    validator.check_schema(schema())
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for plan in random_plans(20):
        names = [f"Party {index}" for index in range(len(plan.parties))]
        validator.validate(json.loads(text_of(document_of(plan, names))))


# What is wrong with a file


def refusal(path: Path, change: Callable[[dict[str, Any]], object]) -> str:
    content = json.loads(text_of(document_of(sale(arbiter=True), NAMES, SOURCES)))
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(InputError) as refused:
        read_plan(path)
    return str(refused.value).removeprefix(f"{path}: ")


def in_step(number: int, **fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["steps"][number - 1].update(fields)


def in_payment(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["steps"][2]["payments"][0].update(fields)


def in_party(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["parties"][0].update(fields)


_MISTYPED = "0xBa1230F00d4Ec8Fb06Fc5b8826450C56F3Ea9CEb"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            in_step(2, actor="carier"),
            "step 2, actor: 'carier' is no party: name one of seller, carrier, buyer, judge",
        ),
        (in_step(1, late=3), "step 1, late is 3: give an object of days, penalty_per_day, from and to, or null"),
        (
            in_step(1, on_done=0),
            'step 1, on_done is 0: give the number of a later step, counted from 1, or "done", "refund" or "arbiter"',
        ),
        (
            in_step(2, on_timeout=2),
            'step 2, on_timeout is 2: give the number of a later step, 3 to 3, or "done", "refund" or "arbiter"',
        ),
        (
            in_step(3, on_refusal=4),
            'step 3, on_refusal is 4: no step follows, so give "done", "refund" or "arbiter"',
        ),
        (in_step(1, witnesses=["seller", "seller"]), "step 1, witnesses: one is named twice: name each once"),
        (
            in_step(3, verb="sell"),
            'step 3, verb is "sell": give what the step is: receive, accept, pay, grant, revoke, attest, net',
        ),
        (
            in_payment(amount=8_000),
            "step 3, payment 1, amount is 8000: give a whole number of units of the token, in quotes, such as "
            '"128000", or "rest"',
        ),
        (in_payment(amount=str(REST)), "step 3, payment 1, amount is 2^128 - 1 or more: give a smaller number"),
        (in_payment(payer="buyer"), "'payer' is no field of step 3, payment 1: correct its name, or remove it"),
        (
            lambda content: content["steps"][2]["payments"][0].pop("from"),
            'step 3, payment 1, from is missing: add the name of a party whose deposit pays, or "everyone"',
        ),
        (in_party(address="0x12"), 'party 1, address is "0x12": give an address: 0x and 40 hexadecimal digits'),
        (
            in_party(address=_MISTYPED),
            f"party 1, address: {_MISTYPED} has a wrong checksum, so a digit is mistyped: copy the address again",
        ),
        (in_party(name="BUYER"), "party 3, name: 'buyer' looks like 'BUYER': give each party its own name"),
        (
            in_party(name="everyone"),
            "party 1, name: 'everyone' stands for all parties: give it another name",
        ),
        (
            in_party(name="sel\u202eler"),
            "party 1, name: 'sel\\u202eler' holds what is not shown: name it by letters and digits",
        ),
        (lambda content: content.update(price=1), "'price' is no field of a plan: correct its name, or remove it"),
        (lambda content: content.update(steps=[]), "steps is []: give 1 to 16 steps"),
        (
            lambda content: content.update(sources={"0": ["text"]}),
            "sources, '0' is no step: count the steps from 1 to 3",
        ),
        (
            lambda content: content.update(arbiter="umpire"),
            "arbiter: 'umpire' is no party: name one of seller, carrier, buyer, judge",
        ),
    ],
)
def test_what_is_wrong_is_named_with_file_field_and_remedy(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    assert refusal(tmp_path / "plan.json", change) == sentence


def test_no_field_may_be_left_out_but_the_sources(tmp_path: Path) -> None:
    for field in json.loads(text_of(document_of(sale(), NAMES[:3]))):
        assert refusal(tmp_path / "plan.json", lambda content, field=field: content.pop(field)).startswith(  # type: ignore[misc]
            f"{field} is missing: add "
        )


def test_a_field_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    text = text_of(document_of(sale(), NAMES[:3]))
    path.write_text(text.replace('"amount": "8000"', '"amount": "8000", "amount": "1"'))
    with pytest.raises(InputError, match="the field 'amount' is there twice in one object: keep one of them"):
        read_plan(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * (sys.getrecursionlimit() * 10), b"{}", b"7"])
def test_what_is_no_plan_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_plan(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file or directory; give the JSON file of a plan"):
        read_plan(tmp_path / "plan.json")


def test_an_address_without_checksum_is_taken_and_given_one(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    content = json.loads(text_of(document_of(sale(), NAMES[:3])))
    expected = [party["address"] for party in content["parties"]]
    for party in content["parties"]:
        party["address"] = party["address"].lower()
    path.write_text(json.dumps(content))
    assert list(plan_of(read_plan(path))[0].parties) == expected


def test_a_plan_that_no_document_holds_is_refused() -> None:
    with pytest.raises(InputError, match="there are 3 parties, 2 names and 3 deposits"):
        document_of(sale(), NAMES[:2])
    with pytest.raises(InputError, match="party 10 does not exist: there are 3 parties"):
        document_of(replace(sale(), arbiter=9), NAMES[:3])
    with pytest.raises(InputError, match='party 1, address is "me": give an address'):
        document_of(replace(sale(), parties=("me", *sale().parties[1:])), NAMES[:3])
    with pytest.raises(InputError, match="'4' is no step"):
        document_of(sale(), NAMES[:3], {"4": ["A clause."]})
