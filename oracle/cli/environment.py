"""Options by environment variables: CATALYST_<COMMAND>_<OPTION>.

A variable belongs to the command whose words it begins with. That command refuses it where no option of its own has
that name; other commands, and `--help`, do not mind it. One that begins with no command's words is most likely a
typing error too, but nobody can tell whose: every command that runs then says so, and goes on.
"""

import difflib
import logging
import os
from collections.abc import Iterator, Mapping

import rich_click as click

from oracle.cli.say import say
from oracle.errors import SettingsError
from oracle.settings import ENVIRONMENT_PREFIX, KEY_VARIABLE, PASSWORD_VARIABLE, READER_KEY_VARIABLE

Path = tuple[str, ...]  # of a command: its words after `catalyst`


class Command(click.RichCommand):
    """A command that looks at its variables before it runs."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As of click; a mistyped variable comes before what is wrong for want of it.

        Raises:
            SettingsError: a variable of this command names no option.
        """
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError:
            _look(ctx)
            raise
        _look(ctx)
        return rest


def name_variables(root: click.Group) -> None:
    """Give every option that sets something its variable, named as the option is."""
    for path, command in commands_of(root):
        for parameter in command.params:
            if parameter.expose_value and isinstance(parameter, click.Option):
                option = max(parameter.opts, key=len).removeprefix("--")
                parameter.envvar = _prefix(path) + option.upper().replace("-", "_")


def check_variables(root: click.Group, path: Path, environment: Mapping[str, str]) -> list[str]:
    """The variables that begin with no command's words, sorted.

    Args:
        root: All commands.
        path: The command that is to run.
        environment: The variables.

    Raises:
        SettingsError: one of that command, or of the group that it is in, names no option.
    """
    commands = dict(commands_of(root))
    known = {str(option.envvar) for command in commands.values() for option in command.params if option.envvar}
    known |= {PASSWORD_VARIABLE, KEY_VARIABLE, READER_KEY_VARIABLE}
    stray = []
    for name in sorted(environment):
        if not name.startswith(ENVIRONMENT_PREFIX) or name in known:
            continue
        owner = max((of for of in commands if of and name.startswith(_prefix(of))), key=len, default=())
        if not owner:
            stray.append(name)
        elif owner == path[: len(owner)]:
            near = difflib.get_close_matches(name, [of for of in known if of.startswith(_prefix(path))], n=1)
            raise SettingsError(
                f"environment variable {name} names no option of `catalyst {' '.join(path)}`"
                + (f"; did you mean {near[0]}?" if near else "; unset it, or see `--help` for the options")
            )
    return stray


def _look(context: click.Context) -> None:
    root = context.find_root()
    if context.resilient_parsing or not isinstance(root.command, click.Group):
        return
    path: Path = ()
    while context.parent is not None:
        path, context = (str(context.info_name), *path), context.parent
    for name in check_variables(root.command, path, os.environ):
        say(logging.WARNING, f"environment variable {name} begins with no command's name: unread")


def commands_of(command: click.Command, path: Path = ()) -> Iterator[tuple[Path, click.Command]]:
    """A command, those within it, and the words that name each."""
    yield path, command
    if isinstance(command, click.Group):
        for name, member in command.commands.items():
            yield from commands_of(member, (*path, name))


def _prefix(path: Path) -> str:
    return ENVIRONMENT_PREFIX + "".join(f"{word}_" for word in path).upper().replace("-", "_")
