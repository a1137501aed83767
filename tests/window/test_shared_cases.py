"""Blocks of other chains and sloppy encoders, from the shared cases beside the repository: read, or refused by name."""

import pytest

from oracle.errors import BlocksFileError
from oracle.window.blocks import UNKNOWN_GAS_LIMIT, Block
from oracle.window.blocks_file import read_blocks
from tests.conftest import ROOT

_CASES = ROOT.parent / "shared" / "cases" / "blocks"
_GWEI = 10**9

# Prices of each block's transactions, in wei.
_READ = {
    "arb-0x68.jsonl": [[10**8]],
    "arb-0x69.jsonl": [[10**8]],
    "hedera-null-fees.jsonl": [[20 * _GWEI]],
    "ethermint-null-basefee.jsonl": [[20 * _GWEI]],
    "bedrock-no-gasPrice.jsonl": [[0]],
    "bedrock-nulls.jsonl": [[0]],
    "celo-no-gasLimit.jsonl": [[20 * _GWEI]],
    "wrapped.jsonl": [[], [20 * _GWEI] * 2],
    "bom.jsonl": [[], [20 * _GWEI] * 2],
    "quantity-leading-0.jsonl": [[20 * _GWEI]],
    "to-empty.jsonl": [[20 * _GWEI]],
    "to-0x.jsonl": [[20 * _GWEI]],
    "initcode-50000.jsonl.gz": [[_GWEI]],
    "0x898a00_true.jsonl": [[_GWEI] * 4],
    "0x898a01_true.jsonl": [[_GWEI] * 2],
}
_REFUSED = {
    "array.json": r"line 1: .*a JSON array; one block a line is wanted: jq -c '\.\[\]'",
    "pretty.json": r"line 1: .*put one block on a line: jq -c '\.'",
    "wrapped-null.jsonl": "line 1: .*an answer whose result is null",
    "null-result.jsonl": "line 2: .*null: the node did not have this block",
    "rpc-error.jsonl": r"line 1: .*a node's error in place of one \('rate limited'\)",
    "utf16.jsonl": "is UTF-16 text; convert it to UTF-8",
    "decimal-strings.jsonl": "line 1: .*field 'number' is malformed: '1755634' is a decimal string",
    "web3js-decimal.jsonl": "block 9013760: transaction 0: field 'value' is malformed: '0' is a decimal string",
    "odd-input.jsonl": "line 1: .*block 1755635: transaction 0: field 'input' is malformed: '0x123'",
    "pending-block.jsonl": "line 1: .*field 'hash' is null: the block is pending",
    "backwards.jsonl": "line 2: block 1755634 comes after block 1755635",
    "twice.jsonl": "line 3: block 1755634 is there twice",
    "truncated.jsonl.gz": "the gzip file is cut off",
    "trailing-garbage.jsonl.gz": "the gzip file is damaged, or something else follows in it",
}

pytestmark = pytest.mark.skipif(not _CASES.is_dir(), reason="the shared cases are not beside the repository")


def _read(name: str) -> list[Block]:
    return list(read_blocks(_CASES / name))


@pytest.mark.parametrize("name", _READ)
def test_is_read_with_what_its_transactions_paid(name: str) -> None:
    assert [[transaction.gas_price_wei for transaction in block.transactions] for block in _read(name)] == _READ[name]


@pytest.mark.parametrize("name", _REFUSED)
def test_is_refused_by_name(name: str) -> None:
    with pytest.raises(BlocksFileError, match=rf"{name}.*{_REFUSED[name]}"):
        _read(name)


def test_no_case_is_left_out() -> None:
    assert {path.name for path in _CASES.iterdir()} <= set(_READ) | set(_REFUSED)


def test_what_is_odd_in_them_is_read_as_what_it_is() -> None:
    assert _read("celo-no-gasLimit.jsonl")[0].gas_limit == UNKNOWN_GAS_LIMIT
    assert _read("bedrock-nulls.jsonl")[0].transactions[0].value_wei == 0
    assert _read("quantity-leading-0.jsonl")[0].transactions[0].value_wei == 255
    assert all(_read(name)[0].transactions[0].receiver is None for name in ("to-empty.jsonl", "to-0x.jsonl"))
