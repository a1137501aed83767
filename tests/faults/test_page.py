"""What the counts of `make faults` must be, and where they are written."""

from dataclasses import replace
from pathlib import Path

import pytest

from oracle.markdown import section_of, with_section
from tests.faults.count import Counts, equivocations
from tests.faults.page import SECTION, Row, complaints, with_table

GOOD = Row(
    "kills", "what", Counts(expected=100, applied=100, transactions=200, wasted=2, kills=3), {"a": 3}, is_control=False
)
CONTROL = Row("control", "what", Counts(expected=3, applied=3, equivocations=1), {}, is_control=True)


def test_good_counts_have_no_complaint() -> None:
    assert complaints([GOOD, CONTROL]) == []


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (replace(GOOD.counts, lost=1, applied=99), "lost is 1"),
        (replace(GOOD.counts, doubled=1), "doubled is 1"),
        (replace(GOOD.counts, equivocations=1), "equivocations is 1"),
        (replace(GOOD.counts, nonce_gaps=1), "nonce gaps is 1"),
        (replace(GOOD.counts, wasted=3), "3 of 200 transactions were wasted"),
        (replace(GOOD.counts, expected=0, applied=0), "0 of 0 epochs"),
    ],
)
def test_each_count_that_is_not_as_it_must_be_is_named(counts: Counts, words: str) -> None:
    assert any(words in complaint for complaint in complaints([replace(GOOD, counts=counts), CONTROL]))


def test_a_control_without_an_equivocation_is_a_complaint() -> None:
    assert complaints([GOOD, replace(CONTROL, counts=Counts(expected=3, applied=3))])


def test_equivocations_are_second_digests_of_a_signer_for_an_epoch_and_a_block() -> None:
    lines = ["a 1 b d", "a 1 b d", "a 1 b e", "a 1 c e", "b 1 b e", "a 2 b f", "a 2 b g", "refused a 2 b g"]
    assert equivocations(lines) == 1


def test_the_table_takes_the_place_of_the_last_one() -> None:
    page = "# Title\n\n<!-- counts: begin -->\nold\n<!-- counts: end -->\nmore\n"
    once = with_table(page, [GOOD, CONTROL], seed=1)
    assert "old" not in once and "| kills |" in once and once.endswith("<!-- counts: end -->\nmore\n")
    assert with_table(once, [GOOD, CONTROL], seed=1) == once


def test_a_page_without_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="lacks the marks of 'counts'"):
        with_section("# Title\n", SECTION, "text")


def test_the_page_says_all_scenarios() -> None:
    from tests.faults.scenarios import SCENARIOS

    page = (Path(__file__).resolve().parents[2] / "docs" / "reliability.md").read_text()
    table = section_of(page, SECTION)
    assert [each.name for each in SCENARIOS if f"| {each.name} |" not in table] == []
