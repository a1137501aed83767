"""One hash over all words of phi, and the proof of one node's lane in it; twin of `PhiSnapshot.sol`."""

from collections.abc import Sequence
from dataclasses import dataclass

from eth_hash.auto import keccak

from oracle.formulas.lanes import word_bytes

PAGE_WORDS = 16
_PAGE_LANES = 16 * PAGE_WORDS


@dataclass(frozen=True)
class OpeningPhi:
    """The proof of one node's lane: the words of its page, and the hash of every page."""

    words: tuple[int, ...]
    pages: tuple[bytes, ...]


NOTHING_SHOWN = OpeningPhi((), ())


def page_hashes(words: Sequence[int]) -> tuple[bytes, ...]:
    """keccak256 of each page of 16 words; the last page may be shorter."""
    return tuple(
        bytes(keccak(word_bytes(words[first : first + PAGE_WORDS]))) for first in range(0, len(words), PAGE_WORDS)
    )


def phi_root(words: Sequence[int]) -> bytes:
    """The hash that commits to all words: keccak256 of the hashes of their pages."""
    return bytes(keccak(b"".join(page_hashes(words))))


def show_lane(words: Sequence[int], node: int) -> OpeningPhi:
    """The proof of the lane of `node` in the snapshot of all `words`."""
    first = node // _PAGE_LANES * PAGE_WORDS
    return OpeningPhi(tuple(words[first : first + PAGE_WORDS]), page_hashes(words))
