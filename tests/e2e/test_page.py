"""The page in a real browser: it shows what the contracts hold and follows a new report."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.conftest import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCREENSHOTS = ROOT / "build" / "screenshots"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """URL of a running `catalyst local --serve`; its embedded chain goes on producing blocks and reports."""
    process = subprocess.Popen(
        [sys.executable, "-m", "oracle", "local", "--serve", "--port", "0", "--epochs", "1"],
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
    process.wait(timeout=30)
    process.stdout.close()


@pytest.fixture
def page() -> Iterator[Page]:
    if CHROMIUM is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("no Chromium is installed")
        pytest.skip("no Chromium found; install it with: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1200, "height": 900})
        browser.close()


def test_the_page_shows_a_new_report_without_a_reload(served: str, page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{served}/dapp/")
    expect(page.get_by_test_id("nodes")).to_have_attribute("data-count", "100", timeout=20_000)
    expect(page.get_by_test_id("staleness")).to_contain_text(re.compile("fresh", re.IGNORECASE))
    sum_exp = page.get_by_test_id("sum-exp")
    expect(sum_exp).to_contain_text(re.compile(r"\d+\.\d+"))
    before, epoch = sum_exp.inner_text(), int(page.get_by_test_id("epoch").inner_text())
    theta = page.locator("[data-node='7']").get_attribute("data-theta")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "page-before.png", full_page=True)

    expect(page.get_by_test_id("epoch")).not_to_have_text(str(epoch), timeout=60_000)
    expect(sum_exp).not_to_have_text(before)
    page.screenshot(path=SCREENSHOTS / "page-after.png", full_page=True)
    assert page.locator("[data-node='7']").get_attribute("data-theta") != theta
    # What it shows for a report is what the journal says of it, so nothing of the page is made up.
    reports = page.get_by_test_id("reports").inner_text()
    row = httpx.get(f"{served}/epochs").json()[-1]
    assert f"{row['from_block']}" in reports
    assert f"{row['to_block']}" in reports
    assert not complaints, complaints
