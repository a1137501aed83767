"""What holders keep of a private file: it opens for its owner, whole and unchanged, or not at all."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.errors import InputError
from oracle.storage.sealed import CHUNK_BYTES, TAG_BYTES, SealBroken, is_sealed, opened_file, sealed_file

KEY = X25519PrivateKey.from_private_bytes(bytes(range(32)))
OWNER = KEY.public_key().public_bytes_raw()
SIZES = (0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES)
CONTENT = bytes(index // 7 % 256 for index in range(2 * CHUNK_BYTES + 100))
SEALED = sealed_file(CONTENT, OWNER)
PIECE = CHUNK_BYTES + TAG_BYTES
HEADER = len(SEALED) - 2 * PIECE - 100 - TAG_BYTES


@pytest.mark.parametrize("size", SIZES)
def test_a_file_of_any_size_opens_for_its_owner(size: int) -> None:
    content = (CONTENT * 2)[:size]
    sealed = sealed_file(content, OWNER)
    assert opened_file(sealed, KEY) == content
    assert is_sealed(sealed)
    assert not is_sealed(content)


def test_two_seals_of_one_file_share_nothing_but_their_form_and_do_not_show_the_content() -> None:
    other = sealed_file(CONTENT, OWNER)
    assert other[HEADER:] != SEALED[HEADER:]
    assert CONTENT[:64] not in SEALED


def test_nobody_else_opens_it() -> None:
    with pytest.raises(SealBroken, match="for another key"):
        opened_file(SEALED, X25519PrivateKey.from_private_bytes(bytes(32)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(at: int, change: int) -> None:
    changed = bytearray(SEALED)
    changed[at] ^= change
    with pytest.raises(SealBroken):
        opened_file(bytes(changed), KEY)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, len(SEALED) - 1))
def test_it_cannot_be_cut_off(length: int) -> None:
    with pytest.raises(SealBroken):
        opened_file(SEALED[:length], KEY)


def test_chunks_cannot_be_reordered_repeated_left_out_or_taken_from_another_file() -> None:
    header, first = SEALED[:HEADER], SEALED[HEADER : HEADER + PIECE]
    second, last = SEALED[HEADER + PIECE : HEADER + 2 * PIECE], SEALED[HEADER + 2 * PIECE :]
    assert opened_file(header + first + second + last, KEY) == CONTENT
    other = sealed_file(CONTENT, OWNER)[HEADER : HEADER + PIECE]
    for forged in (
        header + second + first + last,
        header + first + first + last,
        header + first + last,
        header + other + second + last,
        SEALED + last,
    ):
        with pytest.raises(SealBroken):
            opened_file(forged, KEY)


def test_a_file_cut_at_a_chunk_with_a_header_that_agrees_does_not_open() -> None:
    size = (2 * CHUNK_BYTES).to_bytes(8, "big")
    shorter = SEALED[:12] + size + SEALED[20 : HEADER + 2 * PIECE]
    with pytest.raises(SealBroken, match="chunk 0 was changed"):
        opened_file(shorter, KEY)


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(InputError, match="no X25519 public key"):
        sealed_file(b"", b"short")
