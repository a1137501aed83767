"""The command line's options: each has a variable named as it is, and a row in the readme."""

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from oracle.cli.commands import cli
from oracle.errors import SettingsError
from oracle.settings import ENVIRONMENT_PREFIX
from tests.conftest import ROOT


def _options(command: click.Command = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str, click.Parameter]]:
    """Command, option as typed, and the option, of all commands."""
    for parameter in command.params:
        yield " ".join(path), max(parameter.opts, key=len), parameter
    if isinstance(command, click.Group):
        for name, member in command.commands.items():
            yield from _options(member, (*path, name))


def test_every_option_has_the_variable_that_the_readme_promises() -> None:
    for command, option, parameter in _options():
        words = [*command.split(), option.removeprefix("--").replace("-", "_")]
        expected = None if option == "--version" else ENVIRONMENT_PREFIX + "_".join(words).upper()
        assert parameter.envvar == expected


def test_an_option_is_read_from_its_variable() -> None:
    environment = {
        "CATALYST_DEPLOY_CHAIN": "eth-tester",
        "CATALYST_DEPLOY_OPERATOR": "0x01 0x02",
        "CATALYST_DEPLOY_THETA0": "0.4",
    }
    with pytest.raises(SettingsError, match="--operator: '0x01' is no address"):
        CliRunner().invoke(cli, ["deploy"], env=environment, catch_exceptions=False)
    files = {"CATALYST_DEPLOY_CHAIN": "eth-tester", "CATALYST_DEPLOY_KEY_FILE": "a1:b2"}
    refused = CliRunner().invoke(cli, ["deploy"], env=files)
    assert refused.exit_code == 2
    assert "--key-file a1 cannot be read" in refused.stderr


def test_every_option_has_a_row_in_the_readme() -> None:
    rows = re.findall(r"^\| ([a-z ,]+) \| (`--.*?) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    listed = {
        (command, option)
        for commands, options in rows
        for command in commands.split(", ")
        for option in re.findall(r"`(--[\w-]+)`", options)
    }
    assert listed == {(command or "catalyst", option) for command, option, _ in _options() if option != "--version"}
