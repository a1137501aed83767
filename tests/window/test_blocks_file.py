import gzip
import itertools
import json
import sys
from pathlib import Path

import pytest

from oracle.errors import BlocksFileError
from oracle.window.blocks_file import read_blocks, write_blocks
from tests.window.test_blocks import RAW


def test_reads_plain_and_gzip_alike(tmp_path: Path) -> None:
    line = json.dumps(RAW) + "\n"
    plain, packed = tmp_path / "blocks.jsonl", tmp_path / "blocks.jsonl.gz"
    plain.write_text(line + "\n" + line)
    packed.write_bytes(gzip.compress((line + line).encode()))
    assert list(read_blocks(plain)) == list(read_blocks(packed))
    assert len(list(read_blocks(plain))) == 2


@pytest.mark.parametrize("line", ["{not json", "[]", "{}", json.dumps(RAW | {"number": "x"})])
def test_names_the_line_that_is_no_block(tmp_path: Path, line: str) -> None:
    path = tmp_path / "blocks.jsonl"
    path.write_text(json.dumps(RAW) + "\n" + line + "\n")
    with pytest.raises(BlocksFileError, match=r"blocks\.jsonl, line 2: not a block"):
        list(read_blocks(path))


def test_no_depth_of_nesting_overflows_the_stack(tmp_path: Path) -> None:
    path = tmp_path / "blocks.jsonl"
    path.write_text("[" * 100_000 + "\n")
    # The EVM's libraries raise Python's own guard this far, for the whole process.
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        with pytest.raises(BlocksFileError, match=r"line 1: not a block"):
            list(read_blocks(path))
    finally:
        sys.setrecursionlimit(limit)


def test_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BlocksFileError, match="nowhere"):
        list(read_blocks(tmp_path / "nowhere.jsonl"))


def test_names_a_file_that_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "blocks.jsonl.gz"
    path.write_bytes(gzip.compress((json.dumps(RAW) * 50).encode())[:-20])
    with pytest.raises(BlocksFileError, match="cannot be read"):
        list(read_blocks(path))


def test_reads_recorded_mainnet_blocks(recorded_blocks_path: Path) -> None:
    blocks = list(read_blocks(recorded_blocks_path))
    assert len(blocks) == 72
    assert sum(len(block.transactions) for block in blocks) == 21_736
    assert all(a.number < b.number for a, b in itertools.pairwise(blocks))


def test_what_is_written_is_read_again(recorded_blocks_path: Path, tmp_path: Path) -> None:
    blocks = list(itertools.islice(read_blocks(recorded_blocks_path), 3))
    write_blocks(tmp_path / "a.jsonl.gz", blocks)
    write_blocks(tmp_path / "b.jsonl.gz", blocks)
    assert list(read_blocks(tmp_path / "a.jsonl.gz")) == blocks
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()
