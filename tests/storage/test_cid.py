"""Content identifiers: their form and bounds. `tests/keeping` compares them with those of a node."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.errors import InputError
from oracle.storage.cid import DAG_PB, LEAF_BYTES, RAW, Cid, cid_of, parse_cid


def test_a_small_file_is_a_raw_block_of_its_digest() -> None:
    # Of "hello world" and a line feed: named so by `ipfs add --cid-version 1` everywhere.
    assert str(cid_of(b"hello world\n")) == "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4"
    assert cid_of(b"a") == Cid(RAW, hashlib.sha256(b"a").digest())


def test_above_one_leaf_the_root_links_them() -> None:
    content = bytes(LEAF_BYTES + 1)
    assert cid_of(content).codec == DAG_PB
    assert cid_of(content) != cid_of(bytes(LEAF_BYTES + 2))


@given(st.binary(min_size=32, max_size=32), st.sampled_from([RAW, DAG_PB]))
def test_a_cid_is_the_same_after_the_way_through_its_text(digest: bytes, codec: int) -> None:
    assert parse_cid(str(Cid(codec, digest))) == Cid(codec, digest)


@pytest.mark.parametrize("text", ["", "bafy", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG", "ä" * 59, "b" * 59])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no CID of this network"):
        parse_cid(text)


@pytest.mark.parametrize("size", [0])
def test_an_empty_file_cannot_be_kept(size: int) -> None:
    with pytest.raises(InputError, match="cannot be kept"):
        cid_of(bytes(size))
