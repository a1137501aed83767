"""Recorded blocks: JSON lines in the format of eth_getBlockByNumber(n, true), plain or gzip."""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from oracle.errors import BlocksFileError
from oracle.window.blocks import Block, Transaction, parse_block

# Mainnet blocks take under 1 MB of JSON; a longer line is not a block.
MAX_LINE_BYTES = 64 * 1024 * 1024


def read_blocks(path: Path) -> Iterator[Block]:
    """The blocks of `path`, in file order, one line at a time; blank lines are passed over.

    Raises:
        BlocksFileError: the file cannot be opened or decompressed, or a line is no block; names the line.
    """
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            while line := lines.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > MAX_LINE_BYTES:
                    raise BlocksFileError(f"{path}, line {number}: longer than {MAX_LINE_BYTES} bytes, so not a block")
                if line.strip():
                    yield _parse_line(path, number, line)
    except (OSError, EOFError, zlib.error) as error:
        where = f"{path}, after line {number}" if number else str(path)
        raise BlocksFileError(f"{where}: cannot be read: {error}; give a .jsonl or .jsonl.gz file") from error


def _parse_line(path: Path, number: int, line: bytes) -> Block:
    try:
        raw = from_json(line)  # bounds its depth itself; json would follow any nesting off the stack
        if not isinstance(raw, dict):
            raise ValueError("not a JSON object")
        return parse_block(raw)
    except ValueError as error:  # what from_json raises too
        raise BlocksFileError(
            f"{path}, line {number}: not a block in the format of eth_getBlockByNumber: {error}"
        ) from error


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
