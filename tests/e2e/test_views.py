"""Every view of the page over a network with a past, read from the contracts alone."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from oracle.chain.calls import ContractCalls
from oracle.chain.ports import free_port
from oracle.engines.registry import ENGINES
from oracle.formulas.lanes import WAD
from oracle.storage.cid import cid_of
from tests.agreements.stage import BUYER_KEY, SELLER_KEY
from tests.conftest import ROOT
from tests.e2e.browser import SCREENSHOTS, chromium
from tests.e2e.built_on import CONTENT, OTHER_CHAIN
from tests.e2e.page_world import DIST, NODES, World, page_world

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
MOST_SCRIPT_BYTES = 120_000  # gzipped
WAIT_MS = 30_000
VIEWS = {
    "": "[data-testid=chart-theta][data-points]",
    "reports": "[data-testid=all-reports] tbody tr",
    "engine": "[data-testid=rounds] tbody tr",
    "plans": "[data-testid=plans] tbody tr",
    "plan/PLAN": "[data-testid=plans] tbody tr",
    "files": "[data-testid=files] tbody tr",
    "file/FILE": "[data-testid=files] tbody tr",
    "transfers": "[data-testid=transfers] tbody tr",
    "node/2": "[data-testid=chart-node][data-points]",
    "epoch/2": "[data-testid=moves]:not(:has-text('Reading'))",
    "epoch/999": "[data-testid=report] p",
}
_ROUND_NODE = 3  # place of the winner in Round of IConsensusLedger
Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def world(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A network by proof of work, with a plan, a file and transfers."""
    path = tmp_path_factory.mktemp("pow")
    with page_world(path, ENGINES["pow"].of_run(10), blocks=24, with_applications=True) as found:
        yield found


