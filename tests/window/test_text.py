"""Kind and words of a transaction, for honest and hostile calldata."""

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from oracle.window.kinds import MAX_TEXT_BYTES, meaning_of
from oracle.window.render import MAX_CHARACTERS, render
from tests.examples import POST, transaction


def _call(signature: str, arguments: bytes = b"") -> bytes:
    return bytes(keccak(signature.encode())[:4]) + arguments


@pytest.mark.parametrize(
    ("calldata", "kind"),
    [
        (b"", "payment"),
        (_call("transfer(address,uint256)", bytes(64)), "token transfer"),
        (_call("approve(address,uint256)", bytes(64)), "approval"),
        (_call("mint(address,uint256)", bytes(64)), "mint"),
        (b"\xff\xfe\xfd\xfc" + bytes(32), "contract call"),
    ],
)
def test_names_the_kind(calldata: bytes, kind: str) -> None:
    assert meaning_of(transaction(calldata=calldata)).kind == kind


def test_a_transaction_without_receiver_creates_a_contract() -> None:
    assert meaning_of(transaction(receiver=None, calldata=b"\x60\x80")).kind == "contract creation"


def test_reads_a_memo_a_posted_text_and_a_string_among_arguments() -> None:
    assert meaning_of(transaction(calldata=b"thanks for lunch")).text == "thanks for lunch"
    posted = POST + encode(["string"], ["sale opens soon"])
    assert meaning_of(transaction(calldata=posted)).text == "sale opens soon"
    unknown = b"\xff\xfe\xfd\xfc" + encode(["string", "uint256"], ["batch settlement", 7])
    assert meaning_of(transaction(calldata=unknown)).text == "batch settlement"


def test_texts_that_differ_in_digits_are_one() -> None:
    first, second = (transaction(calldata=f"Invoice {n} paid".encode()) for n in (7, 4123))
    assert render(first) == render(second) == "payment: invoice # paid"


def test_amounts_and_fees_stay_out_of_the_text() -> None:
    assert render(transaction(value_wei=1)) == render(transaction(value_wei=10**20, gas_price_wei=5))


@given(st.binary(max_size=2000))
def test_any_calldata_renders_to_a_short_printable_text(calldata: bytes) -> None:
    for data in (calldata, POST + calldata, b"\xff\xfe\xfd\xfc" + calldata):
        text = render(transaction(calldata=data))
        assert text.isprintable()
        assert len(text) <= MAX_CHARACTERS


def test_the_text_read_from_huge_calldata_is_bounded() -> None:
    assert len(meaning_of(transaction(calldata=b"a" * 1_000_000)).text) <= MAX_TEXT_BYTES
    posted = POST + encode(["string"], ["b" * 100_000])
    assert len(meaning_of(transaction(calldata=posted)).text) <= MAX_TEXT_BYTES


def test_a_text_that_the_bound_cuts_within_a_character_stays_a_text() -> None:
    memo = "a" * (MAX_TEXT_BYTES - 1) + "é and more"
    assert meaning_of(transaction(calldata=memo.encode())).text == "a" * (MAX_TEXT_BYTES - 1)


@pytest.mark.parametrize("position", [0, 100, MAX_TEXT_BYTES - 2])
def test_bytes_that_are_no_utf8_make_long_calldata_no_text(position: int) -> None:
    data = bytearray(b"a" * 600)
    data[position] = 0xFF
    assert meaning_of(transaction(calldata=bytes(data))).kind == "contract call"


@pytest.mark.parametrize(
    ("memo", "words"),
    [
        ("Café à Besançon, Łódź", "payment: cafe a besancon, odz"),
        # Letters and digits of versions 15, 15.1 and 16 of Unicode, a digit that is not ASCII, one beyond all versions.
        ("sale \U00011f04 \U0002ebf0 \U00010d40 ٣ \U000e1fff soon", "payment: sale soon"),
        ("non\u00a0breaking\u3000blanks", "payment: non breaking blanks"),
    ],
)
def test_words_depend_on_no_version_of_unicode(memo: str, words: str) -> None:
    assert render(transaction(calldata=memo.encode())) == words
    assert render(transaction(calldata=POST + encode(["string"], [memo]))) == words.replace("payment", "note")


@given(st.text(max_size=200))
def test_every_text_renders_to_ascii(text: str) -> None:
    for data in (
        text.encode("utf-8", errors="surrogatepass"),
        POST + encode(["bytes"], [text.encode("utf-8", "replace")]),
    ):
        assert render(transaction(calldata=data)).isascii()
