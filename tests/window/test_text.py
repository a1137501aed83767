"""Kind and words of a transaction, for honest and hostile calldata."""

import base64
import random

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from oracle.window.kinds import MAX_TEXT_BYTES, meaning_of
from oracle.window.render import MAX_CHARACTERS, render, without_codes
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


_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_HEXADECIMAL = "0123456789abcdef"


@pytest.mark.parametrize(
    ("prefix", "letters", "length"),
    [
        (".Qm", _BASE58, 44),  # a content identifier of IPFS, version 0, behind its length
        ("bafybei", _BASE32, 52),  # … and version 1
        ("", _BASE58, 44),  # a key of Solana
        ("0x", _HEXADECIMAL, 64),
        ("0x", _HEXADECIMAL, 40),
        ("bc1q", "qpzry9x8gf2tvdw0s3jn54khce6mua7l", 38),
    ],
)
def test_a_code_is_no_word_alone_or_among_words(prefix: str, letters: str, length: int) -> None:
    chance = random.Random(7)
    for _ in range(200):
        code = prefix + "".join(chance.choices(letters, k=length))
        calldata = b"\xff\xfe\xfd\xfc" + encode(["string"], [code])
        assert render(transaction(calldata=calldata)) == "contract call"
        said = POST + encode(["string"], [f"thanks, see {code.lstrip('.')} for 3 of them"])
        assert render(transaction(calldata=said)) == "note: thanks, see for # of them"


def test_most_of_base64_is_no_word() -> None:
    chance = random.Random(7)
    left = [without_codes(base64.b64encode(chance.randbytes(32)).decode()) for _ in range(1000)]
    assert sum(map(bool, left)) < 100  # a short end behind a sign may stay
    assert max(map(len, left)) < 44


def test_words_in_a_path_beside_a_code_stay() -> None:
    cid = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG"
    assert without_codes(f"ipfs://{cid}/gallery/opening.json") == "ipfs://gallery opening.json"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "42",
        "sale opens 2024-05-01T12:00:00Z at stand B7-north",
        "order-7F3A9-lot-B2C4 for ref 000123456789012345678901234567890",
        "#PublicSaleOfSolarSharesOpensSoon in INTERNATIONALISATION week",
        "internationalisation-of-electroencephalographically/monitored_things",
        "mail me: anna.schmidt+shares@example.org, http://example.org/a/b?c=d",
        "  two  blanks ",
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert without_codes(text) == text


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=300))
def test_leaving_codes_out_adds_nothing_and_ends(text: str) -> None:
    once = without_codes(text)
    assert set(once) <= set(text) | {" "}
    assert len(once) <= len(text)
