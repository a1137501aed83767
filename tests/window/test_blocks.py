import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.window.blocks import UNKNOWN_GAS_LIMIT, data, parse_block, quantity

HASH = "0x" + "ab" * 32
RAW_TRANSACTION = {
    "hash": HASH,
    "from": "0x" + "01" * 20,
    "to": "0x" + "02" * 20,
    "value": "0x10",
    "gas": "0x5208",
    "gasPrice": "0x3b9aca00",
    "input": "0xdeadbeef",
}
RAW = {
    "number": "0x1f",
    "hash": HASH,
    "parentHash": "0x" + "cd" * 32,
    "timestamp": "0x64",
    "gasUsed": "0x5208",
    "gasLimit": "0x7a1200",
    "transactions": [RAW_TRANSACTION],
}


def test_reads_quantities_bytes_and_addresses() -> None:
    block = parse_block(RAW)
    assert (block.number, block.timestamp_seconds, block.gas_used, block.gas_limit) == (31, 100, 21_000, 8_000_000)
    (transaction,) = block.transactions
    assert transaction.sender == b"\x01" * 20
    assert transaction.receiver == b"\x02" * 20
    assert (transaction.value_wei, transaction.gas_price_wei) == (16, 10**9)
    assert transaction.calldata == bytes.fromhex("deadbeef")


def test_a_field_of_a_header_is_read_or_refused_by_its_name() -> None:
    raw = {"gasUsed": hex((1 << 256) - 1), "extraData": "0x0102", "logsBloom": None}
    assert quantity(raw, "gasUsed") == (1 << 256) - 1
    assert data(raw, "extraData") == b"\x01\x02"
    for read in (quantity, data):
        with pytest.raises(ValueError, match="field 'logsBloom' is null"):
            read(raw, "logsBloom")
    with pytest.raises(ValueError, match="field 'extraData' is malformed"):
        data(raw | {"extraData": "0x012"}, "extraData")


def test_a_creation_has_no_receiver() -> None:
    assert parse_block(RAW | {"transactions": [RAW_TRANSACTION | {"to": None}]}).transactions[0].receiver is None


@pytest.mark.parametrize("field", sorted(set(RAW) - {"gasLimit"}))
def test_names_a_missing_field(field: str) -> None:
    with pytest.raises(ValueError, match=f"'{field}' is missing"):
        parse_block({name: value for name, value in RAW.items() if name != field})


@pytest.mark.parametrize("field", ["hash", "number"])
def test_a_block_that_is_not_mined_yet_is_called_pending(field: str) -> None:
    with pytest.raises(ValueError, match=f"'{field}' is null: the block is pending"):
        parse_block(RAW | {field: None})


@pytest.mark.parametrize("absent", [{"gasLimit": None}, {}])
def test_a_block_without_gas_limit_is_read_and_its_fullness_unknown(absent: dict[str, None]) -> None:
    raw = {name: value for name, value in RAW.items() if name != "gasLimit"} | absent
    assert parse_block(raw).gas_limit == UNKNOWN_GAS_LIMIT


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "twelve"),
        ("hash", "0x12"),
        ("timestamp", -1),
        ("gasLimit", "30000000"),
        ("gasLimit", True),
        ("gasUsed", 21000.0),
        ("gasUsed", "0x"),
        ("gasUsed", "0x1_0"),
        ("gasUsed", " 0x10"),
        ("timestamp", "0x١"),
        ("timestamp", hex(2**64)),
        ("baseFeePerGas", [1]),
        ("parentHash", 7),
        ("number", "0xzz"),
        ("number", "1f"),
        ("transactions", {}),
        ("transactions", "0x"),
    ],
)
def test_names_a_malformed_field(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"'{field}' is malformed"):
        parse_block(RAW | {field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", "lots"),
        ("value", None),
        ("value", hex(2**256)),
        ("gasPrice", "1000000000"),
        ("gas", "90000"),
        ("type", "legacy"),
        ("input", "0x123"),
        ("input", "0x12 34"),
        ("input", "deadbeef"),
        ("to", "0x1234"),
        ("to", 0),
        ("to", False),
        ("to", []),
        ("from", ""),
    ],
)
def test_names_the_malformed_transaction(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"block 31: transaction 1: field '{field}' is (malformed|null)"):
        parse_block(RAW | {"transactions": [RAW_TRANSACTION, RAW_TRANSACTION | {field: value}]})


def test_a_decimal_string_is_called_one_and_never_read_as_hexadecimal() -> None:
    with pytest.raises(ValueError, match="field 'gasPrice' is malformed: '1000000000' is a decimal string"):
        parse_block(RAW | {"transactions": [RAW_TRANSACTION | {"gasPrice": "1000000000"}]})