@pytest.fixture
def opened(browser: Browser, world: World) -> Iterator[Opened]:
    """Opens a view of the page in a context of its own; errors of its scripts fail the test."""
    contexts, errors = [], []

    def open_page(
        fragment: str = "", *, script: str = "", width: int = 1280, scheme: Any = "light", **changes: str
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        if script:
            page.add_init_script(script)
        page.goto(world.address(_named(fragment, world), **changes))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors


def _named(fragment: str, world: World) -> str:
    return fragment.replace("PLAN", "0x" + world.plan_id.hex()).replace("FILE", "0x" + world.file_id.hex())


def _live(page: Page) -> None:
    expect(page.locator("#link")).to_have_attribute("data-state", "live", timeout=WAIT_MS)


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (360, "dark"),
        (1280, "light"),
        pytest.param(360, "light", marks=pytest.mark.long),
        pytest.param(1280, "dark", marks=pytest.mark.long),
    ],
)
def test_axe_finds_nothing_in_any_view_and_nothing_is_wider_than_the_screen(
    opened: Opened, world: World, width: int, scheme: str
) -> None:
    page = opened(width=width, scheme=scheme)
    page.locator("summary").last.click()  # what is folded away is looked at too
    page.evaluate(AXE.read_text())
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for view, shown in VIEWS.items():
        page.evaluate("fragment => { location.hash = fragment }", f"#/{_named(view, world)}")
        page.wait_for_selector(shown, timeout=WAIT_MS)
        name = view.lower().replace("/", "-") or "overview"
        page.screenshot(path=SCREENSHOTS / f"view-{name}-{width}-{scheme}.png", full_page=True)
        found = page.evaluate("axe.run()")
        assert found["passes"], view
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == [], view
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def test_charts_and_tables_show_what_the_contracts_emitted(opened: Opened, world: World) -> None:
    page = opened()
    contracts = world.site.contracts
    epochs = contracts.oracle_state().epoch
    assert epochs >= 3
    rows = page.get_by_test_id("reports").locator("tbody tr")
    expect(rows).to_have_count(epochs, timeout=WAIT_MS)
    expect(page.get_by_test_id("reports-note")).to_have_text("")
    # A point for each report, and the latest block.
    expect(page.get_by_test_id("chart-sum-exp")).to_have_attribute("data-points", str(epochs + 1), timeout=WAIT_MS)
    won = world.site.ledger.open_round(contracts.chain.head()).number - 1
    expect(page.get_by_test_id("chart-p")).to_have_attribute("data-points", str(won), timeout=WAIT_MS)
    expect(page.get_by_test_id("chart-latency")).to_have_attribute("data-points", str(won - 3))
    # By keyboard, from the latest block back to the first report; the table says the same.
    plot = page.get_by_test_id("chart-theta").get_by_role("slider")
    plot.focus()
    page.keyboard.press("Home")
    text = plot.get_attribute("aria-valuetext") or ""
    page.locator("#history-table summary").click()
    last = page.locator("#history-rows tbody tr").last.locator("td").all_inner_texts()
    assert text.startswith(last[0])
    assert f"mean {last[7]}" in text
    assert plot.get_attribute("aria-valuenow") == "0"
    block = int(last[1])
    nodes = contracts.nodes(block)
    thetas = [(theta0 + lane * WAD // 2**15) / WAD for theta0, lane in zip(nodes.theta0_wad, nodes.lanes, strict=True)]
    least, mean, most = (float(value) for value in last[6:])
    assert (least, mean, most) == pytest.approx((min(thetas), sum(thetas) / NODES, max(thetas)), abs=1e-6)
    reading = contracts.difficulty(block)
    assert last[4].replace(",", "") == str(reading.base_difficulty)
    assert abs(int(last[3].replace(",", "")) - reading.difficulty) <= 1


def test_a_report_names_window_model_signers_and_how_to_verify_it(opened: Opened, world: World) -> None:
    page = opened("epoch/2")
    report = page.get_by_test_id("report")
    state = world.site.contracts.oracle_state()
    expect(report).to_contain_text("0x" + state.model_hash.hex(), timeout=WAIT_MS)
    for index in (0, 1):
        expect(report).to_contain_text(f"operator {index}: {world.site.operators[index].address}")
    expect(report).to_contain_text(re.compile(r"blocks \d+ to \d+: \d+ blocks"))
    line = page.get_by_test_id("verify-line").inner_text()
    assert line == f"catalyst verify --rpc {world.blocks.url}/ --epoch 2"
    # Without an operator's API the page says so; the line is then the way.
    expect(page.get_by_test_id("why")).to_contain_text("catalyst explain", timeout=WAIT_MS)
    page.get_by_text("Later report").click()
    expect(page.locator(".view-title")).to_have_text("Report of epoch 3")
    expect(page.locator(".view-title")).to_be_focused()
    assert page.title() == "Report of epoch 3 · Catalyst"


def test_a_report_shows_which_words_moved_it_where_the_api_beside_the_page_knows(opened: Opened, world: World) -> None:
    word = {"text": "<b>evening sale</b>", "added_phi": 0.125, "alone_phi": 0.1, "first_block": 5, "last_block": 9}
    reason = {"numbers_phi": -0.03125, "text_phi": 0.125, "words": [word], "of": 4}
    world.folder.files["/epochs/3"] = {"epoch": 3, "reason": reason}
    why = opened("epoch/3").get_by_test_id("why")
    expect(why).to_contain_text("-0.031250, text added +0.125000", timeout=WAIT_MS)
    # Text of the chain is text, never markup.
    expect(why.locator("tbody td").first).to_have_text("<b>evening sale</b>")
    expect(why).to_contain_text("3 more texts")


def test_a_node_has_a_page_by_deep_link_keyboard_and_back_button(opened: Opened, world: World) -> None:
    page = opened("node/2")
    own = page.get_by_test_id("node-page")
    contracts, head = world.site.contracts, world.site.chain.head()
    expect(own).to_contain_text(world.site.miners[2].address, timeout=WAIT_MS)
    nodes = contracts.nodes(head)
    expect(own).to_contain_text(f"{nodes.lanes[2] / 2**15:.18f}")
    rounds = world.site.ledger.open_round(head).number - 1
    ledger = ContractCalls(world.site.chain, "PowLedger", world.deployment["contracts"]["PowLedger"]["address"])
    wins = sum(ledger.read("roundOf", number)[_ROUND_NODE] == 2 for number in range(1, rounds + 1))
    expect(own).to_contain_text(f"{wins} of the last {rounds} rounds", timeout=WAIT_MS)
    page.get_by_text("Node after").click()
    expect(page.locator(".view-title")).to_have_text("Node 3")
    page.go_back()
    expect(page.locator(".view-title")).to_have_text("Node 2")
    page.goto(world.address("node/999"))
    expect(own).to_contain_text(f"There is no node 999; indices run from 0 to {NODES - 1}.", timeout=WAIT_MS)
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("listbox").focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".view-title")).to_have_text("Node 1")
    expect(page.locator(".view-title")).to_be_focused()


