"""Kind and words of a transaction, for honest and hostile calldata."""

import base64
import random

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from oracle.window.blocks import Transaction
from oracle.window.kinds import MAX_TEXT_BYTES, meaning_of
from oracle.window.words import MAX_CHARACTERS, is_language, without_codes, words_of
from tests.examples import POST, transaction


def render(said: Transaction) -> str:
    return words_of(said).text


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
    meaning = meaning_of(transaction(receiver=None, calldata=b"\x60\x80"))
    assert (meaning.kind, meaning.text) == ("contract creation", "")


def test_reads_a_memo_a_posted_text_and_a_string_among_arguments() -> None:
    assert meaning_of(transaction(calldata=b"thanks for lunch")).text == "thanks for lunch"
    posted = POST + encode(["string"], ["sale opens soon"])
    assert meaning_of(transaction(calldata=posted)).text == "sale opens soon"
    unknown = b"\xff\xfe\xfd\xfc" + encode(["string", "uint256"], ["batch settlement", 7])
    assert meaning_of(transaction(calldata=unknown)).text == "batch settlement"


def test_texts_that_differ_in_digits_are_one() -> None:
    first, second = (transaction(calldata=f"Invoice {n} is paid".encode()) for n in (7, 4123))
    assert render(first) == render(second) == "invoice # is paid"


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
        ("Café à Besançon, Łódź et al", "cafe a besancon, odz et al"),
        # Letters and digits of versions 15, 15.1 and 16 of Unicode, a digit that is not ASCII, one beyond all versions.
        ("the sale \U00011f04 \U0002ebf0 \U00010d40 ٣ \U000e1fff soon", "the sale soon"),
        ("non\u00a0breaking\u3000blanks", "non breaking blanks"),
    ],
)
def test_words_depend_on_no_version_of_unicode(memo: str, words: str) -> None:
    assert render(transaction(calldata=memo.encode())) == words
    assert render(transaction(calldata=POST + encode(["string"], [memo]))) == words


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
        assert render(transaction(calldata=calldata)) == ""
        said = POST + encode(["string"], [f"thanks, see {code.lstrip('.')} for 3 of them"])
        assert render(transaction(calldata=said)) == "thanks, see for # of them"


def test_most_of_base64_is_no_word() -> None:
    chance = random.Random(7)
    left = [without_codes(base64.b64encode(chance.randbytes(32)).decode()) for _ in range(1000)]
    assert sum(map(bool, left)) < 100  # a short end behind a sign may stay
    assert max(map(len, left)) < 44


def test_twenty_letters_and_digits_in_no_order_of_words_are_a_code() -> None:
    assert without_codes("see a1b2c3d4e5f6g7h8i9j") == "see a1b2c3d4e5f6g7h8i9j"
    assert without_codes("see a1b2c3d4e5f6g7h8i9j0") == "see"


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


# Edges


@pytest.mark.parametrize(
    ("calldata", "text"),
    [
        (b"a", "a"),
        (b"Z", "Z"),
        (b" thanks ", "thanks"),
        (b"a~", "a~"),
        ("a\u00a0b".encode(), "a b"),
        # No letter, a control character, a byte that is no UTF-8: calldata of some contract.
        (b"12345!", None),
        (b"`{@[", None),
        (b"a\x1f", None),
        (b"a\x7f", None),
        ("a\u009f".encode(), None),
        (b"a\xff", None),
    ],
)
def test_a_memo_is_text_with_a_letter_and_no_control_character(calldata: bytes, text: str | None) -> None:
    meaning = meaning_of(transaction(calldata=calldata))
    assert (meaning.kind, meaning.text) == (("contract call", "") if text is None else ("payment", text))


def test_a_character_cut_in_two_spoils_a_text_that_is_not_longer_than_the_bound() -> None:
    cut = "é".encode()[:1]
    assert meaning_of(transaction(calldata=b"a" * (MAX_TEXT_BYTES - 1) + cut)).kind == "contract call"
    assert meaning_of(transaction(calldata=b"a" * (MAX_TEXT_BYTES - 1) + cut + b"a")).text == "a" * (MAX_TEXT_BYTES - 1)


@pytest.mark.parametrize(
    ("signature", "kind"),
    [
        ("transferFrom(address,address,uint256)", "token transfer"),
        ("safeTransferFrom(address,address,uint256)", "token transfer"),
        ("safeTransferFrom(address,address,uint256,bytes)", "token transfer"),
        ("increaseAllowance(address,uint256)", "approval"),
        ("setApprovalForAll(address,bool)", "approval"),
        ("mint(uint256)", "mint"),
        ("mint()", "mint"),
        ("safeMint(address,uint256)", "mint"),
        ("deposit()", "deposit"),
        ("deposit(uint256)", "deposit"),
        ("withdraw(uint256)", "withdrawal"),
        ("claim()", "claim"),
        ("multicall(bytes[])", "batch call"),
        ("execute(bytes,bytes[],uint256)", "swap"),
        ("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)", "swap"),
    ],
)
def test_named_calls_bring_their_kind_and_no_words(signature: str, kind: str) -> None:
    meaning = meaning_of(transaction(calldata=_call(signature, b"\x00\x80words in the arguments")))
    assert (meaning.kind, meaning.text) == (kind, "")


