"""docs/reference/contracts.md: every function and event of the contracts' interfaces, from their NatSpec."""

import re

from docsite.solidity import Declaration, Interface, of_interfaces

_HEAD = """\
# The contracts' functions

`make reference` makes this page from the NatSpec of `contracts/interfaces/`. ABIs and bytecode are in `abi/`. Errors
have [a page of their own](errors.md#errors-of-the-contracts), and [the guarantees](../contracts.md) name the tests that
hold them.

Units: a name that ends in *Wad* counts 10⁻¹⁸, in *Lane* φ · 2¹⁵, in *Bps* hundredths of a percent.

"""
_ORDER = ("enum", "struct", "function", "event")
_TITLES = {"enum": "Enums", "struct": "Structs", "function": "Functions", "event": "Events"}


def page() -> str:
    """The whole page."""
    return (_HEAD + "".join(map(_section, of_interfaces()))).rstrip() + "\n"


def _section(interface: Interface) -> str:
    parts = [f"## {interface.name}\n\n{interface.notice.replace('<', '&lt;')}\n\n"]
    if interface.bases:
        known = {each.name for each in of_interfaces()}
        bases = ", ".join(f"[{base}](#{base.lower()})" if base in known else f"`{base}`" for base in interface.bases)
        parts += [f"It has the functions of {bases} too.\n\n"]
    for kind in _ORDER:
        found = [each for each in interface.declarations if each.kind == kind]
        if found:
            parts += [f"**{_TITLES[kind]}**\n\n", *map(_entry, found)]
    return "".join(parts)


def _entry(declaration: Declaration) -> str:
    said = [declaration.notice.replace("<", "&lt;")] if declaration.notice else []
    said += [f"Note: {declaration.warning}"] if declaration.warning else []
    said += [f"Returns {each}" for each in declaration.returns]
    shown = _code(declaration)
    lines = [f"```solidity\n{shown}\n```\n\n"]
    if said:
        lines += [" ".join(said) + "\n\n"]
    rows = [(name, meaning) for name, meaning in declaration.parameters if meaning]
    if rows:
        lines += ["".join(f"- `{name}`: {meaning}\n" for name, meaning in rows) + "\n"]
    return "".join(lines)


def _code(declaration: Declaration) -> str:
    if declaration.kind == "struct":
        fields = "".join(f"    {field};\n" for field, _ in declaration.parameters)
        return f"struct {declaration.name} {{\n{fields}}}"
    return _broken(declaration.text)


def _broken(text: str) -> str:
    """A long declaration with what stands in parentheses on lines of its own."""
    if len(text) <= 100:
        return text
    parts = re.split(r"\(([^()]*)\)", text)
    for index in range(1, len(parts), 2):
        fields = ",\n".join(f"    {each.strip()}" for each in parts[index].split(","))
        is_long = len(parts[index]) > 60 or index == 1
        parts[index] = f"(\n{fields}\n)" if is_long and parts[index] else f"({parts[index]})"
    return "".join(parts)
