"""Amounts of assets that a request states: "1 200 USDC", "USDC 1,200.50", "1.2k usdc", "two hundred USDC"."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from oracle.plans.text.numbers import DIGITS, NUMBER, UnclearNumber, read_number
from oracle.routing.graph import Asset

_SCALES = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}
_SMALL = r"0[.]\d{1,36}(?!\d)"  # not of thousands, as 0.125 would otherwise be
_SIGN = re.compile(r"(?P<sign>[$€£])\s?(?P<number>\d[\d.,]*)")


@dataclass(frozen=True)
class AmountFound:
    """An amount where it stands; without a value where it is not clear, which `why` says."""

    start: int
    end: int
    text: str
    asset: str
    minor: int | None
    why: str = ""


def amounts_of(text: str, assets: Iterable[Asset]) -> list[AmountFound]:
    """All amounts of a text, in order; money of no known asset is found too, and unclear."""
    by_name = {asset.name.casefold(): asset for asset in assets}
    names = "|".join(sorted(map(re.escape, by_name), key=len, reverse=True))
    number = rf"(?P<minus>-\s?)?(?P<number>{_SMALL}|{NUMBER})(?:\s?(?P<scale>k|m|thousand|million)\b)?"
    after = re.compile(rf"(?<![\w.,]){number}[\s-]?(?P<asset>{names})\b", re.IGNORECASE)
    before = re.compile(
        rf"\b(?P<asset>{names})\s?(?P<minus>-\s?)?(?P<number>{_SMALL}|{DIGITS})(?:\s?(?P<scale>k|m)\b)?", re.IGNORECASE
    )
    found: list[AmountFound] = []
    taken = [False] * len(text)
    for pattern in (after, before):
        for match in pattern.finditer(text):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                found.append(_amount(match, by_name[match["asset"].casefold()]))
    for match in _SIGN.finditer(text):
        if not any(taken[match.start() : match.end()]):
            known = ", ".join(asset.name for asset in by_name.values())
            why = f'"{match[0]}" names no asset that can be moved; give one of {known}'
            found.append(AmountFound(match.start(), match.end(), match[0], "", None, why))
    return sorted(found, key=lambda each: each.start)


def _amount(match: re.Match[str], asset: Asset) -> AmountFound:
    start, end, text = match.start(), match.end(), match[0]

    def unclear(why: str) -> AmountFound:
        return AmountFound(start, end, text, asset.name, None, why)

    if match["minus"]:
        return unclear(f'"{text}" is below zero')
    try:
        number = Fraction(match["number"]) if match["number"].startswith("0.") else read_number(match["number"])
    except UnclearNumber as error:
        return unclear(str(error))
    scale = _SCALES[match["scale"].lower()] if match["scale"] else 1
    minor = number * scale * 10**asset.decimals
    if minor.denominator != 1:
        return unclear(f'"{text}" has more decimals than the {asset.decimals} of {asset.name}')
    if minor <= 0:
        return unclear(f'"{text}" is nothing')
    return AmountFound(start, end, text, asset.name, int(minor))