@pytest.mark.parametrize(
    ("signature", "before", "kind"),
    [
        ("post(string)", [], "note"),
        ("donate(string)", [], "donation"),
        ("step(uint256,string)", [7], "supply-chain step"),
        ("access(bytes32,string)", [b"\x01" * 32], "record access"),
        ("settle(bytes32,uint256,string)", [b"\x01" * 32, 7], "settlement"),
    ],
)
def test_the_string_of_a_named_call_is_read_from_its_place(signature: str, before: list[object], kind: str) -> None:
    types = signature[:-1].partition("(")[2].split(",")
    for text in ("sale opens soon", "hi"):  # the second is too short to be found but by its place
        meaning = meaning_of(transaction(calldata=_call(signature, encode(types, [*before, text]))))
        assert (meaning.kind, meaning.text) == (kind, text)


def _posted(length: int, text: bytes) -> bytes:
    return POST + (32).to_bytes(32, "big") + length.to_bytes(32, "big") + text


@pytest.mark.parametrize(
    ("calldata", "text"),
    [
        (_posted(7, b"abcdefg"), "abcdefg"),  # to the last byte of the calldata
        (_posted(3, b"abcdefg"), "abc"),
        (_posted(0, b"abcdefg"), ""),
        (_posted(4, b"a\xffbc"), "a bc"),
        # A string that ends beyond the calldata, or has no head or length: what is printable in it.
        (_posted(8, b"abcdefg"), "abcdefg"),
        (_posted(8, b"abcde"), ""),
        (POST + b"words here", "words here"),
        (POST + (128).to_bytes(32, "big") + b"words here", "words here"),
        (_posted(1 << 255, b"words here"), "words here"),
    ],
)
def test_a_string_is_read_to_its_length_and_where_it_has_none_what_is_printable(calldata: bytes, text: str) -> None:
    meaning = meaning_of(transaction(calldata=calldata))
    assert (meaning.kind, meaning.text) == ("note", text)


def test_a_posted_string_is_read_up_to_the_bound() -> None:
    assert meaning_of(transaction(calldata=_posted(600, b"b" * 600))).text == "b" * MAX_TEXT_BYTES
    assert meaning_of(transaction(calldata=_posted(MAX_TEXT_BYTES, b"b" * MAX_TEXT_BYTES))).text == "b" * MAX_TEXT_BYTES


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (b"abcdef\x00", "abcdef"),
        (b"abcde\x00", ""),
        (b"abcdef", "abcdef"),  # to the end
        (b"\x00abcdef\x01ghijkl\x80mn", "abcdef ghijkl"),
        (b"a ~~~b\x00", "a ~~~b"),
        (b"abc\x7fdef", ""),
        (b"abc\x1fdef", ""),
        (b"\x80" * 2042 + b"abcdef", "abcdef"),  # read up to 2048 bytes
        (b"\x80" * 2043 + b"abcdef", ""),
        (b"a" * 600, "a" * 512),
    ],
)
def test_of_an_unknown_call_runs_of_six_printable_characters_are_its_text(arguments: bytes, text: str) -> None:
    meaning = meaning_of(transaction(calldata=b"\xff\xfe\xfd\xfc" + arguments))
    assert (meaning.kind, meaning.text) == ("contract call", text)


def test_a_text_that_is_read_ends_at_its_bound() -> None:
    long = "all of them " * 60
    assert render(transaction(calldata=long.encode())) == long[:MAX_CHARACTERS].strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mint",
        "gm gm",
        '{"p":"erc-20","op":"mint","tick":"eths","amt":"1000"}',
        'data:,{"p":"brc-20","op":"deploy mint open now"}',
        '["one", "two", "three"]',
        "<svg><rect width height fill></svg>",
        "a1 b2 c3 d4 e5 f6 words in it",
        "0x 12 34 56 78 90 12 34 56 to be or not",
        "~~ !! ?? ## ** the end is here ** ## ?? !! ~~ -- ++",
        "function transfer(address to) returns ();",
    ],
)
def test_what_is_no_language_is_not_read(text: str) -> None:
    assert not is_language(text)


@pytest.mark.parametrize(
    "text",
    ["thanks for lunch", "mint opens in 12 blocks, be quick!", "la venta empieza a las 14:30", "gm to all of you"],
)
def test_what_people_write_is_language(text: str) -> None:
    assert is_language(text)


def test_kinds_of_calls_are_no_words() -> None:
    for signature in ("mint(address,uint256)", "multicall(bytes[])", "claim()"):
        assert render(transaction(calldata=_call(signature, bytes(96)))) == ""


def test_digits_stay_beside_the_words_for_the_times_that_they_name() -> None:
    said = words_of(transaction(calldata=b"Sale opens in 12 minutes"))
    assert said == ("sale opens in # minutes", "sale opens in 12 minutes")