def test_integers_and_leading_zeros_are_read_as_what_they_say() -> None:
    raw = RAW_TRANSACTION | {"value": "0x00ff", "gasPrice": 10**9, "gas": 21_000}
    (read,) = parse_block(RAW | {"transactions": [raw]}).transactions
    assert (read.value_wei, read.gas_price_wei, read.gas_limit) == (255, 10**9, 21_000)


@pytest.mark.parametrize("nobody", [None, "", "0x"])
def test_who_encodes_no_receiver_as_nothing_creates_a_contract(nobody: str | None) -> None:
    assert parse_block(RAW | {"transactions": [RAW_TRANSACTION | {"to": nobody}]}).transactions[0].receiver is None


def test_calldata_may_be_called_data_and_input_counts_where_both_are_there() -> None:
    unnamed = {name: value for name, value in RAW_TRANSACTION.items() if name != "input"}
    for raw, read in [
        (unnamed | {"data": "0x01"}, b"\x01"),
        (unnamed | {"input": None, "data": "0x01"}, b"\x01"),
        (unnamed | {"input": "0x02", "data": None}, b"\x02"),
        (unnamed | {"input": "0x02", "data": "0x01"}, b"\x02"),
    ]:
        assert parse_block(RAW | {"transactions": [raw]}).transactions[0].calldata == read


_UNPRICED = {name: value for name, value in RAW_TRANSACTION.items() if name != "gasPrice"}


@pytest.mark.parametrize(
    ("fields", "price_wei", "value_wei"),
    [
        # Arbitrum: a retryable's redemption and submission, and a start-of-block transaction.
        ({"type": "0x68", "maxFeePerGas": "0x64", "gasPrice": "0x64"}, 100, 16),
        ({"type": "0x69", "maxFeePerGas": "0x80", "gasPrice": "0x64"}, 100, 16),
        ({"type": "0x64", "gasPrice": "0x0", "gas": "0x0"}, 0, 16),
        ({"type": "0x65", "maxFeePerGas": "0x80", "maxPriorityFeePerGas": "0x7", "gasPrice": "0x64"}, 100, 16),
        # Deposits of the OP stack, with what was bridged in and without.
        ({"type": "0x7e", "mint": "0x10"}, 0, 16),
        ({"type": "0x7e", "gasPrice": None, "value": None}, 0, 0),
        ({"type": "0x7e", "gasPrice": "0x0", "value": "0x0"}, 0, 0),
        # Celo: fees in another currency. zkSync: a type of its own.
        ({"type": "0x7b", "feeCurrency": "0x" + "77" * 20, "gasPrice": "0x9"}, 9, 16),
        ({"type": "0x71", "maxFeePerGas": "0x80", "maxPriorityFeePerGas": "0x0", "gasPrice": "0x63"}, 99, 16),
        # Fee fields that are there and null.
        ({"type": "0x0", "gasPrice": "0x5", "maxFeePerGas": None, "maxPriorityFeePerGas": None}, 5, 16),
        ({"gasPrice": "0x5", "maxFeePerGas": None, "maxPriorityFeePerGas": None}, 5, 16),
    ],
)
def test_the_price_of_other_chains_transactions_is_what_they_show(
    fields: dict[str, object], price_wei: int, value_wei: int
) -> None:
    (read,) = parse_block(RAW | {"baseFeePerGas": "0x64", "transactions": [_UNPRICED | fields]}).transactions
    assert (read.gas_price_wei, read.value_wei) == (price_wei, value_wei)


@pytest.mark.parametrize("base_fee", [{}, {"baseFeePerGas": None}])
def test_where_no_base_fee_is_shown_the_price_is_what_the_node_shows(base_fee: dict[str, None]) -> None:
    fees = {"type": "0x2", "maxFeePerGas": "0x64", "maxPriorityFeePerGas": "0x5"}
    shown = RAW | base_fee | {"transactions": [_UNPRICED | fees | {"gasPrice": "0x14"}]}
    assert parse_block(shown).transactions[0].gas_price_wei == 20
    with pytest.raises(ValueError, match="block 31: transaction 0: field 'gasPrice' is missing"):
        parse_block(RAW | base_fee | {"transactions": [_UNPRICED | fees]})


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**60, max_value=2**300)
    | st.floats()
    | st.text(max_size=20)
    | st.from_regex(r"0x[0-9a-fA-F]{0,70}", fullmatch=True)
    | st.from_regex(r"[0-9]{1,70}", fullmatch=True),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_BLOCK_QUANTITIES = {
    "number": "number",
    "timestamp": "timestamp_seconds",
    "gasUsed": "gas_used",
    "gasLimit": "gas_limit",
}
_TRANSACTION_QUANTITIES = {"value": "value_wei", "gas": "gas_limit", "gasPrice": "gas_price_wei"}