def test_plans_are_listed_with_parties_and_steps(opened: Opened, world: World) -> None:
    page = opened("plans")
    page.get_by_test_id("plans").get_by_role("link").first.click(timeout=WAIT_MS)
    plan = page.get_by_test_id("plans")
    expect(plan).to_contain_text("0x" + world.plan_id.hex(), timeout=WAIT_MS)
    expect(plan).to_contain_text("1 of 3: receive")
    expect(plan.locator("tbody").first.locator("tr")).to_have_count(3)


def test_a_file_tells_who_holds_it_and_how_that_was_proved(opened: Opened, world: World) -> None:
    page = opened("files")
    page.get_by_test_id("files").get_by_role("link").first.click(timeout=WAIT_MS)
    file = page.get_by_test_id("files")
    expect(file).to_contain_text(str(cid_of(CONTENT)), timeout=WAIT_MS)
    expect(file).to_contain_text("1, fewer than wanted")
    holders, proofs = file.locator("table").all()
    assert [cell.inner_text() for cell in holders.locator("td").all()][:3] == [
        SELLER_KEY.address,
        "eu-west",
        "holds it",
    ]
    assert proofs.locator("td").last.inner_text() == "proved that it holds the file"


def test_transfers_tell_where_they_stand_and_what_routes_promise(opened: Opened) -> None:
    page = opened("transfers")
    shown = page.get_by_test_id("transfers")
    expect(shown.locator("tbody tr").first).to_be_visible(timeout=WAIT_MS)
    transfers, routes = shown.locator("tbody").all()
    rows = [[cell.inner_text() for cell in row.locator("td").all()][1:6] for row in transfers.locator("tr").all()]
    user = f"{BUYER_KEY.address[:8]}…{BUYER_KEY.address[-4:]}"
    assert rows == [
        ["relay pool", "open", user, "7,000", str(OTHER_CHAIN)],
        ["hash lock", "claimed", user, "5,000", str(OTHER_CHAIN)],
    ]
    promised = [cell.inner_text() for cell in routes.locator("td").all()]
    assert promised[1:5] == ["45 s", "99.0 %", "0.2 % + 3", "1,000,000"]


def test_the_language_changes_at_once_and_stays(opened: Opened) -> None:
    page = opened("node/2")
    expect(page.locator(".view-title")).to_have_text("Node 2")
    page.locator("#language").click()
    expect(page.locator(".view-title")).to_have_text("节点 2")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.reload()
    expect(page.locator(".view-title")).to_have_text("节点 2")
    _live(page)
    page.evaluate(AXE.read_text())
    assert page.evaluate("axe.run()")["violations"] == []
    page.locator("#language").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


WALLET = """
const calls = [];
window.walletCalls = calls;
const provider = { async request({ method, params }) {
    calls.push(method);
    if (method === "wallet_switchEthereumChain") { window.switchedTo = params[0].chainId; return null; }
    if (method === "eth_chainId" && %s) return window.switchedTo ?? "0x1";
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: params ?? [] });
    const response = await fetch(%s, { method: "POST", headers: { "content-type": "application/json" }, body });
    const { result, error } = await response.json();
    if (error) throw Object.assign(new Error(error.message), { code: error.code, data: error.data });
    return result;
} };
const info = { uuid: "0", name: "Test wallet", icon: "data:,", rdns: "org.example.wallet" };
const detail = Object.freeze({ info, provider });
const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
%s
"""
BY_6963 = "addEventListener('eip6963:requestProvider', announce); announce();"
BY_1193 = "window.ethereum = provider;"


def _wallet(world: World, announces: str, *, elsewhere: bool = False) -> str:
    return WALLET % (json.dumps(elsewhere), json.dumps(world.blocks.url), announces)


@pytest.mark.parametrize(("announces", "name"), [(BY_6963, "Test wallet"), (BY_1193, "the browser's wallet")])
def test_a_wallet_is_found_and_read_and_asked_for_no_account(
    opened: Opened, world: World, announces: str, name: str
) -> None:
    page = opened(rpc=f"http://127.0.0.1:{free_port()}", script=_wallet(world, announces))
    page.get_by_test_id("sources").locator("summary").click()
    page.get_by_role("button", name=f"Read by {name}").click()
    _live(page)
    expect(page.get_by_test_id("nodes")).to_have_attribute("data-count", str(NODES), timeout=WAIT_MS)
    calls = set(page.evaluate("walletCalls"))
    assert "eth_call" in calls
    assert calls <= {"eth_chainId", "eth_call", "eth_getCode", "eth_getBlockByNumber", "eth_getLogs"}


