"""The tree over a file's chunks: proofs show the chunk at its place, and nothing else."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.storage.merkle import (
    CHUNK_BYTES,
    ChunkProof,
    chunk_count,
    chunk_span,
    drawn_chunk,
    holds,
    leaf,
    leaves_of,
    path_of,
    root_of,
)

_sizes = st.integers(1, 40 * CHUNK_BYTES)


def made(size_bytes: int) -> tuple[bytes, list[bytes]]:
    content = Random(size_bytes).randbytes(size_bytes)
    return content, leaves_of([content])


def proof(content: bytes, leaves: list[bytes], index: int) -> ChunkProof:
    first, length = chunk_span(len(content), index)
    return ChunkProof(content[first : first + length], path_of(leaves, index))


@given(_sizes, st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_proof_shows_its_chunk_at_its_place_alone(size_bytes: int, at: int, other: int) -> None:
    content, leaves = made(size_bytes)
    index, elsewhere = at % len(leaves), other % len(leaves)
    shown = proof(content, leaves, index)
    root = root_of(leaves)
    assert holds(root, size_bytes, index, shown)
    assert len(shown.path) <= (len(leaves) - 1).bit_length()
    assert holds(root, size_bytes, elsewhere, shown) == (index == elsewhere)
    changed = bytes([shown.chunk[0] ^ 1]) + shown.chunk[1:]
    assert not holds(root, size_bytes, index, ChunkProof(changed, shown.path))
    assert not holds(root, size_bytes, index, ChunkProof(shown.chunk, (*shown.path, bytes(32))))
    assert not holds(root, size_bytes + CHUNK_BYTES * 64, index, shown)


@given(_sizes, st.lists(st.integers(1, 5_000), max_size=12))
def test_leaves_are_the_same_in_whatever_pieces_a_file_comes(size_bytes: int, cuts: list[int]) -> None:
    content, leaves = made(size_bytes)
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(content[at : at + cut])
        at += cut
    assert leaves_of([*pieces, content[at:]]) == leaves
    assert len(leaves) == chunk_count(size_bytes)


def test_a_file_of_one_chunk_is_its_leaf() -> None:
    assert root_of(leaves_of([b"x"])) == leaf(b"x")
    assert path_of(leaves_of([b"x"]), 0) == ()


def test_no_file_has_no_root_and_no_chunk_lies_beyond_the_last() -> None:
    with pytest.raises(ValueError, match="empty"):
        root_of([])
    with pytest.raises(IndexError, match="no chunk 1 of 1"):
        path_of([leaf(b"x")], 1)


@given(st.binary(min_size=32, max_size=32), _sizes)
def test_a_draw_lies_in_the_file(seed: bytes, size_bytes: int) -> None:
    drawn = drawn_chunk(seed, bytes(32), "0x" + "1" * 40, 0, size_bytes)
    assert 0 <= drawn < chunk_count(size_bytes)
