import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.formulas.body import decode_body, encode_body


@given(st.integers(0, 1 << 40), st.sets(st.integers(0, 5000)))
def test_a_body_names_what_it_was_made_from(first: int, offsets: set[int]) -> None:
    numbers = {first + offset for offset in offsets}
    assert decode_body(encode_body(numbers)) == sorted(numbers)


def test_the_format_is_the_documented_one() -> None:
    assert encode_body([258, 260, 266]) == bytes([0, 0, 0, 0, 0, 0, 1, 2, 0b101, 0b1])
    assert encode_body(range(8)) == bytes(8) + b"\xff"
    assert encode_body([]) == bytes(8)
    assert decode_body(bytes(8) + bytes(40)) == []


def test_a_body_without_header_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 8 bytes, this one 7"):
        decode_body(bytes(7))
