"""Text in boxes and arrows between them, as SVG: measured, wrapped and escaped by us, since nothing here has fonts."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

# Widths in em of a wide sans-serif; what is narrower leaves a margin.
_NARROW = {**dict.fromkeys("ijlI.,:;'|!()[] \u00a0", 0.36), **dict.fromkeys('frt-/\\"', 0.46)}
_WIDE = {**dict.fromkeys("mMW%@—", 1.02), **dict.fromkeys("wOQG&→", 0.87)}
_BOLD = 1.12
_LEAD = 4  # pixels above a paragraph that follows another one
_UNSHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_RIGHT_TO_LEFT = {"R", "AL"}


@dataclass(frozen=True)
class Style:
    """How a paragraph is set."""

    css: str  # its class
    size: int  # in pixels
    leading: int  # from line to line

    @property
    def bold(self) -> bool:
        """Whether letters are wider."""
        return self.css == "title"


TITLE = Style("title", 14, 20)
TEXT = Style("text", 13, 18)
QUIET = Style("quiet", 12, 17)
LABEL = Style("label", 11, 14)


@dataclass(frozen=True)
class Paragraph:
    """Text in lines."""

    style: Style
    lines: tuple[str, ...]

    @property
    def height(self) -> int:
        """In pixels."""
        return len(self.lines) * self.style.leading

    def at(self, x: int, top: int, anchor: str = "start") -> str:
        """Its markup; each line is a tspan of its own."""
        rows = "".join(
            f'<tspan x="{x}" y="{top + self.style.leading * (number + 1) - 5}">{escape(line)}</tspan>'
            for number, line in enumerate(self.lines)
        )
        end = "" if anchor == "start" else f' text-anchor="{anchor}"'
        return f'<text class="{self.style.css}"{end}>{rows}</text>'


def paragraph(text: str, style: Style, width: int) -> Paragraph:
    """Text filled into lines of at most a width, in pixels; words that are longer are cut."""
    lines: list[str] = []
    line = ""
    for word in _words(text, style, width):
        longer = f"{line} {word}" if line else word
        if line and width_of(longer, style) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return Paragraph(style, (*lines, line))


def width_of(text: str, style: Style) -> float:
    """About how wide a line is, in pixels; rather too wide."""
    return sum(map(_em, text)) * style.size * (_BOLD if style.bold else 1)


def shown(text: str) -> str:
    """Text without what is not shown, spaces made one; what is written from right to left keeps to itself."""
    clean = "".join("\ufffd" if unicodedata.category(each) in _UNSHOWN else each for each in " ".join(text.split()))
    if any(unicodedata.bidirectional(each) in _RIGHT_TO_LEFT for each in clean):
        return f"\u2068{clean}\u2069"
    return clean


def numbers_whole(text: str) -> str:
    """Text in which no line ends amid a number."""
    return re.sub(r"(?<=\d) (?=\d{3}\b)", "\u00a0", text)


def stacked(paragraphs: Sequence[Paragraph], x: int, top: int) -> str:
    """Paragraphs one below the other."""
    marks = []
    for each in paragraphs:
        marks.append(each.at(x, top))
        top += each.height + _LEAD
    return "".join(marks)


def height_of(paragraphs: Sequence[Paragraph]) -> int:
    """Of paragraphs one below the other."""
    return sum(each.height for each in paragraphs) + _LEAD * (len(paragraphs) - 1)


def box(css: str, x: int, y: int, width: int, height: int, radius: int = 8) -> str:
    """A box with round corners."""
    return f'<rect class="{css}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}"/>'


def arrow(*points: tuple[int, int]) -> str:
    """An arrow along points."""
    return f'<path class="arrow" marker-end="url(#plan-tip)" d="M{" L".join(f"{x} {y}" for x, y in points)}"/>'


def page(width: int, height: int, title: str, content: str) -> str:
    """The whole drawing."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plan-drawing" role="img" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">\n<title>{escape(title)}</title>\n<style>{_CSS}</style>\n'
        '<defs><marker id="plan-tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        'orient="auto"><path class="tip" d="M0 0 L10 5 L0 10 z"/></marker></defs>\n'
        f'<rect class="page" width="{width}" height="{height}"/>\n{content}\n</svg>\n'
    )


def _em(letter: str) -> float:
    if letter in _NARROW:
        return _NARROW[letter]
    if letter in _WIDE or unicodedata.east_asian_width(letter) in {"W", "F"}:
        return _WIDE.get(letter, 1.05)
    if unicodedata.category(letter) in {"Cf", "Mn", "Me"}:
        return 0.0
    return 0.74 if letter.isupper() else 0.63


def _words(text: str, style: Style, width: int) -> list[str]:
    """The words of a text, cut where they are too long for a line."""
    words = []
    for word in text.split(" "):
        rest = word
        while width_of(rest, style) > width and len(rest) > 1:
            cut = len(rest)
            while cut > 1 and width_of(rest[:cut], style) > width:
                cut -= 1
            words.append(rest[:cut])
            rest = rest[cut:]
        words.append(rest)
    return words


_CSS = """
.plan-drawing { --page: #ffffff; --card: #f6f7f9; --line: #8a93a3; --ink: #14181f; --quiet: #4d5666;
  --done: #e3f4e8; --refund: #fdf0d9; --arbiter: #e9e6fb; --quote: #b9c1cf;
  font-family: system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
@media (prefers-color-scheme: dark) {
.plan-drawing { --page: #12151b; --card: #1d222b; --line: #7c8698; --ink: #eceff4; --quiet: #b3bccb;
  --done: #17392a; --refund: #43330f; --arbiter: #2e2a52; --quote: #4a5365; }
}
.plan-drawing .page { fill: var(--page); }
.plan-drawing .card { fill: var(--card); stroke: var(--line); }
.plan-drawing .done { fill: var(--done); stroke: var(--line); }
.plan-drawing .refund { fill: var(--refund); stroke: var(--line); }
.plan-drawing .arbiter { fill: var(--arbiter); stroke: var(--line); }
.plan-drawing .quote { fill: var(--quote); }
.plan-drawing .arrow { fill: none; stroke: var(--line); stroke-width: 1.5; }
.plan-drawing .tip { fill: var(--line); }
.plan-drawing text { fill: var(--ink); font-size: 13px; }
.plan-drawing .title { font-size: 14px; font-weight: 600; }
.plan-drawing .quiet { font-size: 12px; fill: var(--quiet); }
.plan-drawing .label { font-size: 11px; fill: var(--quiet); }
"""
