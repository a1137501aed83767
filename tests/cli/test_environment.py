"""A mistyped variable is refused by the command that it is of, and by no other."""

import pytest
from click.testing import CliRunner, Result

from oracle.cli.commands import cli
from oracle.errors import SettingsError

TYPING_ERROR = {"CATALYST_ORACLE_CAPACTY": "100"}
# Refused for want of options, which shows that it was not for the variable.
ELSEWHERE = ["deploy"]


def _run(arguments: list[str], environment: dict[str, str]) -> Result:
    return CliRunner().invoke(cli, arguments, env=environment)


@pytest.mark.parametrize(
    "arguments",
    [
        ["oracle", "--rpc", "x", "--capacity", "3"],  # as it would run
        ["oracle", "--rpc", "x"],  # for want of what the variable was to say
    ],
)
def test_a_mistyped_variable_is_refused_by_its_command(arguments: list[str]) -> None:
    error = _run(arguments, TYPING_ERROR).exception
    assert isinstance(error, SettingsError)
    assert str(error) == (
        "environment variable CATALYST_ORACLE_CAPACTY names no option of `catalyst oracle`; "
        "did you mean CATALYST_ORACLE_CAPACITY?"
    )


@pytest.mark.parametrize("arguments", [["--help"], ["oracle", "--help"], ["deploy", "--help"], ["bench", "gas", "-h"]])
def test_a_mistyped_variable_keeps_nobody_from_help(arguments: list[str]) -> None:
    result = _run(arguments, {**TYPING_ERROR, "CATALYST_ORACEL_CAPACITY": "1"})
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_mistyped_variable_is_nothing_to_another_command() -> None:
    result = _run(ELSEWHERE, TYPING_ERROR)
    assert isinstance(result.exception, SettingsError)
    assert "give either --rpc" in str(result.exception)
    assert result.stderr == ""


@pytest.mark.parametrize("variable", ["CATALYST_BENCH_GAS_JSNO", "CATALYST_BENCH_JSON"])
def test_a_variable_of_a_group_is_refused_by_the_commands_within(variable: str) -> None:
    error = _run(["bench", "gas"], {variable: "x"}).exception
    assert isinstance(error, SettingsError)
    assert f"environment variable {variable} names no option of `catalyst bench gas`" in str(error)
    elsewhere = _run(["bench", "encoders"], {"CATALYST_BENCH_GAS_JSNO": "x"})  # refused for want of --run
    assert "Missing option '--run'" in elsewhere.output


@pytest.mark.parametrize("variable", ["CATALYST_ORACEL_DEPTH", "CATALYST_KEYSTORE_PASSWROD", "CATALYST_VERSION"])
def test_a_variable_that_begins_with_no_command_is_named_and_not_minded(variable: str) -> None:
    result = _run(ELSEWHERE, {variable: "3"})
    assert (
        result.stderr == f"catalyst: warning: environment variable {variable} begins with no command's name: unread\n"
    )
    assert "give either --rpc" in str(result.exception)
