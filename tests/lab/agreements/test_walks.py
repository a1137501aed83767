"""Walks of the five kinds of agreement, on both chains: what is told, and who has what in the end."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak

from oracle.errors import FormulaMismatch, InputError
from oracle.lab.agreements.carried import Carried
from oracle.lab.agreements.charity import walk_charity
from oracle.lab.agreements.demo import EXAMPLES, WALKS, demo, example
from oracle.lab.agreements.logistics import walk_amended_sale, walk_disputed_sale, walk_logistics
from oracle.lab.agreements.report import MOST_BLOCKS, walk_report
from oracle.lab.agreements.stage import Agreement, Stage, opened_stage
from oracle.plans.plan import DAY_SECONDS
from oracle.plans.reading.evidence import Question
from oracle.plans.reading.read import Reading
from oracle.plans.text.screen import unfit
from oracle.plans.text.sentences import sentences_of
from oracle.plans.text.values import Unclear, values_of
from tests.lab.agreements.readings import GIFT, PARTIES, REPORT, SALE, reading_of

_BLOCK = re.compile(r"^Block \d+, [\d,]+ gas: ")


@pytest.fixture(params=["eth-tester", "anvil"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with opened_stage(request.param, tmp_path / "out") as opened:
        yield opened


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Stage]:
    with opened_stage("eth-tester", tmp_path / "out") as opened:
        yield opened


def walked(stage: Stage, template: str, reading: Reading | None = None) -> str:
    """All that a walk of a template's first example says."""
    said: list[str] = []
    WALKS[template](stage, Agreement(example(template), reading or reading_of(template)), said.append)
    return "\n".join(said)


def balances(stage: Stage, *names: str) -> list[int]:
    return [stage.token.balance(str(stage.key(name).address)) for name in names]


def changed(template: str, terms: dict[str, Any], parties: dict[str, Any], **changes: Any) -> Reading:
    return Reading(template, parties, {**terms, **changes})


def disputed() -> Reading:
    parties = {**PARTIES["logistics"], "arbiter": "Ines Falk"}
    return changed("logistics", SALE, parties, on_refusal="arbiter", arbiter_seconds=10 * DAY_SECONDS)


# Sales


def test_a_sale_that_comes_two_days_late(stage: Stage) -> None:
    told = walked(stage, "logistics")
    assert "150.00 EUR off for each late day, for at most 8 days" in told
    assert "finds no fault" in told
    assert "gets back 13 440.00 EUR; the parties have agreed to this." in told
    assert "the contract holds 13 440.00 EUR" in told
    assert "does step 1 (receive), the goods are there, 2 days late" in told
    assert told.endswith("Every balance is what the plan promises.")
    assert sum(bool(_BLOCK.match(line)) for line in told.splitlines()) == 7
    found = balances(stage, "Marlow Interiors Ltd", "Alpenglas Werke GmbH", "Rhenus Transit AG")
    assert found == [30_000, 1_250_000, 64_000]
    assert stage.token.balance(stage.contracts.book) == 0


def test_a_sale_with_an_arbiter_a_date_and_no_penalty(embedded: Stage) -> None:
    parties = {**PARTIES["logistics"], "arbiter": "Ines Falk"}
    terms = {name: value for name, value in SALE.items() if name != "delivery_seconds"}
    refused = {"on_refusal": "arbiter", "arbiter_seconds": 10 * DAY_SECONDS, "late": None, "fee_borne_by": "seller"}
    told = walked(embedded, "logistics", changed("logistics", terms, parties, delivery_date="2027-05-14", **refused))
    assert "delivery by the end of 14 May 2027 (UTC)" in told
    assert "Ines Falk has 10 days to decide" in told
    assert balances(embedded, "Alpenglas Werke GmbH", "Rhenus Transit AG") == [1_216_000, 64_000]


def test_a_sale_by_share_where_silence_refunds(embedded: Stage) -> None:
    late = {"days": 1, "per_day_bps": 50}
    told = walked(
        embedded, "logistics", changed("logistics", SALE, PARTIES["logistics"], on_silence="refund", late=late)
    )
    assert "64.00 EUR off for each late day, for at most 1 day" in told
    assert "1 day late" in told
    assert balances(embedded, "Marlow Interiors Ltd") == [6_400]


