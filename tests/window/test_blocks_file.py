import gzip
import itertools
import json
import re
import sys
import tracemalloc
from pathlib import Path

import pytest

from oracle.errors import BlocksFileError
from oracle.window import blocks_file
from oracle.window.blocks import UNKNOWN_GAS_LIMIT, parse_block
from oracle.window.blocks_file import read_blocks, write_blocks
from tests.examples import block, transaction
from tests.window.test_blocks import RAW


def _line(number: int) -> str:
    return json.dumps(RAW | {"number": number}) + "\n"


def test_reads_plain_and_gzip_alike(tmp_path: Path) -> None:
    first, second = _line(1), _line(2)
    plain, packed, members = (tmp_path / name for name in ("blocks.jsonl", "blocks.jsonl.gz", "members.gz"))
    plain.write_text(first + "\n" + second)
    packed.write_bytes(gzip.compress((first + second).encode()))
    members.write_bytes(gzip.compress(first.encode()) + gzip.compress(second.encode()))
    assert [block.number for block in read_blocks(plain)] == [1, 2]
    assert list(read_blocks(plain)) == list(read_blocks(packed)) == list(read_blocks(members))


def test_what_is_packed_is_told_by_its_bytes_not_its_name(tmp_path: Path) -> None:
    packed, plain = tmp_path / "packed.jsonl", tmp_path / "plain.jsonl.gz"
    packed.write_bytes(gzip.compress(_line(1).encode()))
    plain.write_text(_line(1))
    assert list(read_blocks(packed)) == list(read_blocks(plain)) == [parse_block(RAW | {"number": 1})]


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "blocks.jsonl"
    for content in (b"\xef\xbb\xbf" + _line(1).encode(), gzip.compress(b"\xef\xbb\xbf" + _line(1).encode())):
        path.write_bytes(content)
        assert [block.number for block in read_blocks(path)] == [1]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_another_encoding_is_named_with_how_to_convert(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "blocks.jsonl"
    path.write_bytes(_line(1).encode(encoding))
    named = encoding[:6].upper()
    with pytest.raises(
        BlocksFileError, match=rf"blocks\.jsonl is {named}\S* text; convert it to UTF-8: iconv -f {named}"
    ):
        next(read_blocks(path))


def test_a_nodes_whole_answers_are_unwrapped(tmp_path: Path) -> None:
    path = tmp_path / "blocks.jsonl"
    answers = [{"jsonrpc": "2.0", "id": n, "result": RAW | {"number": n}} for n in (1, 2)]
    path.write_text("".join(json.dumps(answer) + "\n" for answer in answers))
    assert [block.number for block in read_blocks(path)] == [1, 2]


def test_a_block_that_has_a_field_of_an_answer_is_a_block(tmp_path: Path) -> None:
    path = tmp_path / "blocks.jsonl"
    for field in ("jsonrpc", "result", "error"):
        path.write_text(json.dumps(RAW | {field: None}))
        assert list(read_blocks(path)) == [parse_block(RAW)]


def test_a_line_is_read_up_to_the_longest_that_a_block_may_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "blocks.jsonl"
    path.write_text(_line(1))
    monkeypatch.setattr(blocks_file, "MAX_LINE_BYTES", len(_line(1)))
    assert [block.number for block in read_blocks(path)] == [1]
    monkeypatch.setattr(blocks_file, "MAX_LINE_BYTES", len(_line(1)) - 1)
    with pytest.raises(BlocksFileError, match=rf"line 1: longer than {len(_line(1)) - 1} bytes, so not a block$"):
        list(read_blocks(path))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"jsonrpc":"2.0","id":1,"result":null}', "ByNumber: an answer whose result is null: the node did not have"),
        ('{"result":null}', "an answer whose result is null"),
        ('{"jsonrpc":"2.0","id":1}', "an answer whose result is null"),
        ('{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"slow down"}}', r"a node's error .*\('slow down'\)"),
        ('{"jsonrpc":"2.0","id":1,"error":"no\\nway","result":null}', r"a node's error .*\('no\\nway'\)"),
        ('{"error":{"message":"slow down"}}', r"a node's error .*\('slow down'\)"),
        (json.dumps({"error": "x" * 100}), r"a node's error .*\('x{80}'\)"),
        ("null", "ByNumber: null: the node did not have this block"),
        ("{not json", "expected|key must"),
        ("[]", r"a JSON array; one block a line is wanted: jq -c '\.\[\]' FILE > FILE\.jsonl"),
        (" []", "a JSON array; one block a line is wanted"),
        ("{}", "field 'number' is missing"),
        ("7", "7 is no block"),
        ("{", r"ends amid its JSON; .*one block on a line: jq -c '\.' FILE > FILE\.jsonl"),
        (json.dumps(RAW)[:-40], "ends amid its JSON"),
        (json.dumps(RAW | {"hash": None}), "field 'hash' is null: the block is pending"),
        (json.dumps(RAW | {"gasUsed": "21000"}), "block 31: field 'gasUsed' is malformed: '21000' is a decimal string"),
    ],
)
def test_what_a_line_holds_in_place_of_a_block_is_said(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "blocks.jsonl"
    path.write_text(_line(1) + line + "\n")
    with pytest.raises(BlocksFileError, match=rf"blocks\.jsonl, line 2: not a block in the format of .*{said}"):
        list(read_blocks(path))


def test_an_array_of_blocks_over_many_lines_is_refused_with_how_to_convert(tmp_path: Path) -> None:
    path = tmp_path / "blocks.json"
    path.write_text(json.dumps([RAW], indent=2))
    with pytest.raises(BlocksFileError, match=r"line 1: .*a JSON array; .*jq -c '\.\[\]'"):
        list(read_blocks(path))


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([2, 1], "line 2: block 1 comes after block 2"),
        ([1, 1], "line 2: block 1 is there twice"),
        ([1, 3, 4, 3], "line 4: block 3 is there twice"),
    ],
)
def test_blocks_come_once_and_by_rising_number(tmp_path: Path, numbers: list[int], said: str) -> None:
    path = tmp_path / "blocks.jsonl"
    path.write_text("".join(map(_line, numbers)))
    with pytest.raises(BlocksFileError, match=rf"{said}; give each block once, by rising number"):
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
    path = tmp_path / "nowhere.jsonl"
    with pytest.raises(BlocksFileError, match=rf"^{re.escape(str(path))}: cannot be read: .*; give a \.jsonl or"):
        list(read_blocks(path))


