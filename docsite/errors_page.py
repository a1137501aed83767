"""docs/reference/errors.md: errors of the command line as a tree, and errors of the contracts."""

from collections.abc import Iterator

from docsite.solidity import Declaration, of_interfaces
from oracle import errors
from oracle.errors import CatalystError, InputError

_HEAD = """\
# Errors

Every message is one sentence that names what is wrong and what to do. `make reference` makes this page from
`oracle/errors.py` and from the contracts' interfaces.

## Errors of commands and of the daemon

An error of the kind *input* ends a command with exit code 2, any other with 1. The daemon counts those that a step ends
with in `catalyst_step_failures_total`, by the name here, and goes on.

| error | kind of | exit code | meaning |
| --- | --- | --- | --- |
"""
_CONTRACTS = """
## Errors of the contracts

A contract that refuses a call reverts with one of these. Commands decode them, so a refusal names the error and its
arguments. A dash stands where the name says all that there is to say.

"""


def page() -> str:
    """The whole page."""
    rows = [
        f"| `{kind.__name__}` | {_parent(kind)} | {2 if issubclass(kind, InputError) else 1} | {_meaning(kind)} |"
        for kind in _kinds(CatalystError)
    ]
    parts = [_HEAD + "\n".join(rows) + "\n" + _CONTRACTS]
    for interface in of_interfaces():
        found = [each for each in interface.declarations if each.kind == "error"]
        if found:
            parts += [f"### Errors of {interface.name}\n\n| error | meaning |\n| --- | --- |\n"]
            parts += [f"| `{_call(each)}` | {each.notice or '–'} |\n" for each in found]
            parts += ["\n"]
    return "".join(parts).rstrip() + "\n"


def _kinds(error: type[Exception]) -> Iterator[type[Exception]]:
    yield error
    for kind in error.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield from _kinds(kind)


def _parent(kind: type[Exception]) -> str:
    (parent,) = kind.__bases__
    return "" if parent is Exception else f"`{parent.__name__}`"


def _meaning(kind: type[Exception]) -> str:
    return " ".join((kind.__doc__ or "").split()).replace("|", "\\|")


def _call(declaration: Declaration) -> str:
    return declaration.text.removeprefix("error ").removesuffix(";")
