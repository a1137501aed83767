"""Public reports: the same for everyone, and computed anew by anyone."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from eth_hash.auto import keccak

from oracle.chain.events import event
from oracle.plans.templates.report import FIGURES, ReportTerms, report_plan
from oracle.plans.terms import Setting, When
from oracle.records.figures import Evaluated, Query, QueryInvalid, evaluate, query_of_terms
from oracle.records.public_report import (
    document_of,
    recompute,
    report_csv,
    report_hash,
    report_html,
    report_json,
    rows_of,
)
from tests.records.stage import Town
from tests.records.street import OFFICE, Street
from tests.small_network import Network

PLAIN = ("transactions", "fees", "blocks")
RENDERED = (report_json, report_csv, report_html, report_hash)


@pytest.fixture
def evaluated(street: Street) -> Evaluated:
    return evaluate(street.chain, Query(PLAIN, 1, 5))


def test_a_report_is_the_same_for_everyone(street: Street, evaluated: Evaluated) -> None:
    again = evaluate(street.chain, Query(PLAIN, 1, 5))
    assert [render(again) for render in RENDERED] == [render(evaluated) for render in RENDERED]
    document = json.loads(report_json(evaluated))
    assert set(document) == {"query", "figures", "chainId", "firstBlockHash", "lastBlockHash"}
    assert document["lastBlockHash"] == "0x" + street.chain.block_hash(5).hex()
    assert report_hash(evaluated) == keccak(report_json(evaluated))
    assert recompute(street.chain, document) is None


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("figures", "transactions", "count"), 7, "figures.transactions.count is 7 in the report, and 6 by the chain"),
        (("figures", "fees", "wei"), "1", "figures.fees.wei is '1' in the report"),
        (("figures", "blocks", "mean_interval_seconds"), "5", "figures.blocks.mean_interval_seconds is '5'"),
        (("figures", "transactions", "count"), True, "figures.transactions.count is True"),
        (("figures", "profit"), 1, "figures.profit is 1 in the report, and missing by the chain"),
        (("figures", "fees"), None, "figures.fees is missing in the report"),
        (("query", "last_block"), 4, "lastBlockHash is"),
        (("query", "first_block"), 2, "firstBlockHash is"),
        (("query", "figures"), ["transactions", "fees"], "figures.blocks is of 2 entries in the report, and missing"),
        (("query", "last_block"), 99, "cannot be evaluated: block 99 is not mined yet"),
        (("query", "last_block"), "5", "the query of the report is none"),
        (("chainId",), 5, "chainId is 5 in the report"),
        (("firstBlockHash",), "0x00", "firstBlockHash is '0x00'"),
        (("signedBy",), "office", "the report has 'signedBy', which no report has"),
        (("contracts",), {}, "contracts is of 0 entries in the report, and missing"),
    ],
)
def test_what_was_changed_is_named(
    street: Street, evaluated: Evaluated, path: tuple[str, ...], value: Any, said: str
) -> None:
    document = json.loads(report_json(evaluated))
    place = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert said in str(recompute(street.chain, document))


def test_what_is_no_report_is_told_so(street: Street) -> None:
    assert recompute(street.chain, []) == "the report is no JSON object"


def test_a_report_on_contracts_is_of_the_deployment_that_one_knows(network: Network) -> None:
    chain, addresses = network.owned.chain, network.contracts.addresses
    document = document_of(evaluate(chain, Query(("difficulty", "theta"), chain.head(), chain.head()), addresses))
    assert recompute(chain, document, addresses) is None
    with pytest.raises(QueryInvalid, match="give the deployment"):
        recompute(chain, document)
    forged = {**document, "contracts": {**document["contracts"], "DifficultyController": OFFICE.address}}
    assert "contracts.DifficultyController is" in str(recompute(chain, forged, addresses))
    forged = json.loads(json.dumps(document))
    forged["figures"]["difficulty"]["by_block"][0] = "1"
    assert "figures.difficulty.by_block[0] is '1'" in str(recompute(chain, forged, addresses))


def test_the_table_has_every_value(evaluated: Evaluated) -> None:
    table = list(csv.DictReader(io.StringIO(report_csv(evaluated).decode())))
    values = {(row["figure"], row["measure"]): row["value"] for row in table}
    assert values["report", "hash"] == "0x" + report_hash(evaluated).hex()
    assert values["transactions", "count"] == "6"
    assert values["blocks", "mean_interval_seconds"] == "11/2"
    assert len(table) == 4 + len(rows_of(evaluated))


def test_the_page_has_every_value_and_loads_nothing(network: Network) -> None:
    chain = network.owned.chain
    evaluated = evaluate(chain, Query(FIGURES, chain.head() - 1, chain.head()), network.contracts.addresses)
    page = report_html(evaluated).decode()
    assert all(row.value in page for row in rows_of(evaluated))
    assert report_hash(evaluated).hex() in page
    assert "prefers-color-scheme: dark" in page
    assert not re.search(r"(src|href)=|url\(|@import|<script", page)


def test_the_page_escapes_whatever_it_is_given(evaluated: Evaluated) -> None:
    hostile = replace(evaluated, figures={"fees": {"<script>alert(1)</script>": "<b>"}})
    page = report_html(hostile).decode()
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page


def test_numbers_are_shown_as_people_read_them(evaluated: Evaluated) -> None:
    shown = {row.measure: row.shown for row in rows_of(evaluated)}
    assert shown["mean_interval_seconds"] == "5.5"
    assert Fraction(shown["wei"].removesuffix(" coins")) * 10**18 == int(evaluated.figures["fees"]["wei"])
    assert shown["count"] == ""


def test_an_office_attests_to_the_hash_of_its_report() -> None:
    town = Town()
    terms = ReportTerms("the office", ("transactions", "blocks"), 1, 3, When(day=date(2026, 2, 1)))
    setting = Setting({"the office": OFFICE.address}, "0x" + "0" * 40, town.now, bytes(keccak(b"the duty")))
    plan = report_plan(terms, setting)
    town.send(town.payer, OFFICE.address, b"", value_wei=10**18)
    town.begin(plan, OFFICE)
    evaluated = evaluate(town.chain, query_of_terms(terms))
    receipt = town.perform(plan, 0, OFFICE, report_hash(evaluated))
    performed = event("PlanBook", "Performed")
    (log,) = [each for each in receipt["logs"] if bytes(each["topics"][0]) == performed.topic]
    assert bytes(log["data"])[:32] == report_hash(evaluated)
    town.owned.close()
