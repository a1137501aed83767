"""Declarations of the contracts' interfaces with their NatSpec, read from the sources.

Interfaces hold declarations and comments alone, and the formatter of `make lint` keeps both in one form, so lines are
enough. A test compares the names found with those in the ABI.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

INTERFACES = Path(__file__).resolve().parent.parent / "contracts" / "interfaces"
_BEGIN = re.compile(r"(?:abstract )?(interface|struct|function|event|error|contract|enum)\b")
_TAG = re.compile(r"@(\w+) ?")


@dataclass(frozen=True)
class Declaration:
    """A function, event, error or struct."""

    kind: str
    name: str
    text: str  # on one line, spaces single
    notice: str  # what NatSpec says of it, without its tags' names
    parameters: tuple[tuple[str, str], ...]  # name and meaning of those that NatSpec describes
    returns: tuple[str, ...]
    warning: str  # `@dev`


@dataclass(frozen=True)
class Interface:
    """An interface, and all that its file declares."""

    name: str
    path: Path
    bases: tuple[str, ...]
    notice: str
    guarantees: tuple[str, ...]
    declarations: tuple[Declaration, ...]


@cache
def of_interfaces() -> tuple[Interface, ...]:
    """All interfaces, by name."""
    return tuple(read_interface(path) for path in sorted(INTERFACES.glob("I*.sol")))


def read_interface(path: Path) -> Interface:
    """An interface of a file.

    Raises:
        ValueError: the file declares none.
    """
    found: list[Declaration] = []
    head: tuple[str, list[str]] | None = None
    comment: list[str] = []
    lines = iter(path.read_text().splitlines())
    for line in lines:
        stripped = line.strip()
        if stripped.startswith("///"):
            comment.append(stripped.removeprefix("///").removeprefix(" "))
            continue
        begin = _BEGIN.match(stripped)
        if begin is None:
            comment = []
            continue
        if begin[1] in ("interface", "contract"):
            while "{" not in stripped:
                stripped += " " + next(lines).strip()
            head, comment = (stripped, comment), []
            continue
        end = "}" if begin[1] in ("struct", "enum") else ";"
        parts = [stripped]
        while end not in parts[-1]:
            parts.append(next(lines).strip())
        found.append(_declaration(begin[1], parts, comment))
        comment = []
    if head is None:
        raise ValueError(f"{path.name} declares no interface")
    return _interface(path, head, found)


def _interface(path: Path, head: tuple[str, list[str]], found: list[Declaration]) -> Interface:
    told, bases = head[1], head[0].partition(" is ")[2].partition("{")[0]
    text = "\n".join(told).partition("Guarantees")[0].partition("Events and errors")[0]
    guarantees = re.split(r"^\d+\. ", "\n".join(told).partition("Guarantees")[2], flags=re.MULTILINE)[1:]
    return Interface(
        name=path.stem,
        path=path,
        bases=tuple(filter(None, (each.strip() for each in bases.split(",")))),
        notice=_joined(_tags(text.splitlines()).get("notice", [""])[0]),
        guarantees=tuple(_joined(each.partition("\n\n")[0]) for each in guarantees),
        declarations=tuple(found),
    )


def _declaration(kind: str, parts: list[str], comment: list[str]) -> Declaration:
    tags = _tags(comment)
    code = [part for part in parts if not part.startswith("///")]
    text = re.sub(r"\( ", "(", re.sub(r" \)", ")", _joined(" ".join(code))))
    name = re.match(r"\w+ (\w+)", text)
    assert name is not None  # noqa: S101 - a keyword matched before
    parameters = [each.partition(" ")[::2] for each in tags.get("param", [])]
    if kind == "struct":
        parameters = _fields(parts)
    return Declaration(
        kind=kind,
        name=name[1],
        text=text,
        notice=_joined(" ".join(tags.get("notice", []))),
        parameters=tuple((field, _joined(meaning)) for field, meaning in parameters),
        returns=tuple(map(_joined, tags.get("return", []))),
        warning=_joined(" ".join(tags.get("dev", []))),
    )


def _fields(parts: list[str]) -> list[tuple[str, str]]:
    """Type and name of each field of a struct, with the comment before it."""
    found, comment = [], []
    for part in parts[1:]:
        if part.startswith("///"):
            comment.append(part.removeprefix("///").strip())
        elif part.endswith(";"):
            found.append((part.removesuffix(";"), " ".join(comment)))
            comment = []
    return found


def _tags(comment: list[str]) -> dict[str, list[str]]:
    """Texts by tag; what stands before any tag is a notice."""
    found: dict[str, list[str]] = {}
    tag = "notice"
    for line in comment:
        begin = _TAG.match(line)
        if begin:
            tag = begin[1]
            found.setdefault(tag, []).append(line[begin.end() :])
        elif line.strip():
            texts = found.setdefault(tag, [""])
            texts[-1] += " " + line.strip()
    return found


def _joined(text: str) -> str:
    return " ".join(text.split())
