"""Recorded blocks: JSON lines in the format of eth_getBlockByNumber(n, true), plain or gzip."""

import gzip
import json
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Iterable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from oracle.errors import BlocksFileError
from oracle.window.blocks import Block, Transaction, parse_block

_GZIP = b"\x1f\x8b"
# UTF-32 first: its mark begins with that of UTF-16. Without a mark, the zeros beside the first brace tell.
_OTHER_ENCODINGS = {
    BOM_UTF32_LE: "UTF-32",
    BOM_UTF32_BE: "UTF-32",
    BOM_UTF16_LE: "UTF-16",
    BOM_UTF16_BE: "UTF-16",
    b"{\0\0\0": "UTF-32LE",
    b"\0\0\0{": "UTF-32BE",
    b"{\0": "UTF-16LE",
    b"\0{": "UTF-16BE",
}
_JQ = "jq -c '%s' FILE > FILE.jsonl"
_GZIP_WINDOW_BITS = 31  # zlib's way to say: with gzip's header and check sum
_CHUNK_BYTES = 1024 * 1024
# Mainnet blocks take under 1 MB of JSON; a longer line is not a block.
MAX_LINE_BYTES = 64 * 1024 * 1024


def read_blocks(path: Path) -> Iterator[Block]:
    """The blocks of `path`, by rising number, one line at a time; blank lines are skipped.

    A line holds a block, or a node's whole answer around one. Defects of the whole file (its compression, its encoding)
    are found before the first block is yielded.

    Raises:
        BlocksFileError: the file cannot be opened or decompressed, or a line is no block; names the line.
    """
    number, seen, previous = 0, set[int](), -1
    try:
        with path.open("rb") as file, _lines_of(path, file) as lines:
            while line := lines.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > MAX_LINE_BYTES:
                    raise BlocksFileError(f"{path}, line {number}: longer than {MAX_LINE_BYTES} bytes, so not a block")
                if not line.strip():
                    continue
                block = _parse_line(path, number, line)
                if block.number <= previous:
                    what = "is there twice" if block.number in seen else f"comes after block {previous}"
                    raise BlocksFileError(
                        f"{path}, line {number}: block {block.number} {what}; give each block once, by rising number"
                    )
                previous = block.number
                seen.add(previous)
                yield block
    except (OSError, EOFError, zlib.error) as error:
        where = f"{path}, after line {number}" if number else str(path)
        raise BlocksFileError(f"{where}: cannot be read: {error}; give a .jsonl or .jsonl.gz file") from error


def _lines_of(path: Path, file: BufferedReader) -> BufferedReader | gzip.GzipFile:
    """The lines of a file, decompressed and past its byte-order mark."""
    lines: BufferedReader | gzip.GzipFile = file
    if file.peek(2).startswith(_GZIP):
        _check_gzip(path, file)
        lines = gzip.GzipFile(fileobj=file)
    start = lines.peek(4)
    for mark, encoding in _OTHER_ENCODINGS.items():
        if start.startswith(mark):
            raise BlocksFileError(
                f"{path} is {encoding} text; convert it to UTF-8: iconv -f {encoding} -t UTF-8 FILE > FILE.jsonl"
            )
    if start.startswith(BOM_UTF8):
        lines.read(len(BOM_UTF8))
    return lines


def _check_gzip(path: Path, file: BufferedReader) -> None:
    """Decompress to the end and go back, so that a file that is damaged further on is not used in part.

    Zeros behind the end are refused like anything else there, since a crash also leaves zeros in place of lost blocks.
    """
    member = zlib.decompressobj(wbits=_GZIP_WINDOW_BITS)
    data = file.read(_CHUNK_BYTES)
    try:
        while data:
            if member.eof:
                member = zlib.decompressobj(wbits=_GZIP_WINDOW_BITS)
            member.decompress(data, _CHUNK_BYTES)
            data = member.unconsumed_tail or member.unused_data or file.read(_CHUNK_BYTES)
        member.flush()
    except zlib.error as error:
        raise BlocksFileError(
            f"{path}: the gzip file is damaged, or something else follows in it ({error}); copy or record it again"
        ) from error
    if not member.eof:
        raise BlocksFileError(f"{path}: the gzip file is cut off; copy or record it again")
    file.seek(0)


def _parse_line(path: Path, number: int, line: bytes) -> Block:
    try:
        return parse_block(_unwrapped(_json(line)))
    except ValueError as error:
        raise BlocksFileError(
            f"{path}, line {number}: not a block in the format of eth_getBlockByNumber: {error}"
        ) from error


def _json(line: bytes) -> object:
    if line.lstrip().startswith(b"["):
        raise ValueError(f"a JSON array; one block a line is wanted: {_JQ % '.[]'}")
    try:
        return from_json(line)  # bounds its depth itself; json would follow any nesting off the stack
    except ValueError as error:
        if not str(error).startswith("EOF while parsing"):
            raise
        raise ValueError(
            f"it ends amid its JSON; if the file is not cut off, put one block on a line: {_JQ % '.'}"
        ) from (error)


def _unwrapped(answer: object) -> object:
    """The block in a node's answer {"jsonrpc", "id", "result"}; anything that is no answer, unchanged."""
    if answer is None:
        raise ValueError("null: the node did not have this block; record it again, or leave the line out")
    if not isinstance(answer, dict) or not {"jsonrpc", "result", "error"} & answer.keys() or "number" in answer:
        return answer
    if answer.get("error") is not None:
        error = answer["error"]
        said = str(error.get("message") if isinstance(error, dict) else error)
        raise ValueError(f"a node's error in place of one ({said[:80]!a}); record this block again")
    if answer.get("result") is None:
        raise ValueError(
            "an answer whose result is null: the node did not have this block; record it again or leave it out"
        )
    return answer["result"]


def write_blocks(path: Path, blocks: Iterable[Block]) -> None:
    """Write blocks as `read_blocks` reads them, gzip; equal blocks give equal files."""
    lines = "".join(json.dumps(_block_json(block), separators=(",", ":")) + "\n" for block in blocks)
    path.write_bytes(gzip.compress(lines.encode(), mtime=0))


def _block_json(block: Block) -> dict[str, Any]:
    return {
        "number": hex(block.number),
        "hash": "0x" + block.hash.hex(),
        "parentHash": "0x" + block.parent_hash.hex(),
        "timestamp": hex(block.timestamp_seconds),
        "gasUsed": hex(block.gas_used),
        "gasLimit": hex(block.gas_limit),
        "transactions": [_transaction_json(transaction) for transaction in block.transactions],
    }


def _transaction_json(transaction: Transaction) -> dict[str, Any]:
    return {
        "hash": "0x" + transaction.hash.hex(),
        "from": "0x" + transaction.sender.hex(),
        "to": None if transaction.receiver is None else "0x" + transaction.receiver.hex(),
        "value": hex(transaction.value_wei),
        "gasPrice": hex(transaction.gas_price_wei),
        "gas": hex(transaction.gas_limit),
        "input": "0x" + transaction.calldata.hex(),
    }
