"""Blocks of chains that speak Ethereum's JSON-RPC in a dialect of their own, read from a live node."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import rlp
from eth_account import Account
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from oracle.chain.connection import connect
from oracle.chain.watch import BlockWatcher
from oracle.errors import ConnectionFailed
from oracle.window.blocks import UNKNOWN_GAS_LIMIT
from tests.chain.answering import answering

_EMPTY_LIST_HASH = keccak(rlp.encode([]))
_EMPTY_ROOT = keccak(rlp.encode(b""))
_BASE_FEE_WEI = 100
# What validators put there: 32 bytes of vanity, addresses, and a signature of 65 bytes (Polygon, Clique, BSC).
_LONG_EXTRA = b"\xd7\x83\x01\x09\x18".ljust(32, b"\0") + b"\x21" * 20 * 5 + b"\x5a" * 65


def _transaction(index: int, type_: str, **fields: object) -> dict[str, Any]:
    return {
        "hash": "0x" + keccak(b"transaction" + index.to_bytes(4, "big")).hex(),
        "from": "0x" + "c1" * 20,
        "to": "0x" + "c2" * 20,
        "value": "0x3",
        "gas": "0x5208",
        "input": "0x",
        "nonce": "0x0",
        "type": type_,
    } | fields


def _deposit(**fields: object) -> dict[str, Any]:
    """A deposit of the OP stack, its hash that of its bytes: sourceHash, from, to, mint, value, gas, system, data."""
    raw = _transaction(4, "0x7e", sourceHash="0x" + "ab" * 32, mint="0x0", isSystemTx=True, **fields)
    content = [b"\xab" * 32, b"\xc1" * 20, b"\xc2" * 20, 0, 0, 0x5208, 1, b""]
    return raw | {"hash": "0x" + keccak(b"\x7e" + rlp.encode(content)).hex()}


def _signed(fields: dict[str, Any]) -> dict[str, Any]:
    """A transaction of EIP-1559, signed."""
    account = Account.from_key(b"\x11" * 32)
    transaction = {"chainId": 0x89, "nonce": 0, "value": 3, "gas": 0x5208, "data": b""}
    signed = account.sign_transaction(transaction | {"to": to_checksum_address("0x" + "c2" * 20)} | fields)
    signature = {"r": hex(signed.r), "s": hex(signed.s), "yParity": hex(signed.v), "v": hex(signed.v)}
    shown = {name: hex(value) for name, value in fields.items()} | signature | {"chainId": "0x89"}
    own = {"hash": "0x" + bytes(signed.hash).hex(), "from": account.address.lower()}
    return _transaction(6, "0x2", gasPrice="0x65", accessList=[]) | shown | own


# Arbitrum's deposit, redemption and submission of a retryable; a deposit of the OP stack; fees in Celo's currencies.
_TRANSACTIONS = [
    _transaction(1, "0x64", gasPrice="0x0", gas="0x0", requestId="0x" + "ab" * 32),
    _transaction(2, "0x68", gasPrice="0x64", maxFeePerGas="0x64", ticketId="0x" + "ab" * 32, refundTo="0x" + "cd" * 20),
    _transaction(3, "0x69", gasPrice="0x64", maxFeePerGas="0x80", retryData="0x", retryTo=None),
    _deposit(value=None, gasPrice=None),
    _transaction(
        5, "0x7b", gasPrice="0x9", maxFeePerGas="0x9", maxPriorityFeePerGas="0x1", feeCurrency="0x" + "77" * 20
    ),
    _signed({"maxFeePerGas": 0x80, "maxPriorityFeePerGas": 1}),
]
_PRICES = [0, 100, 100, 0, 9, 101]


def _block(number: int, parent_hash: bytes, *, extra: bytes = _LONG_EXTRA, **fields: object) -> dict[str, Any]:
    """A block as a node writes it, its hash that of its header."""
    header: list[Any] = [
        parent_hash, _EMPTY_LIST_HASH, b"\0" * 20, b"\x01" * 32, _EMPTY_ROOT, _EMPTY_ROOT, b"\0" * 256, 5, number,
        20_000_000, 21_000, 1_600_000_000 + 2 * number, extra, b"\0" * 32, b"\0" * 8, _BASE_FEE_WEI,
    ]  # fmt: skip
    names = [
        "parentHash",
        "sha3Uncles",
        "miner",
        "stateRoot",
        "transactionsRoot",
        "receiptsRoot",
        "logsBloom",
        "difficulty",
        "number",
        "gasLimit",
        "gasUsed",
        "timestamp",
        "extraData",
        "mixHash",
        "nonce",
        "baseFeePerGas",
    ]
    shown = {
        name: hex(item) if isinstance(item, int) else "0x" + item.hex()
        for name, item in zip(names, header, strict=True)
    }
    return shown | {"hash": "0x" + keccak(rlp.encode(header)).hex(), "transactions": [], "uncles": []} | fields


def _chain_of(*fields: dict[str, object]) -> list[dict[str, Any]]:
    """A genesis block, and one block for each argument, with these fields in place of its own."""
    blocks = [_block(0, b"\0" * 32)]
    for number, changed in enumerate(fields, 1):
        blocks.append(_block(number, bytes.fromhex(blocks[-1]["hash"][2:]), **changed))  # type: ignore[arg-type]
    return blocks


@contextmanager
def _node(blocks: list[dict[str, Any]]) -> Iterator[str]:
    """The URL of a node that has these blocks, by number."""

    def result(method: str, params: list[Any]) -> object:
        if method == "eth_chainId":
            return "0x89"
        if method == "eth_blockNumber":
            return hex(len(blocks) - 1)
        assert method == "eth_getBlockByNumber"
        at = len(blocks) - 1 if params[0] == "latest" else int(params[0], 16)
        return blocks[at] if at < len(blocks) else None

    def answer(body: bytes) -> bytes:
        request = json.loads(body)
        told = {"jsonrpc": "2.0", "id": request["id"], "result": result(request["method"], request["params"])}
        return json.dumps(told).encode()

    with answering(answer) as url:
        yield url


def test_extra_data_beyond_32_bytes_is_no_matter_in_any_read() -> None:
    blocks = _chain_of({}, {})
    with _node(blocks) as url:
        chain = connect(url)
        assert chain.genesis_hash.hex() == blocks[0]["hash"][2:]
        assert chain.head() == 2
        assert chain.block_hash(2).hex() == blocks[2]["hash"][2:]
        assert chain.timestamp(1) == 1_600_000_002
        assert chain.base_fee() == _BASE_FEE_WEI
        read = [sealed.block for sealed in BlockWatcher(chain, keep_blocks=8).blocks(0, 2)]
        assert [block.hash.hex() for block in read] == [raw["hash"][2:] for raw in blocks]


def test_transactions_of_other_chains_types_are_read_with_what_they_paid() -> None:
    with _node(_chain_of({}, {"transactions": _TRANSACTIONS})) as url:
        _, sealed = BlockWatcher(connect(url), keep_blocks=8).blocks(1, 2)
    read = sealed.block
    assert [transaction.gas_price_wei for transaction in read.transactions] == _PRICES
    assert [transaction.value_wei for transaction in read.transactions] == [3, 3, 3, 0, 3, 3]
    assert [transaction.hash.hex() for transaction in read.transactions] == [raw["hash"][2:] for raw in _TRANSACTIONS]


def test_a_chain_without_base_fee_or_gas_limit_is_read() -> None:
    with _node(_chain_of({"baseFeePerGas": None, "gasLimit": None})) as url:
        chain = connect(url)
        assert chain.base_fee() == 0
        assert chain.block(1).gas_limit == UNKNOWN_GAS_LIMIT


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"transactions": [_transaction(1, "0x0", gasPrice="1000000000")]}, "block 1: transaction 0: field 'gasPrice'"),
        ({"gasUsed": "21000"}, "block 1: field 'gasUsed' is malformed: '21000' is a decimal string"),
        ({"hash": None}, "field 'hash' is null: the block is pending"),
        ({"transactions": ["0x" + "ab" * 32]}, "transaction 0 is not an object"),
    ],
)
def test_a_field_that_cannot_be_read_exactly_is_refused_by_node_block_and_name(
    fields: dict[str, object], said: str
) -> None:
    refused = pytest.raises(ConnectionFailed, match=r"127\.0\.0\.1:\d+ answered for block 1 .*")
    with _node(_chain_of(fields)) as url, refused as caught:
        connect(url).block(1)
    assert said in str(caught.value)


def test_a_block_that_the_node_lacks_is_named() -> None:
    with _node(_chain_of({})) as url:
        chain = connect(url)
        with pytest.raises(ConnectionFailed, match="does not have block 7"):
            chain.block(7)
