"""The unit for systemd, and the file of its settings."""

import os
import re
import subprocess
from pathlib import Path

from oracle.cli.commands import cli
from tests.operate.conftest import OPERATE, program

UNIT = OPERATE / "catalyst-oracle.service"
SETTINGS = OPERATE / "oracle.env"


def _value(name: str) -> str:
    (found,) = re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)
    return str(found)


def _verified(path: Path) -> subprocess.CompletedProcess[str]:
    systemd_analyze = program("systemd-analyze", "REQUIRE_SYSTEMD_ANALYZE")
    return subprocess.run(
        [systemd_analyze, "verify", "--man=no", str(path)], capture_output=True, text=True, check=False
    )


def test_systemd_takes_the_unit_without_a_word(tmp_path: Path) -> None:
    verified = _verified(UNIT)
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    spoiled = tmp_path / UNIT.name
    spoiled.write_text(UNIT.read_text().replace("ProtectSystem=", "ProtectSytem="))
    assert "ProtectSytem" in _verified(spoiled).stderr


def test_the_unit_is_hardened_and_bounded() -> None:
    for name, value in {
        "DynamicUser": "yes",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "CapabilityBoundingSet": "",
        "Restart": "on-failure",
        "LimitCORE": "0",
        "StateDirectory": "catalyst-oracle",
    }.items():
        assert _value(name) == value
    assert int(_value("TimeoutStopSec")) > 10
    assert int(_value("StartLimitBurst")) * int(_value("RestartSec")) < 3600  # so that the limit can be met in its hour
    assert re.fullmatch(r"\d+G", _value("MemoryMax"))


def test_the_command_has_its_options_and_its_password_from_the_credential(tmp_path: Path) -> None:
    """What the unit starts, run by the shell as systemd hands it over, with a program that says what it was given."""
    shell, _, script = _value("ExecStart").partition(" -c ")
    assert shell == "/bin/sh"
    shown = tmp_path / "shown"
    program_ = tmp_path / "catalyst"
    program_.write_text(f'#!/bin/sh\nprintf "%s\\n" "$CATALYST_KEYSTORE_PASSWORD" "$@" > {shown}\n')
    program_.chmod(0o755)
    (tmp_path / "password").write_text("a b'$c\n")
    plain = script.strip("'").replace("$$", "$").replace("/opt/catalyst/.venv/bin/catalyst", str(program_))
    folders = {name: str(tmp_path) for name in ("CREDENTIALS_DIRECTORY", "RUNTIME_DIRECTORY", "STATE_DIRECTORY")}
    subprocess.run([shell, "-c", plain], env={**os.environ, **folders}, check=True)
    password, command, *options = shown.read_text().splitlines()
    assert password == "a b'$c"
    assert command == "oracle"
    assert options == ["--keystore", f"{tmp_path}/keystore", "--state", f"{tmp_path}/oracle.sqlite"]
    known = {option for parameter in cli.commands["oracle"].params for option in parameter.opts}
    assert {option for option in options if option.startswith("--")} <= known


def test_every_setting_is_a_variable_of_the_daemon() -> None:
    known = {parameter.envvar: parameter for command in (cli, cli.commands["oracle"]) for parameter in command.params}
    lines = [line for line in SETTINGS.read_text().splitlines() if line and not line.startswith("#")]
    for line in lines:
        name, _, value = line.partition("=")
        assert name in known, name
        parameter = known[name]
        for each in value.strip('"').split() if parameter.multiple else [value]:
            parameter.type.convert(each, parameter, None)
    assert set(re.findall(r"\bCATALYST_\w+(?==json)", UNIT.read_text())) <= known.keys()
