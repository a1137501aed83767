"""Figures of these tests, and where `make trust` writes them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from oracle.markdown import with_section, wrapped
from tests.conftest import Figure

PAGE = Path(__file__).resolve().parents[2] / "docs" / "trust.md"
SECTION = "figures"
_LINES = pytest.StashKey[list[str]]()


@pytest.fixture
def measured(figure: Figure, pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Takes a line with a measured figure, for the end of the run and for the page."""

    def take(line: str) -> None:
        figure(line)
        pytestconfig.stash.setdefault(_LINES, []).append(line)

    return take


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the figures into the page where TRUST_WRITE asks for it."""
    lines = session.config.stash.get(_LINES, [])
    if os.environ.get("TRUST_WRITE") == "1" and lines and session.exitstatus == 0:
        shown = wrapped("".join(f"- {line}\n" for line in lines))
        PAGE.write_text(with_section(PAGE.read_text(), SECTION, shown))