def test_a_wallet_on_another_chain_is_asked_to_switch(opened: Opened, world: World) -> None:
    page = opened(rpc="", wallet="org.example.wallet", script=_wallet(world, BY_6963, elsewhere=True))
    expect(page.get_by_test_id("error")).to_contain_text("The wallet is on chain 1", timeout=WAIT_MS)
    page.get_by_role("button", name="Have the wallet switch to chain 31337").click()
    _live(page)
    assert page.evaluate("switchedTo") == hex(31337)


def test_what_is_wrong_is_said_with_its_remedy(opened: Opened, world: World) -> None:
    world.folder.files["/other.json"] = world.deployment | {"chainId": 7}
    moved = {"PhiOracle": world.deployment["contracts"]["PhiOracle"] | {"address": "0x" + "12" * 20}}
    world.folder.files["/moved.json"] = world.deployment | {"contracts": world.deployment["contracts"] | moved}
    url = world.folder.url
    cases: list[tuple[dict[str, str], str, str]] = [
        ({"rpc": f"http://127.0.0.1:{free_port()}"}, "rpc", "The RPC cannot be reached."),
        ({"deployment": f"{url}/other.json"}, "chain", "serves chain 31337, but the deployment file is of chain 7"),
        ({"deployment": f"{url}/none.json"}, "deployment", "There is no deployment file at"),
        ({"deployment": f"{url}/moved.json"}, "contract", "has no contract at 0x1212"),
        ({"wallet": "org.example.none"}, "rpc", "No wallet of this browser answers"),
        ({"rpc": "file:///etc/passwd"}, "page", "must begin with http: or https:"),
    ]
    for changes, fault, sentence in cases:
        page = opened(**changes)
        error = page.get_by_test_id("error")
        expect(error).to_contain_text(sentence, timeout=WAIT_MS)
        expect(error).to_have_attribute("data-fault", fault)
        assert fault == "page" or page.locator("#failure-remedy").inner_text()
        assert "connecting" not in page.locator("#link").inner_text()


def test_an_rpc_that_dies_is_said_and_its_return_is_noticed(opened: Opened) -> None:
    page = opened()
    _live(page)
    page.context.set_offline(True)
    expect(page.get_by_test_id("error")).to_contain_text("The values below are those of block", timeout=WAIT_MS)
    page.context.set_offline(False)
    _live(page)
    expect(page.get_by_test_id("error")).to_be_hidden()


def test_scripts_stay_small() -> None:
    scripts = sorted((DIST / "assets").glob("*.js"))
    assert scripts
    assert sum(len(gzip.compress(path.read_bytes())) for path in scripts) < MOST_SCRIPT_BYTES


@pytest.mark.parametrize("engine", ["pos", "dpos"])
def test_each_consensus_has_a_view_of_its_own(
    browser: Browser, engine: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with page_world(tmp_path_factory.mktemp(engine), ENGINES[engine].of_run(10), blocks=6) as world:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(world.address("engine"))
        own = page.get_by_test_id("engine-own")
        rows = own.locator("tbody tr")
        expect(rows.first).to_be_visible(timeout=WAIT_MS)
        page.screenshot(path=SCREENSHOTS / f"view-engine-{engine}.png", full_page=True)
        cells = [row.locator("td").all_inner_texts() for row in rows.all()]
        if engine == "pos":
            assert sorted(int(row[0]) for row in cells) == list(range(NODES))
            assert sum(float(row[2].removesuffix(" %")) for row in cells) == pytest.approx(100, abs=0.5)
        else:
            assert len({row[1] for row in cells}) == len(cells)
            assert sum("next" in row[0] for row in cells) == 1
        page.evaluate(AXE.read_text())
        assert page.evaluate("axe.run()")["violations"] == []
        page.close()


# The last ones change the world.


def test_pause_and_staleness_are_said_in_sentences(opened: Opened, world: World) -> None:
    page = opened("reports")
    _live(page)
    notices = page.get_by_test_id("notices")
    expect(notices.locator("p")).to_have_count(0)
    world.pause()
    expect(notices.locator("[data-kind=paused]")).to_contain_text("paused by the guardian", timeout=WAIT_MS)
    world.later(3600)
    expect(notices.locator("[data-kind=stale]")).to_contain_text("it is stale", timeout=WAIT_MS)
    page.screenshot(path=SCREENSHOTS / "view-notices.png", full_page=True)
