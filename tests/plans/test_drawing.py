"""Plans in words, in Mermaid and in SVG: nothing of a plan is missing, and no name can break out of its place."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from random import Random
from xml.etree.ElementTree import Element, fromstring

import pytest

from oracle.errors import InputError
from oracle.plans.drawing import mermaid, story, svg
from oracle.plans.layout import Row, drawn
from oracle.plans.plan import (
    ARBITER,
    DAY_SECONDS,
    DONE,
    EVERYONE,
    NOBODY,
    REST,
    DueFrom,
    Late,
    Payment,
    Plan,
    Step,
    Verb,
)
from oracle.plans.svg import QUIET, TEXT, paragraph, shown, width_of
from oracle.plans.wording import Money, moment_words, span_words
from tests.contracts.plan_stage import MONEY, START_SECONDS, random_plan, sale

NAMES = ("Oduya & Sons", "Redfern Haulage", "Harrowgate Textiles", "Dr Brandtner")
EUROS = Money(2, "EUR")
SOURCES = {
    "price": ["The price amounts to EUR 1,200.00.", "It is fixed."],
    "1": ["The bales shall be handed over within five (5) days after all have signed."],
    "2": [
        "The Purchaser shall examine the bales within 72 hours; silence is acceptance.",
        "A rejection is arbitrated.",
    ],
    "3": ["The Carrier earns <80 EUR> & nothing else."],
}
HOSTILE = (
    'A"</text><script>alert(1)</script>',
    "B & Co; --> [*] : x %% #35; \\n",
    "C]]>\n\x00\x1b[31m\u202e<!--",
    "W" * 80,
)
_SPACE = re.compile(r"[\s\u00a0]+")


def many_steps() -> Plan:
    """Six steps with jumps, witnesses, penalties and payments of all kinds."""
    steps = []
    for index in range(6):
        rich = index % 2 == 1
        steps.append(
            Step(
                Verb(index),
                index % 4,
                DAY_SECONDS * (index + 1) + 5_000,
                DueFrom(index % 2),
                late=Late(3, 10**9, 2, 0) if rich else Late(4),
                needs_evidence=not rich,
                witnesses=frozenset(range(4)) if rich else frozenset(),
                quorum=2 if rich else 0,
                payments=(Payment(EVERYONE, 1, 10**24), Payment(2, 0, REST), Payment(2, 2, 5)) if rich else (),
                on_done=index + 1 if index < 5 else DONE,
                on_timeout=min(index + 2, 5) if index < 4 else DONE,
                on_refusal=[3, ARBITER, 5, ARBITER, DONE, ARBITER][index],
            )
        )
    return replace(sale(arbiter=True), deposits=(1, 2, 10**26, 0), steps=tuple(steps))


def parsed(drawing: str) -> Element:
    return fromstring(drawing)  # noqa: S314 - our own


def texts(drawing: str) -> list[str]:
    """The paragraphs of a drawing, lines joined."""
    found = []
    for text in parsed(drawing).iter("{http://www.w3.org/2000/svg}text"):
        found.append(_SPACE.sub(" ", " ".join(line.text or "" for line in text)))
    return found


# In words


def test_each_step_is_one_sentence() -> None:
    assert story(sale(arbiter=True), NAMES, EUROS) == [
        "Step 1 (receive): Redfern Haulage acts within 5 days after all have joined; or up to 10 days late, at "
        "12.00 EUR a day, returned to Harrowgate Textiles; must show a hash as evidence; once that is done, step 2 "
        "(accept) follows; if the time is over, all is refunded.",
        "Step 2 (accept): Harrowgate Textiles acts within 3 days after step 1; once that is done, or the time is over, "
        "step 3 (pay) follows; if it is refused, Dr Brandtner decides.",
        "Step 3 (pay): Oduya & Sons acts within 90 days after step 2; pays Redfern Haulage 80.00 EUR from the deposit "
        "of Harrowgate Textiles; pays Oduya & Sons all that is left from the deposit of Harrowgate Textiles; once that "
        "is done, the plan is done; if the time is over, all is refunded.",
    ]


def test_dates_witnesses_and_common_payments_are_told() -> None:
    step = Step(
        Verb.ATTEST,
        1,
        1_830_297_599,
        DueFrom.DATE,
        late=Late(1, 500, 2, 0),
        witnesses=frozenset({0, 2, 3}),
        quorum=2,
        payments=(Payment(EVERYONE, 1, 123_456), Payment(2, 2, REST)),
        on_timeout=DONE,
        on_refusal=DONE,
    )
    assert story(replace(sale(arbiter=True), steps=(step,)), NAMES) == [
        "Step 1 (attest): Redfern Haulage acts by the end of 31 December 2027 (UTC); or up to 1 day late, at 5.00 a "
        "day, from Harrowgate Textiles to Oduya & Sons; must show the word of 2 of 3 (Oduya & Sons, Harrowgate "
        "Textiles, Dr Brandtner); pays Redfern Haulage 1 234.56 from all deposits; pays Harrowgate Textiles all that "
        "is left of its own deposit; whether that is done or not, the plan is done."
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (DAY_SECONDS, "1 day"),
        (DAY_SECONDS + 43_200, "1 day and 12 hours"),
        (2 * DAY_SECONDS + 3_661, "2 days, 1 hour, 1 minute and 1 second"),
    ],
)
def test_spans_are_exact(seconds: int, words: str) -> None:
    assert span_words(seconds) == words


def test_moments_are_exact_and_have_no_end() -> None:
    assert moment_words(START_SECONDS) == "15 January 2027, 08:00 UTC"
    assert moment_words(START_SECONDS + 1) == "15 January 2027, 08:00:01 UTC"
    assert moment_words(1 << 40) == "20 February 36812, 00:36:16 UTC"


def test_amounts_are_exact() -> None:
    assert [EUROS.words(amount) for amount in (0, 5, 128_000, 10**26)] == [
        "0.00 EUR",
        "0.05 EUR",
        "1 280.00 EUR",
        "1 000 000 000 000 000 000 000 000.00 EUR",
    ]


def test_names_and_parties_must_be_as_many() -> None:
    for draw in (story, mermaid, svg):
        with pytest.raises(InputError, match="there are 2 names for 3 parties"):
            draw(sale(), NAMES[:2])


# Mermaid


def test_the_diagram_has_all_steps_and_ways() -> None:
    lines = [line.strip() for line in mermaid(sale(arbiter=True), NAMES, EUROS).splitlines()]
    assert lines[0] == "stateDiagram-v2"
    assert [line for line in lines if "-->" in line] == [
        "[*] --> step1 : all have joined",
        "step1 --> step2 : done",
        "step1 --> refund : time over",
        "step2 --> step3 : done or time over",
        "step2 --> arbiter : refused",
        "step3 --> done : done",
        "step3 --> refund : time over",
        "arbiter --> [*] : divided",
        "arbiter --> refund : time over",
        "done --> [*]",
        "refund --> [*]",
    ]
    assert 'state "Step 2 (accept) Harrowgate Textiles, within 3 days after step 1" as step2' in lines


def test_no_name_has_a_meaning_for_mermaid() -> None:
    plain = mermaid(sale(arbiter=True), NAMES).splitlines()
    hostile = mermaid(sale(arbiter=True), HOSTILE).splitlines()
    assert len(hostile) == len(plain)
    for line in hostile:
        if "state" in line and " as " in line:
            assert re.fullmatch(r' +state "(\w|[ ,.()-]|#\d+;)*" as (step\d+|arbiter|done|refund)', line)


# SVG


def test_the_drawing_shows_all_of_a_plan() -> None:
    found = texts(svg(sale(arbiter=True), NAMES, SOURCES, EUROS))
    assert found[0] == "Logistics: Oduya & Sons, Redfern Haulage, Harrowgate Textiles and Dr Brandtner"
    for expected in (
        "Harrowgate Textiles deposits 1 280.00 EUR",
        "Step 1: receive",
        "Redfern Haulage acts within 5 days after all have joined",
        "or up to 10 days late, at 12.00 EUR a day, returned to Harrowgate Textiles",
        "must show a hash as evidence",
        "Step 2: accept",
        "Harrowgate Textiles acts within 3 days after step 1",
        "Step 3: pay",
        "pays Redfern Haulage 80.00 EUR from the deposit of Harrowgate Textiles",
        "pays Oduya & Sons all that is left from the deposit of Harrowgate Textiles",
        "all have joined",
        "done",
        "done or time over",
        "refused",
        "dispute: Dr Brandtner decides",
        "refund: each gets back what it still holds",
        "done: each gets back what it still holds",
        "Dr Brandtner divides what is held within 14 days, and gets nothing",
        "price",
        *(clause for clauses in SOURCES.values() for clause in clauses),
    ):
        assert expected in found, expected


def test_all_ways_are_drawn() -> None:
    plan = many_steps()
    drawing = parsed(svg(plan, NAMES, SOURCES))
    arrows = [each for each in drawing.iter("{http://www.w3.org/2000/svg}path") if each.get("class") == "arrow"]
    ways = sum(len({step.on_done, step.on_timeout, step.on_refusal}) for step in plan.steps)
    assert len(arrows) == ways + 2 + 2  # joining, and the dispute


@pytest.mark.parametrize("plan", [sale(arbiter=True), many_steps()])
def test_no_name_breaks_out_of_the_drawing(plan: Plan) -> None:
    sources = {"1": ["<script>alert(2)</script>", "]]>&amp;\u202e"], '"><g onload="': ["\x00\x1b"]}
    drawing = parsed(svg(plan, HOSTILE, sources))
    tags = {each.tag.removeprefix("{http://www.w3.org/2000/svg}") for each in drawing.iter()}
    assert tags == {"svg", "title", "style", "defs", "marker", "path", "rect", "g", "text", "tspan"}
    for each in drawing.iter():
        assert not [name for name in each.attrib if name.startswith("on") or "href" in name]
    found = " ".join(texts(svg(plan, HOSTILE, sources)))
    assert "<script>alert(2)</script>" in found
    assert "]]>&amp;\ufffd" in found
    assert not any(each in found for each in "\x00\x1b\u202e")


def boxes(drawing: Element) -> Iterator[tuple[str, int, int, int, int]]:
    for each in drawing.iter("{http://www.w3.org/2000/svg}rect"):
        if each.get("class") != "page":
            x, y, width, height = (int(each.get(name, "0")) for name in ("x", "y", "width", "height"))
            yield each.get("class", ""), x, y, x + width, y + height


def test_nothing_lies_over_anything_else() -> None:
    for plan, names in ((sale(arbiter=True), NAMES), (many_steps(), HOSTILE), (many_steps(), NAMES)):
        clauses = {str(index + 1): ["A clause of some words. " * (7 * index)] for index in range(len(plan.steps))}
        drawing = parsed(svg(plan, names, clauses))
        width, height = int(drawing.get("width", "0")), int(drawing.get("height", "0"))
        placed = list(boxes(drawing))
        for number, (_, left, top, right, bottom) in enumerate(placed):
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
            for _, other_left, other_top, other_right, other_bottom in placed[number + 1 :]:
                assert right <= other_left or other_right <= left or bottom <= other_top or other_bottom <= top
        assert_lines_apart(drawing)


def assert_lines_apart(drawing: Element) -> None:
    """No two arrows share more than a point: they may cross, and not run over one another."""
    spans: list[tuple[str, int, int, int]] = []
    for each in drawing.iter("{http://www.w3.org/2000/svg}path"):
        points = [tuple(map(int, each)) for each in re.findall(r"(\d+) (\d+)", each.get("d", ""))]
        if each.get("class") == "arrow":
            for (x, y), (next_x, next_y) in pairwise(points):
                if x == next_x:
                    spans.append(("down", x, *sorted((y, next_y))))  # type: ignore[arg-type]
                else:
                    spans.append(("across", y, *sorted((x, next_x))))  # type: ignore[arg-type]
    for number, (way, at, begin, end) in enumerate(spans):
        for other_way, other_at, other_begin, other_end in spans[number + 1 :]:
            if (way, at) == (other_way, other_at):
                assert end <= other_begin or other_end <= begin


def test_random_plans_are_drawn_as_valid_xml() -> None:
    for seed in range(60):
        plan = random_plan(Random(seed), token=MONEY, keys=range(7_100, 7_105), now=START_SECONDS)
        names = [f"Party {index}" for index in range(len(plan.parties))]
        drawing = svg(plan, names, {str(len(plan.steps)): ["The last clause."]})
        assert "The last clause." in texts(drawing)
        assert_lines_apart(parsed(drawing))
        assert len(story(plan, names)) == len(plan.steps)
        assert mermaid(plan, names).count(" as step") == len(plan.steps)
        assert ("Dispute" in texts(drawing)) == (plan.arbiter != NOBODY)


def test_the_drawing_follows_light_and_dark() -> None:
    assert "@media (prefers-color-scheme: dark)" in svg(sale(), NAMES[:3])


def test_paragraphs_keep_to_their_width_and_lose_no_word() -> None:
    text = f"The {'very ' * 30}long {'w' * 200} end"
    for style in (TEXT, QUIET):
        filled = paragraph(text, style, 200)
        assert all(width_of(line, style) <= 200 for line in filled.lines)
        assert "".join(filled.lines).replace(" ", "") == text.replace(" ", "")


def test_what_is_written_from_right_to_left_keeps_to_itself() -> None:
    assert shown("  Oduya \n & Sons ") == "Oduya & Sons"
    assert shown("בע״מ 12") == "\u2068בע״מ 12\u2069"


def test_rows_without_clauses_need_no_column_for_them() -> None:
    rows = [Row("card", "One", ("a",), ways={1: "on"}), Row("card", "Two", ("b",))]
    with_clauses = [replace(rows[0], clauses=(("", ("A clause.",)),)), rows[1]]
    narrow, wide = (int(parsed(drawn("Title", each)).get("width", "0")) for each in (rows, with_clauses))
    assert narrow < wide
