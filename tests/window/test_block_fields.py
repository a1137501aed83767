"""What is said of a field of a block that is malformed."""

import re

import pytest

from oracle.window.blocks import parse_block
from tests.window.test_blocks import RAW

_NO_QUANTITY = "no quantity; quantities are 0x-hexadecimal strings, or integers without quotes"
_NO_BYTES = "not bytes, which are written as 0x and pairs of hexadecimal digits"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("gasUsed", "zz", f"'zz' is {_NO_QUANTITY}"),
        ("gasUsed", "z" * 40, f"'{'z' * 40}' is {_NO_QUANTITY}"),
        ("gasUsed", "z" * 41, f"'{'z' * 40}'… is {_NO_QUANTITY}"),
        ("gasUsed", True, f"True is {_NO_QUANTITY}"),
        ("gasUsed", 1.5, f"1.5 is {_NO_QUANTITY}"),
        ("gasUsed", b"ab", f"2 bytes is {_NO_QUANTITY}"),
        ("gasUsed", {}, f"an object is {_NO_QUANTITY}"),
        ("gasUsed", [], f"an array is {_NO_QUANTITY}"),
        ("gasUsed", set(), f"a value is {_NO_QUANTITY}"),
        ("gasUsed", -1, "-1 is outside of 0 to 2**64 - 1"),
        ("gasUsed", (1 << 256) - 1, f"{(1 << 256) - 1} is outside of 0 to 2**64 - 1"),
        ("gasUsed", 1 << 256, "an integer of 257 bits is outside of 0 to 2**64 - 1"),
        ("baseFeePerGas", 1 << 256, "an integer of 257 bits is outside of 0 to 2**256 - 1"),
        ("hash", 7, f"7 is {_NO_BYTES}"),
        ("hash", "0xabc", f"'0xabc' is {_NO_BYTES}"),
        ("hash", b"\x01" * 31, "31 bytes is 31 bytes long, not 32"),
        ("transactions", "0x", "'0x' is no array"),
    ],
)
def test_what_stands_in_a_malformed_field_is_shown_in_short(field: str, value: object, says: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(f'block 31: field {field!r} is malformed: {says}')}$"):
        parse_block(RAW | {field: value})


def test_bytes_that_a_library_decoded_already_are_read_as_they_are() -> None:
    assert parse_block(RAW | {"hash": b"\x07" * 32}).hash == b"\x07" * 32
