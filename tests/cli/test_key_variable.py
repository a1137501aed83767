"""A key in the environment: read once, shown nowhere, and not there for others."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from oracle.cli.commands import cli
from oracle.errors import SettingsError
from oracle.settings import KEY_VARIABLE

_ORACLE = ["--rpc", "http://127.0.0.1:1", "--capacity", "3", "--epoch-blocks", "3"]


@pytest.mark.parametrize("command", ["oracle", "check"])
def test_it_is_taken_out_of_the_environment(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "0x" + "42" * 32)
    result = CliRunner().invoke(cli, [command, *_ORACLE])
    assert "127.0.0.1:1" in f"{result.exception}{result.output}"  # it came as far as to the node, with a key
    assert "no operator key" not in f"{result.exception}{result.output}"
    assert KEY_VARIABLE not in os.environ
    child = [sys.executable, "-c", f"import os; print(os.environ.get({KEY_VARIABLE!r}))"]
    assert subprocess.run(child, capture_output=True, text=True, check=True).stdout == "None\n"


def test_what_is_no_key_is_refused_and_not_shown() -> None:
    value = "operator.key"  # a path, as of CATALYST_ORACLE_KEY_FILE
    result = CliRunner().invoke(cli, ["oracle", *_ORACLE], env={KEY_VARIABLE: value})
    assert isinstance(result.exception, SettingsError)
    assert str(result.exception) == (
        "environment variable CATALYST_ORACLE_KEY holds no private key: it must be 64 hexadecimal digits"
    )


def test_another_command_does_not_use_it() -> None:
    result = CliRunner().invoke(cli, ["deploy", "--rpc", "http://127.0.0.1:1"], env={KEY_VARIABLE: "42" * 32})
    assert "--rpc needs the key that deploys and pays" in str(result.exception)
    assert result.stderr == ""


def test_it_is_no_option() -> None:
    result = CliRunner().invoke(cli, ["oracle", *_ORACLE, "--key", "42" * 32])
    assert result.exit_code == 2
    assert "No such option '--key'" in result.stderr


def test_an_address_without_a_signer_is_refused() -> None:
    result = CliRunner().invoke(cli, ["oracle", *_ORACLE, "--signer-address", "0x" + "11" * 20])
    assert "--signer-address names a key of a remote signer; give --signer its URL too" in str(result.exception)