_PACKED = gzip.compress("".join(json.dumps(RAW | {"number": n}) + "\n" for n in range(50)).encode(), mtime=0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_PACKED[:-1], "is cut off"),
        (_PACKED[: len(_PACKED) // 2], "is cut off"),
        (_PACKED[:5], "is cut off"),
        (_PACKED + bytes(64), "is damaged, or something else follows in it"),
        (_PACKED + b"rubbish", "is damaged, or something else follows in it"),
        (_PACKED + _PACKED[:-20], "is cut off"),
        (_PACKED[:-8] + b"\1\2\3\4" + _PACKED[-4:], "is damaged"),  # another check sum
    ],
)
def test_a_spoilt_gzip_file_is_named_before_its_first_block_is_given(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "blocks.jsonl.gz"
    path.write_bytes(content)
    with pytest.raises(BlocksFileError, match=rf"blocks\.jsonl\.gz: the gzip file {said}"):
        next(read_blocks(path))


def test_a_file_that_changes_after_the_check_is_read_up_to_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "blocks.jsonl.gz"
    path.write_bytes(_PACKED[:-8])
    monkeypatch.setattr(blocks_file, "_check_gzip", lambda path, file: None)
    read = []
    with pytest.raises(BlocksFileError, match=rf"^{re.escape(str(path))}, after line 50: cannot be read: "):
        for each in read_blocks(path):
            read.append(each.number)
    assert read == list(range(50))


def test_a_gzip_file_that_unpacks_to_much_more_is_checked_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "blocks.jsonl.gz"
    path.write_bytes(gzip.compress(_line(1).encode() + b"\n" * 50_000_000))
    tracemalloc.start()
    try:
        assert next(read_blocks(path)).number == 1
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


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


def test_a_block_without_gas_limit_is_written_as_it_was_read(tmp_path: Path) -> None:
    block = parse_block({name: value for name, value in RAW.items() if name != "gasLimit"})
    write_blocks(tmp_path / "a.jsonl.gz", [block])
    assert list(read_blocks(tmp_path / "a.jsonl.gz")) == [block]
    assert block.gas_limit == UNKNOWN_GAS_LIMIT


def test_blocks_of_every_form_are_written_in_the_nodes_format_and_read_again(tmp_path: Path) -> None:
    blocks = [
        block(7, [transaction(1, sender=3, calldata=b"memo"), transaction(2, receiver=None, value_wei=0)]),
        block(8),
    ]
    path = tmp_path / "blocks.jsonl.gz"
    write_blocks(path, blocks)
    assert list(read_blocks(path)) == blocks
    assert b" " not in gzip.decompress(path.read_bytes())
    assert path.read_bytes()[4:8] == bytes(4)  # no time, which would tell equal blocks apart
    first, second = (json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines())
    memo, creation = blocks[0].transactions
    assert first == {
        "number": "0x7",
        "hash": "0x" + blocks[0].hash.hex(),
        "parentHash": "0x" + blocks[0].parent_hash.hex(),
        "timestamp": hex(blocks[0].timestamp_seconds),
        "gasUsed": "0xa410",
        "gasLimit": "0x1c9c380",
        "transactions": [
            {
                "hash": "0x" + memo.hash.hex(),
                "from": "0x" + memo.sender.hex(),
                "to": "0x" + "11" * 20,
                "value": "0x38d7ea4c68000",
                "gasPrice": "0xee6b2800",
                "gas": "0xc350",
                "input": "0x6d656d6f",
            },
            {
                "hash": "0x" + creation.hash.hex(),
                "from": "0x" + creation.sender.hex(),
                "to": None,
                "value": "0x0",
                "gasPrice": "0xee6b2800",
                "gas": "0xc350",
                "input": "0x",
            },
        ],
    }
    assert second["transactions"] == []
