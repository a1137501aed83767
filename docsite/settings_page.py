"""docs/reference/settings.md: what operators of a committee must agree on, and what is each one's own."""

import ast
import dataclasses
import inspect
import textwrap

from docsite.cli_page import rows_by_option, shown_default
from oracle.report.due import Triggers
from oracle.settings import OracleSettings

# Settings that may differ between the operators of a committee: no report depends on them.
OWN = ("poll_seconds", "max_fee_gwei", "dry_run", "max_head_age_seconds")

_HEAD = """\
# Settings of an operator

`catalyst oracle` is set by options, environment variables, or both; a unit of systemd or a container sets variables
(`operate/oracle.env`). `make reference` makes this page from `oracle/settings.py` and `oracle/report/due.py`, and [the
command line](cli.md#catalyst-oracle) lists the options with their variables.

*Common* says whether the operators of a committee must agree on it. Reports depend on it then, so an operator with
another value signs another digest, and `catalyst check` and the log name the field.

| setting | option | default | common | meaning |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    """The whole page."""
    rows = [*_rows(Triggers), *_rows(OracleSettings)]
    return _HEAD + "\n".join(rows) + "\n"


def _rows(settings: type) -> list[str]:
    said = comments(settings)
    found = []
    for field in dataclasses.fields(settings):
        if field.type is Triggers:
            continue
        option = rows_by_option("oracle")[option_of(field.name)]
        default = "required" if option.required else shown_default(option)
        common = "no" if field.name in OWN else "yes"
        found.append(f"| `{field.name}` | `{option_of(field.name)}` | {default} | {common} | {said[field.name]} |")
    return found


def option_of(field: str) -> str:
    """The option of `catalyst oracle` that sets a field.

    Raises:
        ValueError: none does.
    """
    options = rows_by_option("oracle")
    if field == "finality":
        return "--depth"
    words = field.split("_")
    for count in range(len(words), 0, -1):
        name = "--" + "-".join(words[:count])
        if name in options:
            return name
    raise ValueError(f"no option of `catalyst oracle` sets {field}")


def comments(settings: type) -> dict[str, str]:
    """The comment behind each field of a dataclass.

    Raises:
        ValueError: a field has none.
    """
    source = textwrap.dedent(inspect.getsource(settings))
    lines = source.splitlines()
    found = {}
    (body,) = ast.parse(source).body
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - a class was given
    for node in body.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            comment = lines[node.lineno - 1].partition("  # ")[2]
            if not comment:
                raise ValueError(f"{settings.__name__}.{node.target.id} has no comment that says what it is")
            found[node.target.id] = comment
    return found
