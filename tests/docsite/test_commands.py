"""Commands of the documentation work: those of the tutorial and of how-to pages run, those of all pages exist."""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from deploy.compile import SETTINGS, compile_sources
from oracle.cli.commands import cli
from tests.conftest import ROOT
from tests.docsite.page_script import blocks, run

GUIDES = [ROOT / "docs/tutorial.md", *sorted((ROOT / "docs/howto").glob("*.md"))]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.long
@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_the_commands_of_a_guide_work(page: Path, tmp_path: Path) -> None:
    run(page, tmp_path)


@pytest.mark.long
@pytest.mark.skipif("GUIDES_WHOLE" not in os.environ, reason="a whole training: `make guides` runs it")
@pytest.mark.parametrize(
    "page", [page for page in GUIDES if "# takes long" in page.read_text()], ids=lambda page: page.stem
)
def test_commands_of_a_guide_that_take_long_work(page: Path, tmp_path: Path) -> None:
    run(page, tmp_path, long=True, limit_seconds=3 * 3600)


def test_every_guide_has_commands() -> None:
    assert len(GUIDES) == 11
    for page in GUIDES:
        assert blocks(page), page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_shows_exists_with_its_options(page: Path) -> None:
    for line in _commands(page.read_text()):
        words = shlex.split(line.replace("'", ""), comments=True)
        command: click.Command = cli
        rest = words[1:]
        while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            assert rest[0] in command.commands, f"{page.name}: {line}"
            command = command.commands[rest.pop(0)]
        known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help"}
        used = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert used <= known, f"{page.name}: {line} has no {', '.join(sorted(used - known))}"


def _commands(text: str) -> Iterator[str]:
    """Lines of code that begin with our command, continuation lines joined."""
    text = re.sub(r" *\\\n *", " ", text)
    for line in re.findall(r"^(?: {4})?(?:\.venv/bin/)?(catalyst(?: .*)?)$", _code(text), re.MULTILINE):
        yield re.split(r" [|>] | \|\| ", str(line))[0]


def _code(text: str) -> str:
    """What stands in blocks of code."""
    fenced = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^ {4}\S.*$", text, re.MULTILINE)
    return "\n".join([*fenced, *indented])


def test_the_contract_that_reads_theta_compiles() -> None:
    (source,) = re.findall(r"^```solidity\n(.*?)^```$", (ROOT / "docs/howto/consume.md").read_text(), re.M | re.S)
    settings = SETTINGS | {"outputSelection": {"Consumer.sol": {"*": ["abi"]}}}
    names = [f"contracts/interfaces/{name}.sol" for name in ("IPhiOracle", "IConsensusRegistry")]
    read = {name: (ROOT / name).read_text() for name in names}
    out = compile_sources({"Consumer.sol": source, **read}, settings)

    assert "Consumer" in out["contracts"]["Consumer.sol"]
