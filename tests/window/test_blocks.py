import pytest

from oracle.window.blocks import parse_block

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


def test_a_creation_has_no_receiver() -> None:
    assert parse_block(RAW | {"transactions": [RAW_TRANSACTION | {"to": None}]}).transactions[0].receiver is None


@pytest.mark.parametrize("field", sorted(RAW))
def test_names_a_missing_field(field: str) -> None:
    with pytest.raises(ValueError, match=f"'{field}' is missing"):
        parse_block({name: value for name, value in RAW.items() if name != field})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "twelve"),
        ("hash", "0x12"),
        ("timestamp", -1),
        ("gasLimit", None),
        ("parentHash", 7),
        ("number", "0xzz"),
    ],
)
def test_names_a_malformed_field(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"'{field}' is malformed"):
        parse_block(RAW | {field: value})


def test_names_the_malformed_transaction() -> None:
    broken = RAW_TRANSACTION | {"value": "lots"}
    with pytest.raises(ValueError, match="transaction 1: field 'value' is malformed"):
        parse_block(RAW | {"transactions": [RAW_TRANSACTION, broken]})


def test_asks_for_full_transactions_where_there_are_hashes() -> None:
    with pytest.raises(ValueError, match="ask for full transactions"):
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