def test_a_sale_that_is_refused_is_divided_by_the_arbiter(stage: Stage) -> None:
    said: list[str] = []
    walk_disputed_sale(stage, Agreement(example("logistics"), disputed()), said.append)
    told = "\n".join(said)
    assert "Marlow Interiors Ltd refuses step 2 (accept): half of the goods are damaged" in told
    assert "Ines Falk divides what is held: it pays Rhenus Transit AG and halves the rest" in told
    assert "Together: 13 440.00 EUR, as ahead of the plan." in told
    found = balances(stage, "Marlow Interiors Ltd", "Alpenglas Werke GmbH", "Rhenus Transit AG", "Ines Falk")
    assert found == [640_000, 640_000, 64_000, 0]
    assert stage.token.balance(stage.contracts.book) == 0


def test_a_sale_without_an_arbiter_has_no_dispute(embedded: Stage) -> None:
    with pytest.raises(InputError, match="names no arbiter"):
        walk_disputed_sale(embedded, Agreement(example("logistics"), reading_of("logistics")), lambda _: None)


def test_a_sale_that_all_amend_is_in_time_by_its_new_deadline(stage: Stage) -> None:
    said: list[str] = []
    walk_amended_sale(stage, Agreement(example("logistics"), reading_of("logistics")), said.append)
    told = "\n".join(said)
    assert "all sign that delivery is due 14 days later" in told
    assert "the goods are there, with the hash" in told  # and not "days late": the first deadline is over
    assert "passes step 2 (accept), whose time is over" in told
    found = balances(stage, "Marlow Interiors Ltd", "Alpenglas Werke GmbH", "Rhenus Transit AG")
    assert found == [0, 1_280_000, 64_000]


# Donations


def test_a_donation_of_which_one_milestone_is_reached(stage: Stage) -> None:
    told = walked(stage, "charity")
    assert "2 of 3 reviewers must attest: Amara Diallo, Piet Vos and Hana Sato" in told
    assert "attested by Amara Diallo and Piet Vos; credited: Wells for Kisumu 3 400.00 EUR" in told
    assert "nobody has attested to the second milestone" in told
    assert "credited: Orchard Street Bakery 3 600.00 EUR and Leonie Brandt 1 500.00 EUR" in told
    donors = balances(stage, "Orchard Street Bakery", "Leonie Brandt", "Wells for Kisumu", "Hana Sato")
    assert donors == [360_000, 150_000, 340_000, 0]
    assert stage.token.balance(stage.contracts.book) == 0


def test_a_donation_with_one_milestone_is_released_whole(embedded: Stage) -> None:
    whole = [{**GIFT["milestones"][0], "share_bps": 10_000}]
    told = walked(embedded, "charity", changed("charity", GIFT, PARTIES["charity"], milestones=whole))
    assert "The plan is done." in told
    assert balances(embedded, "Orchard Street Bakery", "Wells for Kisumu") == [0, 850_000]


# Clearing


def test_sixty_obligations_of_twelve_parties_are_settled_at_once(stage: Stage) -> None:
    told = walked(stage, "clearing")
    assert "60 obligations of 12 parties" in told
    assert "settles 60 obligations of 357 307.67 EUR by moving 98 553.80 EUR" in told
    assert "12 transfers in place of 60: 48 are saved" in told
    reading = reading_of("clearing")
    nets = dict.fromkeys(reading.parties, 0)
    for debt in reading.terms["obligations"]:
        nets[debt["debtor"]] -= debt["minor"]
        nets[debt["creditor"]] += debt["minor"]
    assert balances(stage, *nets) == [max(net, 0) for net in nets.values()]
    assert stage.token.balance(stage.contracts.clearing) == 0


# Consents


def test_a_record_is_read_between_grant_and_revocation(stage: Stage) -> None:
    told = walked(stage, "medical").splitlines()
    marks = [
        "is refused: the patient has not granted access yet.",
        "does step 1 (grant)",
        "sealed for its key alone",
        "apixaban",
        "does step 2 (revoke)",
        "is refused: the consent has ended: it was revoked, or its time is over.",
    ]
    found = [next(at for at, line in enumerate(told) if mark in line) for mark in marks]
    assert found == sorted(found)
    assert not any("penicillin" in line for line in told)  # a field that the consent does not cover


# Reports


