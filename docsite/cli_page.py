"""docs/reference/cli.md: every command with its options, from the commands themselves."""

from collections.abc import Iterator

import click

from oracle.cli import EXIT_INTERRUPTED
from oracle.cli.commands import EXIT_FAILED, EXIT_INPUT, EXIT_TERMINATED, cli
from oracle.cli.environment import commands_of
from oracle.settings import KEY_VARIABLE, PASSWORD_VARIABLE, READER_KEY_VARIABLE

_HEAD = f"""\
# The command line

`catalyst --help` and `catalyst COMMAND --help` say the same as this page, which is made of them (`make reference`).

An option can be set by the environment variable beside it. Where an option may be given several times, its variable
holds the values separated by blanks, or by colons where they are files. A variable that begins with the words of a
command but names no option of it is refused, by that command alone. A variable that names no command is ignored, with a
warning.

Three variables hold what no option takes, so that no list of processes shows it: `{PASSWORD_VARIABLE}` (the password of
encrypted keystores), `{KEY_VARIABLE}` (the private key of one operator, in hexadecimal) and `{READER_KEY_VARIABLE}`
(the key of a language model's server).

| exit code | meaning |
| --- | --- |
| 0 | done |
| {EXIT_FAILED} | it failed, or what was verified differs |
| {EXIT_INPUT} | an input cannot be used; one line says which, and what to do |
| {EXIT_INTERRUPTED} | interrupted (Ctrl-C) |
| {EXIT_TERMINATED} | ended by SIGTERM |

"""


def page() -> str:
    """The whole page."""
    commands = sorted(commands_of(cli), key=lambda each: each[0])
    return (_HEAD + "\n".join(_section(path, command) for path, command in commands)).rstrip() + "\n"


def _section(path: tuple[str, ...], command: click.Command) -> str:
    lines = [f"## {' '.join(('catalyst', *path))}", ""]
    lines += _told(command.help or "", " ".join(("catalyst", *path)))
    if isinstance(command, click.Group) and path:
        names = (f"[{name}](#catalyst-{'-'.join((*path, name))})" for name in sorted(command.commands))
        lines += ["Its commands: " + ",\n".join(names) + ".", ""]
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    for argument in arguments:
        lines += [f"Argument: `{argument.make_metavar(click.Context(command))}`.", ""]
    rows = list(_rows(command))
    if rows:
        lines += ["| option | values | default | variable | meaning |", "| --- | --- | --- | --- | --- |", *rows, ""]
    return "\n".join(lines)


def _told(told: str, begin: str) -> Iterator[str]:
    """Paragraphs of a help text; an example becomes code."""
    for paragraph in told.replace("\b", "").split("\n\n"):
        lines = [line.strip() for line in paragraph.strip().splitlines()]
        is_example = (lines and lines[0].startswith(begin + " ")) or lines == [begin]
        yield from (f"    {line}" if is_example else line.replace("<", "&lt;") for line in lines)
        yield ""


def _rows(command: click.Command) -> Iterator[str]:
    for option in command.params:
        if isinstance(option, click.Option):
            names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
            told = (option.help or "").strip()
            text, marked, default = told.partition("  [default: ")
            cells = (
                names + (" (required)" if option.required else "") + (" (several)" if option.multiple else ""),
                _values(option),
                default.removesuffix("]") if marked else shown_default(option),
                f"`{option.envvar}`" if option.envvar else "",
                text,
            )
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _values(option: click.Option) -> str:
    if option.is_flag:
        return ""
    kind = option.type
    if isinstance(kind, click.Choice):
        return ", ".join(f"`{each}`" for each in kind.choices)
    if isinstance(kind, click.IntRange | click.FloatRange):
        return f"{kind.name.removesuffix(' range')} {_range(kind)}"
    return kind.name


def _range(kind: click.IntRange | click.FloatRange) -> str:
    least, most = kind.min, kind.max
    if least is None and most is None:
        return ""
    if most is None:
        return f"{'above' if kind.min_open else 'from'} {least}"
    return f"{least} to {most}"


def shown_default(option: click.Option) -> str:
    """The default of an option as code; empty where it has none."""
    if option.default is None or option.is_flag or not option.show_default:
        return f"`{option.opts[0]}`" if option.secondary_opts and option.default is True else ""
    return f"`{option.default}`"


def rows_by_option(command: str) -> dict[str, click.Option]:
    """Options of a command by their long name."""
    found = cli.commands[command]
    return {max(each.opts, key=len): each for each in found.params if isinstance(each, click.Option)}
