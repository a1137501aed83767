"""The letters that texts are made of, and calldata that points at no text."""

import pytest

from oracle.window.kinds import meaning_of
from oracle.window.letters import _base_letter
from tests.examples import transaction
from tests.window.test_text import _call


@pytest.mark.parametrize(("letter", "base"), [("é", "e"), ("À", "A"), ("ſ", " "), ("ø", " "), ("÷", " "), ("ž", "z")])
def test_a_letter_stands_for_its_base_where_that_is_ascii(letter: str, base: str) -> None:
    assert _base_letter(ord(letter)) == base


def test_a_place_that_is_cut_off_points_nowhere() -> None:
    """The nine bytes of the second argument say 8, where a length of 0 could be read."""
    arguments = b"abcdefgh" + bytes(24) + bytes(8) + b"\x08"
    assert meaning_of(transaction(calldata=_call("step(uint256,string)", arguments))).text == "abcdefgh"
