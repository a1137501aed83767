"""Links from the pages beside the code lead to files and headings that there are; `mkdocs build` checks the site's."""

import re
from pathlib import Path

import pytest
from pymdownx.slugs import slugify

from tests.conftest import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "contracts").rglob("*.md"), *(ROOT / "tests").rglob("*.md")])
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
_SLUG = slugify(case="lower")


def _text(page: Path) -> str:
    """A page without its code."""
    return re.sub(r"^```(?s:.*?)^```$|^ {4}\S.*$", "", page.read_text(), flags=re.MULTILINE)


def _anchors(page: Path) -> set[str]:
    return {_SLUG(re.sub(r"[`*]", "", each), "-") for each in re.findall(r"^#+ (.*)$", _text(page), re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in _LINK.findall(_text(page)):
        path = (page.parent / target) if target else page
        assert path.exists(), f"{page.name} links to {target}, which is not there"
        assert not anchor or anchor in _anchors(path), f"{page.name} links to {target}#{anchor}, which is no heading"