def _says(value: object) -> int | None:
    """The integer that a JSON value states as a quantity; None where it states none."""
    if isinstance(value, str) and re.fullmatch("0x[0-9a-fA-F]+", value):
        return int(value, 16)
    return value if type(value) is int and value >= 0 else None


@settings(max_examples=200)
@given(field=st.sampled_from(sorted(RAW | {"baseFeePerGas": 0})), value=_JSON)
def test_whatever_a_field_of_a_block_holds_is_read_exactly_or_refused_by_name(field: str, value: object) -> None:
    try:
        read = parse_block(RAW | {field: value})
    except ValueError as error:
        assert f"field {field!r}" in str(error) or (field == "transactions" and "transaction 0: field" in str(error))
        assert field == "number" or str(error).startswith("block 31: ") or (field, value) == ("hash", None)
        assert str(error).isprintable()
        assert len(str(error)) < 300
        return
    if field in _BLOCK_QUANTITIES and not (field == "gasLimit" and value is None):
        assert getattr(read, _BLOCK_QUANTITIES[field]) == _says(value)
    if field in ("hash", "parentHash"):
        assert "0x" + getattr(read, {"hash": "hash", "parentHash": "parent_hash"}[field]).hex() == str(value).lower()
    if field == "transactions":
        assert value == []


@settings(max_examples=200)
@given(field=st.sampled_from(sorted(RAW_TRANSACTION | {"type": 0, "maxFeePerGas": 0, "data": 0})), value=_JSON)
def test_whatever_a_field_of_a_transaction_holds_is_read_exactly_or_refused_by_name(field: str, value: object) -> None:
    try:
        (read,) = parse_block(RAW | {"transactions": [RAW_TRANSACTION | {field: value}]}).transactions
    except ValueError as error:
        assert str(error).startswith("block 31: transaction 0: ")
        assert f"field {field!r}" in str(error)
        assert str(error).isprintable()
        assert len(str(error)) < 300
        return
    if field in _TRANSACTION_QUANTITIES:
        assert getattr(read, _TRANSACTION_QUANTITIES[field]) == _says(value)
    if field in ("hash", "from", "input"):
        name = {"hash": "hash", "from": "sender", "input": "calldata"}[field]
        assert "0x" + getattr(read, name).hex() == str(value).lower()
    if field == "to":
        assert value in (None, "", "0x") if read.receiver is None else "0x" + read.receiver.hex() == str(value).lower()


@given(value=_JSON)
def test_whatever_stands_in_place_of_a_block_or_transaction_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"is no block|field 'number' is"):
        parse_block(value)
    with pytest.raises(ValueError, match=r"transaction 0 is not an object|transaction 0: field '"):
        parse_block(RAW | {"transactions": [value]})


def test_asks_for_full_transactions_where_there_are_hashes() -> None:
    with pytest.raises(ValueError, match=r"not an object; ask for full transactions: eth_getBlockByNumber\(n, true\)$"):
        parse_block(RAW | {"transactions": [HASH]})


@pytest.mark.parametrize(("max_fee", "tip", "paid"), [("0x64", "0x5", 15), ("0xc", "0x5", 12)])
@pytest.mark.parametrize("shown", [{}, {"gasPrice": "0x64"}, {"gasPrice": "0xf"}])
def test_the_price_is_what_was_paid_whatever_the_node_shows(
    max_fee: str, tip: str, paid: int, shown: dict[str, str]
) -> None:
    plain = {name: value for name, value in RAW_TRANSACTION.items() if name != "gasPrice"}
    raw = plain | {"maxFeePerGas": max_fee, "maxPriorityFeePerGas": tip} | shown
    assert parse_block(RAW | {"baseFeePerGas": "0xa", "transactions": [raw]}).transactions[0].gas_price_wei == paid


def test_intrinsic_gas_is_that_of_the_yellow_paper() -> None:
    data = {"input": "0x" + "00" * 10 + "ff" * 3}
    call, creation = (
        parse_block(RAW | {"transactions": [RAW_TRANSACTION | data | to]}).transactions[0].intrinsic_gas
        for to in ({}, {"to": None})
    )
    assert (call, creation) == (21_000 + 40 + 48, 53_000 + 40 + 48)
