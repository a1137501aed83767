"""The command line's options: each has a variable named as it is. `tests/docsite` compares the page that lists them."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from oracle.cli.commands import cli
from oracle.errors import SettingsError
from oracle.settings import ENVIRONMENT_PREFIX


def _options(command: click.Command = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str, click.Parameter]]:
    """Command, option as typed, and the option, of all commands."""
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield " ".join(path), max(parameter.opts, key=len), parameter
    if isinstance(command, click.Group):
        for name, member in command.commands.items():
            yield from _options(member, (*path, name))


def test_every_option_has_the_variable_that_the_reference_promises() -> None:
    for command, option, parameter in _options():
        words = "_".join([*command.split(), option.removeprefix("--")]).replace("-", "_")
        expected = None if option == "--version" else ENVIRONMENT_PREFIX + words.upper()
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
