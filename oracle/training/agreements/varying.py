"""Lessons in other letters: what is told of values and names keeps its place."""

from collections.abc import Callable
from dataclasses import replace

from oracle.plans.meanings import MARK
from oracle.training.agreements.lesson import Piece


def rewritten(piece: Piece, write: Callable[[str], str]) -> Piece:
    """A piece with what stands between its values and names written anew."""
    text, at, told = "", 0, []
    for each in sorted(piece.told, key=lambda one: one.start):
        text += _kept(piece.text[at : each.start], write)
        start = len(text)
        text += piece.text[each.start : each.end]
        told.append(replace(each, start=start, end=len(text)))
        at = each.end
    return Piece(text + _kept(piece.text[at:], write), tuple(told))


def marked(piece: Piece, number: int) -> Piece:
    """A piece with one of its values or names between marks."""
    one = piece.told[number]
    before, after = f"{MARK} ", f" {MARK}"
    text = f"{piece.text[: one.start]}{before}{piece.text[one.start : one.end]}{after}{piece.text[one.end :]}"

    def moved(at: int, *, end: bool) -> int:
        passed = len(before) if at > one.start or (at == one.start and not end) else 0
        return at + passed + (len(after) if at > one.end or (at == one.end and not end) else 0)

    told = tuple(
        replace(each, start=one.start, end=one.end + len(before) + len(after))
        if each is one
        else replace(each, start=moved(each.start, end=False), end=moved(each.end, end=True))
        for each in piece.told
    )
    return Piece(text, told)


def _kept(text: str, write: Callable[[str], str]) -> str:
    """Written anew between the blanks that it has at its ends."""
    bare = text.strip()
    if not bare:
        return text
    at = text.index(bare)
    return f"{text[:at]}{write(bare)}{text[at + len(bare) :]}"
