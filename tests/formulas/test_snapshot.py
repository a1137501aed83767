"""What commits to phi when a round opens; `tests/contracts/test_pow_ledger.py` asks the ledger the same."""

import pytest
from eth_hash.auto import keccak

from oracle.formulas.snapshot import NOTHING_SHOWN, PAGE_WORDS, OpeningPhi, page_hashes, phi_root, show_lane

WORDS = [number * 3 + 1 for number in range(35)]


def _hash(words: list[int]) -> bytes:
    return bytes(keccak(b"".join(word.to_bytes(32, "big") for word in words)))


PAGES = (_hash(WORDS[:16]), _hash(WORDS[16:32]), _hash(WORDS[32:]))


def test_a_page_is_16_words_and_the_last_what_is_left() -> None:
    assert PAGE_WORDS == 16
    assert page_hashes(WORDS) == PAGES
    assert page_hashes(WORDS[:32]) == PAGES[:2]
    assert page_hashes([]) == ()


def test_the_root_is_over_the_hashes_of_the_pages() -> None:
    assert phi_root(WORDS) == keccak(PAGES[0] + PAGES[1] + PAGES[2])
    assert phi_root([]) == keccak(b"")


@pytest.mark.parametrize(("node", "first"), [(0, 0), (255, 0), (256, 16), (511, 16), (512, 32), (559, 32)])
def test_a_lane_is_shown_by_the_words_of_its_page_and_the_hash_of_each_page(node: int, first: int) -> None:
    shown = show_lane(WORDS, node)
    assert shown == OpeningPhi(words=tuple(WORDS[first : first + 16]), pages=PAGES)
    assert node // 16 - first < len(shown.words)
    assert _hash(list(shown.words)) == shown.pages[node // 256]


def test_nothing_shown_shows_no_word() -> None:
    assert (NOTHING_SHOWN.words, NOTHING_SHOWN.pages) == ((), ())
