"""Pages of phi: which words each has, and what operators sign."""

import pytest
from eth_keys.datatypes import Signature

from oracle.formulas.lanes import phi_hash
from oracle.report.pages import PAGE_WORDS, Page, SignedPage, sign_pages
from oracle.workload.calls import workload_accounts
from tests.report.by_hand import digest_by_hand

ACCOUNTS = workload_accounts(b"committee", 3)
ADDRESS = "0x" + "22" * 20


def _pages(words: list[int]) -> list[SignedPage]:
    return sign_pages(5, 1000, words, signers=ACCOUNTS[:2], chain_id=7, oracle_address=ADDRESS)


def _digest_by_hand(page: Page) -> bytes:
    return digest_by_hand(
        b"PhiPage(uint64 epoch,uint64 deadline,uint32 page,bytes32 phiHash,bytes32 pageHash)",
        (page.epoch, page.deadline, page.page),
        page.phi_hash + page.page_hash,
        chain_id=7,
        address=ADDRESS,
    )


@pytest.mark.parametrize(("count", "lengths"), [(1, [1]), (512, [512]), (513, [512, 1]), (1100, [512, 512, 76])])
def test_a_page_has_512_words_and_the_last_what_is_left(count: int, lengths: list[int]) -> None:
    assert PAGE_WORDS == 512
    words = [3 * number + 1 for number in range(count)]
    pages = _pages(words)
    assert [len(each.words) for each in pages] == lengths
    assert [word for each in pages for word in each.words] == words
    assert [each.page for each in pages] == [
        Page(epoch=5, deadline=1000, page=index, phi_hash=phi_hash(words), page_hash=phi_hash(each.words))
        for index, each in enumerate(pages)
    ]


def test_every_page_is_signed_by_each_operator_in_order() -> None:
    for each in _pages(list(range(600))):
        signed_by = []
        for signature in each.signatures:
            vs = int.from_bytes(signature.vs, "big")
            recovered = Signature(vrs=(vs >> 255, int.from_bytes(signature.r, "big"), vs & ((1 << 255) - 1)))
            public = recovered.recover_public_key_from_msg_hash(_digest_by_hand(each.page))
            signed_by.append(public.to_checksum_address())
        assert signed_by == [account.address for account in ACCOUNTS[:2]]
