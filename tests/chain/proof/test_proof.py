"""What headers commit to, on blocks that others made: Anvil's, eth-tester's, and Ethereum's own."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import rlp
from hypothesis import given, settings
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from oracle.chain.anvil import AnvilChain
from oracle.chain.proof.check import ChainForm, Disproved, check_block, check_header, check_logs
from oracle.chain.proof.encoding import encode_rlp
from oracle.chain.proof.headers import header_hash
from oracle.chain.proof.receipts import bloom_of, may_hold
from oracle.chain.proof.transactions import type_of
from oracle.chain.proof.trie import EMPTY_ROOT, list_root

# Lines of {"chain", "block", "receipts"}: blocks of Anvil and eth-tester with transactions of types 0, 1, 2 and 4.
VECTORS = [json.loads(line) for line in (Path(__file__).parent / "blocks.jsonl").read_text().splitlines()]
MAINNET = Path(__file__).resolve().parents[4] / "shared" / "data" / "ethereum-mainnet-blocks.jsonl.gz"
_IDS = [f"{vector['chain']} {int(vector['block']['number'], 16)}" for vector in VECTORS]


@pytest.mark.parametrize("vector", VECTORS, ids=_IDS)
def test_blocks_of_test_chains_are_proven_whole(vector: dict[str, Any]) -> None:
    block, form = vector["block"], ChainForm("node")
    sealed = check_block(block, int(block["number"], 16), form)
    assert sealed.header.proven
    assert form.proven
    assert sealed.ordinary
    logs = check_logs(vector["receipts"], sealed, form)
    assert [log.topics for log in logs] == [
        tuple(bytes.fromhex(topic[2:]) for topic in log["topics"])
        for receipt in vector["receipts"]
        for log in receipt["logs"]
    ]
    assert [log.index for log in logs] == list(range(len(logs)))


def test_the_vectors_hold_all_types_that_the_test_chains_make() -> None:
    kinds = {(v["chain"], type_of(t)) for v in VECTORS for t in v["block"]["transactions"]}
    assert kinds == {("anvil", 0), ("anvil", 1), ("anvil", 2), ("anvil", 4)} | {
        ("eth-tester", 0),
        ("eth-tester", 1),
        ("eth-tester", 2),
    }
    assert sum(len(receipt["logs"]) for vector in VECTORS for receipt in vector["receipts"]) == 22


@pytest.mark.skipif(not MAINNET.exists(), reason="../shared is absent")
def test_recorded_blocks_of_ethereum_are_proven_whole() -> None:
    form, kinds = ChainForm("node"), Counter[int]()
    with gzip.open(MAINNET, "rt") as lines:
        blocks = [json.loads(line) for line in lines]
    for block in blocks:
        sealed = check_block(block, int(block["number"], 16), form)
        assert sealed.header.proven
        assert sealed.ordinary
        assert sealed.header.hash == header_hash(block)
        kinds.update(type_of(transaction) for transaction in block["transactions"])
    assert len(blocks) == 72
    assert kinds == {0: 10323, 1: 28, 2: 11379, 3: 5, 0x7E: 1}  # one of them is of an OP chain


def _full() -> dict[str, Any]:
    """The vector with a transaction of each type, anew."""
    (found,) = (v for v in VECTORS if any(type_of(t) == 4 for t in v["block"]["transactions"]))
    copy: dict[str, Any] = json.loads(json.dumps(found))
    return copy


def _other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, list):
        return value[1:] if value else [{"address": "0x" + "31" * 20, "storageKeys": []}]
    if value in (None, "0x"):
        return "0x" + "31" * 20
    digit = "1" if value[-1] != "1" else "2"
    return value[:-1] + digit


# What the node adds and the window does not read.
_TOLD = {"blockTimestamp", "type"}


@pytest.mark.parametrize("position", range(6))
def test_no_field_of_a_transaction_can_be_changed(position: int) -> None:
    names = _full()["block"]["transactions"][position].keys() - _TOLD
    for name in names:
        vector = _full()
        transaction = vector["block"]["transactions"][position]
        if name == "gasPrice" and "maxFeePerGas" in transaction:
            continue  # told beside the fees, and not read
        if name == "v" and "yParity" in transaction:
            continue  # told beside the parity, and not read
        if name == "chainId" and type_of(transaction) == 0:
            continue  # told by v
        transaction[name] = _other(transaction[name])
        with pytest.raises((Disproved, ValueError)):
            check_block(vector["block"], int(vector["block"]["number"], 16), ChainForm("node", proven=True))


def test_no_field_of_a_header_can_be_changed() -> None:
    told = {"totalDifficulty", "size", "uncles", "withdrawals", "transactions"}
    for name in _full()["block"].keys() - told:
        vector = _full()
        number = int(vector["block"]["number"], 16)
        vector["block"][name] = _other(vector["block"][name])
        with pytest.raises(Disproved):
            check_header(vector["block"], number, ChainForm("node", proven=True))


def test_the_price_is_that_of_the_type_whatever_else_a_node_shows() -> None:
    vector = _full()
    legacy = next(t for t in vector["block"]["transactions"] if type_of(t) == 0)
    legacy |= {"maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x1"}
    number = int(vector["block"]["number"], 16)
    read = check_block(vector["block"], number, ChainForm("node")).block
    price = next(each.gas_price_wei for each in read.transactions if "0x" + each.hash.hex() == legacy["hash"])
    assert price == int(legacy["gasPrice"], 16) > 2
    # Without its type it would be read as one of EIP-1559, but its hash says that it is none.
    del legacy["type"]
    with pytest.raises(Disproved, match="wei per gas"):
        check_block(vector["block"], number, ChainForm("node"))


@pytest.mark.parametrize("change", ["status", "cumulativeGasUsed", "topic", "data", "address", "order", "less"])
def test_nothing_of_receipts_can_be_changed(change: str) -> None:
    vector = _full()
    form, receipts = ChainForm("node"), vector["receipts"]
    sealed = check_block(vector["block"], int(vector["block"]["number"], 16), form)
    receipt = next(each for each in receipts if each["logs"])
    log = receipt["logs"][0]
    if change in ("status", "cumulativeGasUsed"):
        receipt[change] = _other(receipt[change])
    elif change == "topic":
        log["topics"][0] = _other(log["topics"][0])
    elif change in ("data", "address"):
        log[change] = _other(log[change])
    elif change == "order":
        receipts[0], receipts[1] = receipts[1], receipts[0]
    else:
        receipts.pop()
    with pytest.raises(Disproved):
        check_logs(receipts, sealed, form)


# Chains that are not Ethereum's


def test_headers_of_another_form_are_read_with_a_warning_said_once(caplog: pytest.LogCaptureFixture) -> None:
    vector, form = _full(), ChainForm("node")
    block, number = vector["block"], int(vector["block"]["number"], 16)
    block["hash"] = "0x" + "12" * 32
    for transaction in block["transactions"]:
        transaction["blockHash"] = block["hash"]
    for _ in range(2):
        sealed = check_block(block, number, form)
    assert not sealed.header.proven
    assert [record.getMessage()[:23] for record in caplog.records] == ["node: headers of this c"]
    # What still holds is still checked.
    block["transactions"].pop(0)
    with pytest.raises(Disproved, match="some are missing"):
        check_block(block, number, form)
    block["transactions"].clear()
    with pytest.raises(Disproved, match="transactionsRoot"):
        check_block(block, number, form)


def test_what_nobody_sent_to_nobody_beside_the_list_is_left_out() -> None:
    """Polygon shows the state it synchronises so. It is in no root, hence in no window, and neither are its logs."""
    vector, form = _full(), ChainForm("node")
    number = int(vector["block"]["number"], 16)
    true = check_block(vector["block"], number, form)
    extra = vector["block"]["transactions"][1] | {
        "hash": "0x" + "99" * 32,
        "transactionIndex": "0x6",
        "from": "0x" + "00" * 20,
        "to": "0x" + "00" * 20,
        **dict.fromkeys(("r", "s", "v"), "0x0"),
    }
    vector["block"]["transactions"].append(extra)
    sealed = check_block(vector["block"], number, form)
    assert sealed == true
    receipt = vector["receipts"][4] | {"transactionHash": extra["hash"]}
    assert check_logs([*vector["receipts"], receipt], sealed, form) == check_logs(vector["receipts"], true, form)
    vector["block"]["transactions"][-1] = extra | {"to": "0x" + "31" * 20}
    with pytest.raises(Disproved, match="transactionsRoot"):
        check_block(vector["block"], number, form)


def test_a_chain_whose_headers_were_proven_is_held_to_it() -> None:
    vector, form = _full(), ChainForm("node")
    number = int(vector["block"]["number"], 16)
    check_block(vector["block"], number, form)
    vector["block"]["hash"] = "0x" + "12" * 32
    with pytest.raises(Disproved, match="do not give its hash"):
        check_header(vector["block"], number, form)


def test_transactions_of_a_chains_own_type_are_read_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    vector, form = _full(), ChainForm("node")
    vector["block"]["transactions"][1]["type"] = "0x69"
    sealed = check_block(vector["block"], int(vector["block"]["number"], 16), form)
    assert not sealed.ordinary
    assert "type 0x69" in caplog.text
    # Those of known types are held to their hashes all the same.
    vector["block"]["transactions"][2]["input"] = "0x99"
    with pytest.raises(Disproved, match="do not give its hash"):
        check_block(vector["block"], int(vector["block"]["number"], 16), form)


def test_what_a_test_node_forged_without_a_signature_is_read(anvil: AnvilChain) -> None:
    chain, forged = anvil.chain, "0x" + "77" * 20
    chain.request("anvil_impersonateAccount", [forged])
    chain.request("anvil_setBalance", [forged, hex(10**18)])
    chain.request("eth_sendTransaction", [{"from": forged, "to": forged, "value": "0x1"}])
    anvil.produce_block(chain.timestamp(0) + 10)
    sealed = chain.sealed_block(1)
    assert sealed.header.proven
    assert [transaction.sender.hex() for transaction in sealed.block.transactions] == ["77" * 20]


# Encodings, against libraries


@settings(deadline=None, max_examples=25)
@given(st.lists(st.binary(min_size=1, max_size=60), max_size=40), st.integers(0, 260))
def test_the_root_of_a_list_is_that_of_the_general_trie(values: list[bytes], more: int) -> None:
    values = values + [b"\x07" * (1 + index % 40) for index in range(more)]
    general = HexaryTrie({})
    for index, value in enumerate(values):
        general[rlp.encode(index)] = value
    assert list_root(values) == general.root_hash


def test_an_empty_list_has_the_empty_root() -> None:
    assert list_root([]) == EMPTY_ROOT
    assert EMPTY_ROOT.hex().startswith("56e81f171bcc55a6")


_ITEMS = st.recursive(
    st.binary(max_size=70) | st.just(b"\x80" * 300) | st.just(b"\x01" * 70_000),
    lambda children: st.lists(children, max_size=6),
    max_leaves=12,
)


@settings(deadline=None)
@given(_ITEMS)
def test_rlp_is_that_of_the_library(item: Any) -> None:
    assert encode_rlp(item) == rlp.encode(item)


@given(st.lists(st.binary(min_size=20, max_size=32), max_size=20), st.binary(min_size=20, max_size=20))
def test_a_bloom_filter_never_denies_what_is_there(items: list[bytes], other: bytes) -> None:
    bloom = bloom_of(items)
    assert all(may_hold(bloom, [item]) for item in items)
    assert may_hold(bloom, items)
    assert not may_hold(bloom_of([]), [other])
