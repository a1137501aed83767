"""Where the rows of a drawing stand: clauses at the left, steps in a column, ends at the right, and arrows between.

Arrows to the next row go straight down. Those that pass rows over go through lanes left of the column, and those to
ends go right, so that none runs over another one or over text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from oracle.plans.svg import (
    LABEL,
    QUIET,
    TEXT,
    TITLE,
    Paragraph,
    arrow,
    box,
    height_of,
    numbers_whole,
    page,
    paragraph,
    stacked,
    width_of,
)

_MARGIN, _GAP, _PAD = 24, 46, 14
_CLAUSES_WIDTH, _CARD_WIDTH, _EXIT_WIDTH = 320, 380, 230
_LANE, _PORT = 14, 20  # between two arrows beside each other
_BETWEEN = 28  # columns
_APART = 8  # clauses


@dataclass(frozen=True)
class Exit:
    """A way to an end."""

    css: str
    way: str
    text: str


@dataclass(frozen=True)
class Row:
    """One box of the column, and what stands beside it."""

    css: str
    title: str
    lines: tuple[str, ...]
    clauses: tuple[tuple[str, tuple[str, ...]], ...] = ()  # texts by a heading, which may be empty
    exits: tuple[Exit, ...] = ()
    ways: Mapping[int, str] = field(default_factory=dict)  # to later rows


@dataclass(frozen=True)
class _Jump:
    """An arrow that passes rows over."""

    source: int
    target: int
    way: str
    lane: int


@dataclass(frozen=True)
class _Placed:
    """A row and where it stands."""

    row: Row
    top: int
    height: int  # of its box
    beside: int  # of the clauses

    @property
    def bottom(self) -> int:
        return self.top + self.height


def drawn(title: str, rows: Sequence[Row]) -> str:
    """The SVG of rows one below the other; the first has the number 0."""
    jumps = _jumps(rows)
    has_clauses = any(texts for row in rows for _, texts in row.clauses)
    way_width = round(max((width_of(jump.way, LABEL) for jump in jumps), default=0)) + _BETWEEN
    lanes = 1 + max((jump.lane for jump in jumps), default=-1)
    lanes_x = _MARGIN + (_CLAUSES_WIDTH + _BETWEEN if has_clauses else 0)
    card_x = lanes_x + (lanes * _LANE + way_width if jumps else 0)
    exit_label = max((width_of(each.way, LABEL) for row in rows for each in row.exits), default=0)
    exit_x = card_x + _CARD_WIDTH + round(exit_label) + 2 * _BETWEEN
    width = exit_x + _EXIT_WIDTH + _MARGIN
    heading = paragraph(title, TITLE, width - 2 * _MARGIN)
    placed = _placed(rows, jumps, _MARGIN + heading.height + 18)
    marks = [heading.at(_MARGIN, _MARGIN - 6)]
    for number, each in enumerate(placed):
        marks += [_clauses(each.row, each.top), _card(each, card_x), _exits(each, card_x, exit_x)]
        if number + 1 in each.row.ways:
            marks.append(_down(each, placed[number + 1], each.row.ways[number + 1], card_x))
    marks += [_jump(jump, jumps, placed, lanes_x + lanes * _LANE, card_x) for jump in jumps]
    bottom = max(max(each.bottom, each.top + each.beside) for each in placed)
    return page(width, bottom + _MARGIN, title, "\n".join(filter(None, marks)))


def _jumps(rows: Sequence[Row]) -> list[_Jump]:
    """Arrows that pass rows over, each in the first lane that is free all the way."""
    jumps: list[_Jump] = []
    for source, row in enumerate(rows):
        for target, way in row.ways.items():
            if target == source + 1:
                continue
            taken = {jump.lane for jump in jumps if jump.target > source}
            lane = next(lane for lane in range(len(jumps) + 1) if lane not in taken)
            jumps.append(_Jump(source, target, way, lane))
    return jumps


def _placed(rows: Sequence[Row], jumps: Sequence[_Jump], top: int) -> list[_Placed]:
    placed = []
    for number, row in enumerate(rows):
        exits = sum(_exit_height(each) + 10 for each in row.exits) + 10
        ports = sum((jump.source == number) + (jump.target == number) for jump in jumps) * _PORT + _PORT
        height = max(height_of(_card_text(row)) + 2 * _PAD - 4, exits, ports)
        each = _Placed(row, top, height, _clauses_height(row))
        placed.append(each)
        top += max(each.height, each.beside) + _GAP
    return placed


def _card_text(row: Row) -> list[Paragraph]:
    width = _CARD_WIDTH - 2 * _PAD
    return [
        paragraph(row.title, TITLE, width),
        *(paragraph(numbers_whole(line), TEXT if index == 0 else QUIET, width) for index, line in enumerate(row.lines)),
    ]


def _card(placed: _Placed, x: int) -> str:
    return (
        f"<g>{box(placed.row.css, x, placed.top, _CARD_WIDTH, placed.height)}"
        f"{stacked(_card_text(placed.row), x + _PAD, placed.top + _PAD - 3)}</g>"
    )


def _exit_text(each: Exit) -> Paragraph:
    return paragraph(each.text, QUIET, _EXIT_WIDTH - 2 * _PAD)


def _exit_height(each: Exit) -> int:
    return _exit_text(each).height + 14


def _exits(placed: _Placed, card_x: int, exit_x: int) -> str:
    top, marks = placed.top + 10, []
    for each in placed.row.exits:
        height = _exit_height(each)
        middle = top + height // 2
        marks += [
            arrow((card_x + _CARD_WIDTH, middle), (exit_x, middle)),
            paragraph(each.way, LABEL, _EXIT_WIDTH).at(card_x + _CARD_WIDTH + 10, middle - 16),
            box(each.css, exit_x, top, _EXIT_WIDTH, height, radius=height // 2 if height < 40 else 16),
            _exit_text(each).at(exit_x + _PAD, top + 6),
        ]
        top += height + 10
    return "".join(marks)


def _clause_texts(row: Row) -> list[tuple[int, str, Paragraph]]:
    """What stands beside a row, with the space above each: headings, and texts with a bar at their left."""
    width = _CLAUSES_WIDTH - _PAD
    found: list[tuple[int, str, Paragraph]] = []
    for heading, texts in row.clauses:
        if heading and texts:
            found.append((2 * _APART if found else 0, "heading", paragraph(heading, LABEL, width)))
        for text in texts:
            apart = _APART if found and found[-1][1] == "quote" else 0
            found.append((apart, "quote", paragraph(text, QUIET, width)))
    return found


def _clauses_height(row: Row) -> int:
    return sum(apart + each.height for apart, _, each in _clause_texts(row))


def _clauses(row: Row, top: int) -> str:
    marks = []
    for apart, css, each in _clause_texts(row):
        top += apart
        if css == "quote":
            marks.append(box(css, _MARGIN, top + 2, 3, each.height - 2, radius=1))
        marks.append(each.at(_MARGIN + (_PAD if css == "quote" else 0), top))
        top += each.height
    return "".join(marks)


def _down(source: _Placed, target: _Placed, way: str, card_x: int) -> str:
    x = card_x + 40
    label = paragraph(way, LABEL, _CARD_WIDTH).at(x + 10, source.bottom + 14)
    return arrow((x, source.bottom), (x, target.top)) + label


def _jump(jump: _Jump, jumps: Sequence[_Jump], placed: Sequence[_Placed], lanes_right: int, card_x: int) -> str:
    """From the lower left of one box, through a lane, to the upper left of another one."""
    leaving = [each for each in jumps if each.source == jump.source]
    entering = [each for each in jumps if each.target == jump.target]
    start = placed[jump.source].bottom - _PORT // 2 - _PORT * leaving.index(jump)
    end = placed[jump.target].top + _PORT // 2 + _PORT * entering.index(jump)
    x = lanes_right - _LANE * jump.lane - _LANE // 2
    label = paragraph(jump.way, LABEL, _CARD_WIDTH).at(card_x - 8, start - 15, "end")
    return arrow((card_x, start), (x, start), (x, end), (card_x, end)) + label
