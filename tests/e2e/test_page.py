"""The page in a real browser: it shows what the contracts hold and follows a new report."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from oracle.chain.contracts import Contracts
from oracle.chain.ledger import Ledger
from oracle.chain.owned import start_chain
from oracle.control.feedback import FeedbackController
from oracle.engines.registry import LEDGERS
from oracle.service.api import create_app
from oracle.service.daemon import Daemon
from oracle.service.http_server import HttpServer, take_port
from tests.e2e.browser import SCREENSHOTS, chromium
from tests.small_network import Network, make_network


@pytest.fixture(params=["eth-tester", "anvil"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a running `catalyst local --serve`; its chain, of each kind, goes on producing blocks and reports."""
    process = subprocess.Popen(
        [sys.executable, "-m", "oracle", "local", "--chain", request.param, "--serve", "--port", "0", "--epochs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    url, seen = "", []
    for line in process.stdout:
        seen.append(line)
        if found := re.match(r"page\s+(http\S+)/dapp/", line):
            url = found.group(1)
        if "serving on" in line:
            break
    assert url, "".join(seen)
    yield url
    process.terminate()
    process.wait(timeout=120)
    process.stdout.close()


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium() as browser:
        yield browser.new_page(viewport={"width": 1200, "height": 900})


def test_the_page_shows_a_new_report_without_a_reload(served: str, page: Page, request: pytest.FixtureRequest) -> None:
    kind = request.node.callspec.params["served"]
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{served}/dapp/", wait_until="commit")
    # At first sight the page says what it waits for, not that nothing was read.
    expect(page.get_by_test_id("reports-note")).to_have_text(re.compile("^(Connecting|Searching|$)"))
    expect(page.get_by_test_id("nodes")).to_have_attribute("data-count", "100", timeout=20_000)
    # The reports ahead of the page's first look are found among the events.
    rows = page.get_by_test_id("reports").locator("tbody tr")
    expect(rows.last).to_have_attribute("data-epoch", "1", timeout=20_000)
    expect(rows.nth(-2)).to_have_attribute("data-epoch", "2")
    # What is read of the past comes without a new report.
    expect(page.get_by_test_id("chart-theta")).to_have_attribute(
        "data-points", re.compile(r"[2-9]|\d\d"), timeout=20_000
    )
    expect(page.get_by_test_id("staleness")).to_contain_text(re.compile("fresh", re.IGNORECASE))
    sum_exp = page.get_by_test_id("sum-exp")
    expect(sum_exp).to_contain_text(re.compile(r"\d+\.\d+"))
    before, epoch = sum_exp.inner_text(), int(page.get_by_test_id("epoch").inner_text())
    # What the run reported before it went on serving has its reasons too.
    reported = httpx.get(f"{served}/v1/epochs?limit=200").json()["items"]
    assert [(each["epoch"], each["reason"] is not None) for each in reported[-2:]] == [(2, True), (1, True)]
    theta = page.locator("[data-node='7']").get_attribute("data-theta")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"page-{kind}-before.png", full_page=True)

    expect(page.get_by_test_id("epoch")).not_to_have_text(str(epoch), timeout=60_000)
    expect(sum_exp).not_to_have_text(before)
    page.screenshot(path=SCREENSHOTS / f"page-{kind}-after.png", full_page=True)
    assert page.locator("[data-node='7']").get_attribute("data-theta") != theta
    # What it shows for a report is what the journal says of it, so nothing of the page is made up.
    reports = page.get_by_test_id("reports").inner_text()
    row = httpx.get(f"{served}/v1/reports").json()["items"][-1]
    assert f"{row['from_block']}" in reports
    assert f"{row['to_block']}" in reports
    # Node 1 serves the dearest quarter of what waits: its θ is no less than that of node 7, which won nothing, and more
    # once no bound cuts all wishes to one step (`test_five_epochs_are_applied_and_verified` sees that).
    of_nodes = [float(page.locator(f"[data-node='{node}']").get_attribute("data-theta") or 0) for node in (1, 7)]
    assert of_nodes[0] >= of_nodes[1] > 0
    page.goto(f"{served}/dapp/#/node/1")
    expect(page.get_by_test_id("fill")).to_be_visible(timeout=20_000)
    expect(page.get_by_test_id("node-blocks").locator("tbody tr").first).to_be_visible()
    page.screenshot(path=SCREENSHOTS / f"page-{kind}-node.png", full_page=True)
    assert not complaints, complaints
    # All the while the chain went on, and the oracle with it.
    assert httpx.get(f"{served}/health", timeout=120).json()["problems"] == []


# What the page says of a ledger beside p.
NOTES = {"StakeLedger": "term 0; active stake 0", "DelegateLedger": "term 0; nobody is elected"}


@pytest.fixture(params=LEDGERS)
def ledger_network(request: pytest.FixtureRequest) -> Network:
    """A network with a ledger; the chain's own blocks come faster than its rounds."""
    network = make_network(start_chain("anvil"), FeedbackController().model_hash)
    oracle = network.record.contracts["PhiOracle"].address
    terms = LEDGERS[request.param].of_run(600)
    difficulty = network.contracts.node_count() * terms.p(600, 3_000_000)
    network.steps.contract(request.param, (oracle, difficulty, 600, 2880, 100, 6), *terms.arguments())
    network.contracts = Contracts(network.owned.chain, network.record.addresses())
    network.blocks(3)
    return network


def test_with_a_ledger_page_and_api_show_the_p_that_nodes_meet_and_what_it_counts(
    ledger_network: Network, page: Page, tmp_path: Path
) -> None:
    network, chain = ledger_network, ledger_network.owned.chain
    deployed = network.record.ledger()
    assert deployed is not None
    ledger, name = Ledger(chain, deployed.address, deployed.contract), deployed.contract
    counts, says = LEDGERS[name].words.p_is, NOTES.get(name, "")
    met, controllers = ledger.open_round(chain.head()), network.contracts.difficulty().difficulty
    assert met.difficulty != controllers
    with contextlib.closing(network.store(tmp_path / "oracle.sqlite")) as store:
        daemon = Daemon(network.cycle(None, store))
        daemon.step()
        server = HttpServer(create_app(daemon, network.record.as_json()), take_port("127.0.0.1", 0))
        server.start()
        try:
            answer = httpx.get(f"{server.url}/v1/network", timeout=120).json()["difficulty"]
            page.goto(f"{server.url}/dapp/")
            expect(page.get_by_test_id("difficulty")).to_have_attribute(
                "data-value", str(met.difficulty), timeout=20_000
            )
            expect(page.locator("#unit")).to_have_text(f"{counts} of round 1, by {name}")
            expect(page.locator("#engine")).to_be_visible(visible=bool(says))
            expect(page.locator("#engine")).to_contain_text(says)
            expect(page.get_by_test_id("controller-difficulty")).to_have_attribute("data-value", str(controllers))
            expect(page.get_by_test_id("controller-difficulty")).to_be_visible()
            page.screenshot(path=SCREENSHOTS / f"page-{name}.png", full_page=True)
        finally:
            server.stop()
    assert (answer["difficulty"], answer["contract"], answer["round"]) == (str(met.difficulty), name, 1)
    assert answer["controller_difficulty"] == str(controllers)
