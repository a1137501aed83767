"""The pages that code alone decides, by path; others need what a running daemon answers."""

from collections.abc import Callable
from pathlib import Path

from docsite import api_page, cli_page, contracts_page, errors_page, results_page, settings_page
from oracle.markdown import wrapped

ROOT = Path(__file__).resolve().parent.parent
PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/api.md": api_page.page,
    "docs/reference/cli.md": cli_page.page,
    "docs/reference/contracts.md": contracts_page.page,
    "docs/reference/errors.md": errors_page.page,
    "docs/reference/settings.md": settings_page.page,
    "docs/results.md": results_page.page,
}


def content(name: str) -> str:
    """What is to stand in a page of that path."""
    return wrapped(PAGES[name]())
