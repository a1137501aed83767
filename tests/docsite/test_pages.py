"""References, results and drawings are what the code says now."""

import json
import re
from itertools import chain

import pytest

from deploy.compile import ABI_DIR
from docsite.pages import PAGES
from docsite.results_page import row, rows
from docsite.settings_page import comments
from docsite.solidity import of_interfaces
from oracle.cli.commands import cli
from oracle.cli.environment import commands_of
from oracle.service.status import ENDS, Status
from tests.conftest import ROOT
from tests.docsite.generated import compare

# Of which an ABI has no entry of their own.
_TYPES = {"struct", "enum"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    compare(name, PAGES[name]())


def test_the_command_line_has_a_section_for_each_command_and_a_row_for_each_option() -> None:
    page = (ROOT / "docs/reference/cli.md").read_text()
    for path, command in commands_of(cli):
        section = page.partition(f"\n## {' '.join(('catalyst', *path))}\n")[2].partition("\n## ")[0]
        for option in (name for each in command.params for name in each.opts if name.startswith("--")):
            assert re.search(rf"^\|[^|]*`{option}`", section, re.MULTILINE), (path, option)


def test_interfaces_are_read_whole() -> None:
    """Every function, event and error of a contract that an interface names is found, as the compiler finds it."""
    checked = 0
    by_name = {each.name: each for each in of_interfaces()}
    for interface in of_interfaces():
        path = ABI_DIR / f"{interface.name.removeprefix('I')}.json"
        if not path.is_file():
            continue
        known = {(entry["type"], entry.get("name")) for entry in json.loads(path.read_text())["abi"]}
        for declared in interface.declarations:
            if declared.kind not in _TYPES:
                assert (declared.kind, declared.name) in known, (interface.name, declared.name)
                checked += 1
    assert checked > 150
    sources = chain.from_iterable(each.path.read_text().splitlines() for each in by_name.values())
    lines = [line for line in sources if re.match(r" {4}(function|event|error) ", line)]
    assert len(lines) == sum(d.kind not in _TYPES for each in by_name.values() for d in each.declarations)


def test_the_drawing_of_the_journal_has_every_status_and_no_other() -> None:
    page = (ROOT / "docs/explanation/architecture.md").read_text()
    drawn = page.partition("## What becomes of a report\n")[2].partition("```mermaid\n")[2].partition("```")[0]
    changes = re.findall(r"^ +(\S+) --> (\w+):", drawn, re.MULTILINE)
    assert {each for _, each in changes} == set(Status)
    # What ends a report leads nowhere, but where a reorganisation takes the end back.
    assert {source for source, target in changes if target != Status.REORGED}.isdisjoint(ENDS)


def test_every_room_is_told_of() -> None:
    page = (ROOT / "docs/explanation/architecture.md").read_text().partition("## Rooms\n")[2]
    told = set(re.findall(r"`([\w/]+)`", "\n".join(re.findall(r"^\| (.*?) \|", page, re.MULTILINE))))
    rooms = {str(each.parent.relative_to(ROOT)) for each in (ROOT / "oracle").glob("*/__init__.py")}
    assert rooms - told == {"oracle/cli"}
    assert all((ROOT / each).is_dir() for each in told)


def test_a_figure_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"docs/gas.md has no table with the columns price"):
        rows("gas.md", "price")
    with pytest.raises(ValueError, match=r"docs/gas.md has no row with 7"):
        row("gas.md", "nodes", c0="7")


def test_a_setting_that_says_nothing_of_itself_is_refused() -> None:
    class Bare:
        depth: int = 1

    with pytest.raises(ValueError, match="depth has no comment"):
        comments(Bare)
