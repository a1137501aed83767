"""All words of phi in one hash, and the few of them that show one node's lane; twin of `PhiSnapshot.sol`."""

from collections.abc import Sequence
from dataclasses import dataclass

from eth_hash.auto import keccak

from oracle.formulas.lanes import word_bytes

PAGE_WORDS = 16
_PAGE_LANES = 16 * PAGE_WORDS


@dataclass(frozen=True)
class OpeningPhi:
    """What shows the lane of one node: the words of its page, and the hash of every page."""

    words: tuple[int, ...]
    pages: tuple[bytes, ...]


NOTHING_SHOWN = OpeningPhi((), ())


def page_hashes(words: Sequence[int]) -> tuple[bytes, ...]:
    """keccak256 of each 16 words, the last of what is left."""
    return tuple(
        bytes(keccak(word_bytes(words[first : first + PAGE_WORDS]))) for first in range(0, len(words), PAGE_WORDS)
    )


def phi_root(words: Sequence[int]) -> bytes:
    """What commits to all words: keccak256 of the hashes of their pages."""
    return bytes(keccak(b"".join(page_hashes(words))))


def show_lane(words: Sequence[int], node: int) -> OpeningPhi:
    """What shows the lane of `node` in the snapshot of all `words`."""
    first = node // _PAGE_LANES * PAGE_WORDS
    return OpeningPhi(tuple(words[first : first + PAGE_WORDS]), page_hashes(words))
