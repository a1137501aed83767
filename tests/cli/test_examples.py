"""Every command shows how it is used, by options that it has; `catalyst` alone says what one does first."""

import subprocess
import sys

import click
import pytest

from oracle.cli.commands import cli
from oracle.cli.environment import commands_of

LEAVES = [(path, command) for path, command in commands_of(cli) if not isinstance(command, click.Group)]


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=[" ".join(path) for path, _ in LEAVES])
def test_the_help_has_an_example_whose_options_exist(path: tuple[str, ...], command: click.Command) -> None:
    begin = f"catalyst {' '.join(path)}"
    paragraphs = [" ".join(text.split()) for text in (command.help or "").split("\n\n")]
    examples = [text for text in paragraphs if text.startswith(begin)]
    assert examples, f"the help of `{begin}` has no paragraph that begins with it"
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    for example in examples:
        used = {word for word in example.split() if word.startswith("--")}
        assert used <= known, f"{begin} has no {', '.join(sorted(used - known))}"
        required = {option.opts[0] for option in command.params if option.required and option.opts[0].startswith("--")}
        assert required <= used, f"the example of {begin} lacks {', '.join(sorted(required - used))}"


def test_the_command_alone_says_what_one_does_first() -> None:
    ended = subprocess.run([sys.executable, "-m", "oracle"], capture_output=True, text=True, check=False)

    assert ended.returncode == 0
    shown = [line.split()[1] for line in ended.stdout.splitlines() if line.startswith("  catalyst ")]
    assert shown == ["local", "local", "network", "plan", "deploy"]


def test_every_command_is_in_one_panel_of_the_help() -> None:
    ended = subprocess.run([sys.executable, "-m", "oracle", "--help"], capture_output=True, text=True, check=True)

    panels = ended.stdout.split("╭─ ")[2:]  # the first is of options
    shown = [
        line.split()[1] for panel in panels for line in panel.splitlines() if line.startswith("│ ") and line[2] != " "
    ]
    assert sorted(shown) == sorted(cli.commands)
    assert not any(panel.startswith("Commands ") for panel in panels)  # where what is in no panel goes


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_complete_commands(shell: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "oracle", "completion", shell], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stderr
    assert "_CATALYST_COMPLETE" in ended.stdout
