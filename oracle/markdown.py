"""Lines of a Markdown page: paragraphs filled to 120 characters, what has lines of its own left as it is."""

import re
from itertools import groupby

WIDTH = 120
_FENCE = "```"
_ITEM = re.compile(r"( *)([-*+]|\d+\.) +")
# Has a meaning of its own at the start of a line, so a word like it stays behind the one before.
_MARK = re.compile(r"([-*+#>|=]+|\d+[.)])$")
# A table, a heading, a comment or a rule is no paragraph anywhere; what is indented by four is code outside of items.
_OWN = re.compile(r" *[|#<]|---")
_CODE = re.compile(" {4}")


def wrapped(page: str) -> str:
    """`page` with its paragraphs and list items filled anew."""
    lines: list[str] = []
    is_code = False
    for (is_paragraph, _), group in groupby(_numbered(page.splitlines()), key=lambda each: each[:2]):
        block = [line for _, _, line in group]
        if is_paragraph and not is_code:
            lines += _filled(block)
            continue
        for line in block:
            is_code ^= line.lstrip().startswith(_FENCE)
            lines.append(line)
    return "\n".join(lines) + ("\n" if page.endswith("\n") else "")


def with_section(page: str, name: str, text: str) -> str:
    """`page` with a text between the comments that mark where the section of this name begins and ends.

    Raises:
        ValueError: the page has no such marks.
    """
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    before, found_begin, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(
            f"the page lacks the marks of {name!r}: put {begin.strip()} and {end.strip()} where it belongs"
        )
    return before + begin + text + end + after


def section_of(page: str, name: str) -> str:
    """What stands between those comments; empty where they are missing."""
    return page.partition(f"<!-- {name}: begin -->\n")[2].partition(f"<!-- {name}: end -->\n")[0]


def _numbered(lines: list[str]) -> list[tuple[bool, int, str]]:
    """Each line with whether it is of a paragraph, and of which."""
    found: list[tuple[bool, int, str]] = []
    number, is_code, in_item = 0, False, False
    for line in lines:
        if line.lstrip().startswith(_FENCE):
            is_code = not is_code
            found.append((False, number, line))
            number, in_item = number + 1, False
            continue
        item = _ITEM.match(line)
        is_own = is_code or not line.strip() or bool(_OWN.match(line))
        is_own |= item is None and not in_item and bool(_CODE.match(line))
        if is_own or item:
            number += 1
        in_item = not is_own and (item is not None or in_item)
        found.append((not is_own, number, line))
    return found


def _filled(block: list[str]) -> list[str]:
    item = _ITEM.match(block[0])
    first = item.group(0) if item else re.match(" *", block[0]).group(0)  # type: ignore[union-attr]
    indent = " " * len(first) if item else first
    lines, line = [], first
    for word in _words(" ".join(each.strip() for each in block)[len(first.strip()) :].split(" ")):
        if line.strip() and line not in (first, indent) and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = indent
        line += word if line in (first, indent) else " " + word
    return [*lines, line]


def _words(words: list[str]) -> list[str]:
    """What must not be parted from each other: code, and a mark from the word before it."""
    kept: list[str] = []
    for word in filter(None, words):
        if kept and (_MARK.match(word) or kept[-1].count("`") % 2):
            kept[-1] += " " + word
        else:
            kept.append(word)
    return kept
