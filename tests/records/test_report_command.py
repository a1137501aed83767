"""`catalyst report` by its command line on Anvil: made, attested to, computed anew, and found out where changed."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account

from oracle.chain.anvil import AnvilChain
from oracle.plans.document import document_of, write_plan
from oracle.plans.plan import DAY_SECONDS, NO_TOKEN
from oracle.plans.templates.report import ReportTerms, report_plan
from oracle.plans.terms import Setting, When
from tests.conftest import Command, Refusal

QUERY = {"figures": ["transactions", "fees", "blocks"], "first_block": 1, "last_block": 4}


@pytest.fixture
def anvil(tmp_path: Path) -> Iterator[AnvilChain]:
    """A chain at the present time, whose blocks come by the clock, with the key of an office, and its plan."""
    chain = AnvilChain(genesis_timestamp_seconds=int(time.time()), block_seconds=0.2)
    office = Account.from_key(chain.faucet_key)
    (tmp_path / "office.key").write_text(office.key.hex())
    (tmp_path / "office.key").chmod(0o600)
    terms = ReportTerms("the registry", tuple(QUERY["figures"]), 1, 4, When(seconds=DAY_SECONDS))  # type: ignore[arg-type]
    setting = Setting({"the registry": office.address}, NO_TOKEN, int(time.time()), bytes(32))
    write_plan(tmp_path / "plan.json", document_of(report_plan(terms, setting), ("the registry",)))
    (tmp_path / "query.json").write_text(json.dumps(QUERY))
    yield chain
    chain.close()


def test_a_report_is_attested_to_and_anyone_computes_it_anew(
    anvil: AnvilChain, command: Command, different: Command, refusal: Refusal, tmp_path: Path
) -> None:
    node = ("--rpc", anvil.url)
    by = (*node, "--key-file", "office.key")
    command("plan", "deploy", *by)
    while anvil.chain.head() < 4:
        time.sleep(0.1)
    made = json.loads(command("report", "make", *node, "--query", "query.json", "--out", "out", "--json"))
    assert made["figures"]["blocks"]["count"] == 4
    assert made["figures"]["transactions"]["count"] >= 1
    assert made["hash"] in (tmp_path / "out" / "report.html").read_text()
    assert f"report,hash,,{made['hash']}" in (tmp_path / "out" / "report.csv").read_text()

    again = ("report", "recompute", "out/report.json", "--plan", "plan.json", *node)
    command("plan", "sign", "plan.json", *by, "--out", "signed.json")
    command("plan", "propose", "plan.json", *by, "--signature", "signed.json")
    assert "differs: nobody has attested to a report by this plan" in different(*again)
    command("plan", "perform", "plan.json", *by, "--step", "1", "--evidence", "out/report.json")
    assert f"equal: the chain gives these figures, and {made['hash']} was attested to" in command(*again)

    changed = json.loads((tmp_path / "out" / "report.json").read_text())
    changed["figures"]["transactions"]["count"] += 1
    (tmp_path / "out" / "report.json").write_text(json.dumps(changed))
    told = json.loads(different(*again, "--json"))
    assert told["attested"] == made["hash"] != told["hash"]
    assert told["equal"] is False
    other_hash, other_figure = told["differences"]
    assert other_hash.startswith(f"{made['hash']} was attested to, and the hash of this file is")
    assert other_figure.startswith("figures.transactions.count is")

    assert "give either --query or --reading" in refusal("report", "make", *node, "--out", "out")
    (tmp_path / "query.json").write_text(json.dumps({**QUERY, "last_block": 10**6}))
    assert "are more than a query may have" in refusal("report", "make", *node, "--query", "query.json", "--out", "out")
    (tmp_path / "query.json").write_text(json.dumps({**QUERY, "figures": ["theta"]}))
    missing = refusal("report", "make", *node, "--query", "query.json", "--out", "out")
    assert "deployment" in missing
    (tmp_path / "query.json").write_text("[" * 10_000)
    assert "query.json is no JSON" in refusal("report", "make", *node, "--query", "query.json", "--out", "out")