def test_a_report_is_attested_and_computed_anew(stage: Stage) -> None:
    told = walked(stage, "report")
    document = (stage.out / "report.json").read_bytes()
    assert f"its hash is the attested 0x{keccak(document).hex()}" in told
    assert "With one figure changed it is found out: figures.blocks.count is 41 in the report, and 40 by" in told
    figures = json.loads(document)["figures"]
    assert figures["blocks"] == {"count": 40, "mean_interval_seconds": "10"}
    transactions = sum(len(stage.chain.sealed_block(number).block.transactions) for number in range(1, 41))
    assert figures["transactions"]["count"] == transactions > 0
    with (stage.out / "report.csv").open() as file:
        rows = {(row["figure"], row["measure"]): row["value"] for row in csv.DictReader(file)}
    assert rows["fees", "wei"] == figures["fees"]["wei"]
    assert figures["fees"]["wei"] in (stage.out / "report.html").read_text()


def test_a_report_on_the_contracts_of_a_network(embedded: Stage) -> None:
    of_contracts = {"figures": ["blocks", "difficulty", "theta"], "first_block": 60, "last_block": 62}
    told = walked(embedded, "report", changed("report", REPORT, PARTIES["report"], **of_contracts))
    assert "theta, mean: 1/2 (0.5)" in told
    assert "difficulty, by_block at block 62: " in told


def test_a_report_on_more_blocks_than_are_made_is_not_walked(embedded: Stage) -> None:
    reading = changed("report", REPORT, PARTIES["report"], last_block=MOST_BLOCKS + 1)
    with pytest.raises(InputError, match=f"this chain is made to have {MOST_BLOCKS} at most"):
        walk_report(embedded, Agreement("text", reading), print)


# What does not go on


def test_a_plan_with_faults_is_not_signed(embedded: Stage) -> None:
    own = {**PARTIES["charity"], "reviewers": ["Amara Diallo"]}
    never = [{**GIFT["milestones"][0], "due_date": "2025-01-01"}]
    reading = changed("charity", GIFT, own, quorum=1, milestones=never)
    said: list[str] = []
    with pytest.raises(InputError, match=r"the checker finds faults in this plan: .* Correct the text"):
        walk_charity(embedded, Agreement("text", reading), said.append)
    assert not any("signs the plan" in line for line in said)


def test_balances_that_differ_are_found_out(embedded: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Carried._balances

    def short(self: Carried) -> tuple[int, ...]:
        first, *rest = whole(self)
        return (first - (self.state.status.has_ended and 1), *rest)

    monkeypatch.setattr(Carried, "_balances", short)
    with pytest.raises(
        FormulaMismatch, match=r"Marlow Interiors Ltd has 299\.99 EUR, where the plan promises 300\.00 EUR"
    ):
        walk_logistics(embedded, Agreement(example("logistics"), reading_of("logistics")), print)


# The demonstration


def test_the_demonstration_reads_its_example_and_walks_it(tmp_path: Path) -> None:
    read: list[str] = []
    said: list[str] = []

    def reader(text: str) -> Reading:
        read.append(text)
        return disputed() if text == example("logistics", 2) else reading_of("logistics")

    demo("logistics", chain="eth-tester", out=tmp_path, say=said.append, read=reader)
    assert read == [example("logistics", number) for number in (1, 2, 3)]
    assert sum(line.startswith("Together: ") for line in said) == 3
    assert "worth nothing" in said[0]
    assert said[-1] == "Every balance is what the plan promises."


def test_the_demonstration_lists_the_questions_that_a_reading_leaves(tmp_path: Path) -> None:
    questions = (Question("price_minor", "What is the price?"), Question("due", "By when?"))
    reading = replace(reading_of("logistics"), questions=questions)
    with pytest.raises(InputError, match=r"leaves questions.*\n  - What is the price\?\n  - By when\?"):
        demo("logistics", chain="eth-tester", out=tmp_path, say=print, read=lambda _: reading)
    with pytest.raises(InputError, match="is read as charity"):
        demo("logistics", chain="eth-tester", out=tmp_path, say=print, read=lambda _: reading_of("charity"))


def test_the_demonstration_knows_its_templates_and_chains(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no example 1 of 'loan'"):
        demo("loan", chain="eth-tester", out=tmp_path, say=print, read=lambda _: reading_of("logistics"))
    with pytest.raises(InputError, match="'mainnet' is no chain that can be started: give eth-tester or anvil"):
        demo("logistics", chain="mainnet", out=tmp_path, say=print, read=lambda _: reading_of("logistics"))


@pytest.mark.parametrize("template", WALKS)
@pytest.mark.parametrize("number", range(1, EXAMPLES + 1))
def test_examples_are_fit_to_be_read(template: str, number: int) -> None:
    text = example(template, number)
    assert unfit(text) == []
    values = [found.value for sentence in sentences_of(text) for found in values_of(sentence)]
    assert values
    assert not any(isinstance(value, Unclear) for value in values)
