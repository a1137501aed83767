"""Chinese is read by a bundle that asks for it, and by no other."""

import pytest

from oracle.window.letters import fold
from oracle.window.texts import text_shares
from oracle.window.words import NO_WORDS, words_of
from tests.examples import block, transaction, window

SALE = "代币销售将在5分钟后开始，请准备好钱包！"


def said(text: str) -> tuple[str, str]:
    return words_of(transaction(calldata=text.encode()), chinese=True)


def test_chinese_words_stay_with_their_digits_folded_and_signs_left_out() -> None:
    assert said(SALE) == ("代币销售将在#分钟后开始 请准备好钱包", "代币销售将在5分钟后开始 请准备好钱包")
    assert said("NFT 铸造马上开放") == ("nft 铸造马上开放",) * 2


def test_without_being_asked_for_they_are_not_read() -> None:
    assert words_of(transaction(calldata=SALE.encode())) == NO_WORDS
    mixed = transaction(calldata="the public sale opens 马上".encode())
    assert words_of(mixed).text == "the public sale opens"
    assert words_of(mixed, chinese=True).text == "the public sale opens 马上"


@pytest.mark.parametrize(
    "text",
    [
        "谢谢你",
        '{"名称":"代币销售马上开始"}',
        "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
        "。。。！！！",
    ],
)
def test_too_little_data_codes_and_signs_are_no_language(text: str) -> None:
    assert said(text) == NO_WORDS


def test_the_characters_are_those_of_unicode_1_1_which_no_version_changes() -> None:
    assert fold("一龥龦㐀かな한글", chinese=True) == "一龥"
    assert fold("一龥") == ""


def test_a_window_reads_it_only_where_asked() -> None:
    seen = window([block(1, [transaction(1, calldata=SALE.encode())])])
    assert text_shares(seen) == [[]]
    ((share,),) = text_shares(seen, chinese=True)
    assert share.text.startswith("代币销售")
    assert share.ahead_seconds == 300
    # And again without, though the block's words are kept.
    assert text_shares(seen) == [[]]
