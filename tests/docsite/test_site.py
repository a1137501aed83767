"""The site builds without a warning, and shows itself without loading anything from elsewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.e2e.browser import chromium

_LEAST_DIAGRAMS, _LEAST_HEIGHT, _PATIENCE_MILLISECONDS = 7, 100, 180_000
_LOADED = re.compile(r"<(?:script|img|link|iframe|source)\b[^>]*?\b(?:src|href)=[\"']?(?:https?:)?//[^\"' >]+")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built strictly: every page is in the navigation, every link and anchor is there."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return folder


def test_the_site_has_every_page_and_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > len(list((ROOT / "docs").rglob("*.md")))
    for page in pages:
        found = [each for each in _LOADED.findall(page.read_text()) if "canonical" not in each]
        assert found == [], f"{page.name} loads from elsewhere"


def test_diagrams_and_the_search_work_from_a_folder_without_a_network(site: Path) -> None:
    """Each diagram is drawn, without an error of its own, and nothing but files is asked for."""
    drawn = {page: page.read_text().count('<div class="diagram') for page in sorted(site.rglob("*.html"))}
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(_PATIENCE_MILLISECONDS)
        asked: list[str] = []
        failed: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        for path, number in drawn.items():
            if not number:
                continue
            page.goto(path.as_uri())
            page.wait_for_function(f"document.querySelectorAll('div.mermaid').length === {number}")
            heights = page.eval_on_selector_all("div.mermaid", "all => all.map(each => each.offsetHeight)")
            assert min(heights) > _LEAST_HEIGHT, f"{path.name} has a diagram that is not drawn"
        page.locator(".md-search__input").press_sequentially("ASERT")  # by keys, as which alone it is noticed
        page.wait_for_selector(".md-search-result__item")
    assert sum(drawn.values()) >= _LEAST_DIAGRAMS
    assert failed == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:"))] == []
