"""A row of the journal whose transaction is really signed, for tests without a chain."""

from typing import Any

from eth_account import Account

from oracle.service.store import ReportRow

ORACLE = "0x" + "22" * 20
PAYER = Account.from_key(b"\x11" * 32)
REPORT_CALLDATA = b"\x01\x02\x03\x04" + bytes(range(224)) + b"signatures and words"


def signed_transaction(
    data: bytes = REPORT_CALLDATA, *, nonce: int = 7, gas: int = 500_000, max_fee_wei: int = 40, tip_wei: int = 3
) -> tuple[bytes, bytes]:
    """Its bytes and its hash."""
    signed = PAYER.sign_transaction(
        {
            "type": 2,
            "chainId": 1,
            "nonce": nonce,
            "to": ORACLE,
            "value": 0,
            "data": data,
            "gas": gas,
            "maxFeePerGas": max_fee_wei,
            "maxPriorityFeePerGas": tip_wei,
        }
    )
    return bytes(signed.raw_transaction), bytes(signed.hash)


RAW, HASH = signed_transaction()


def sent_row(**changes: Any) -> ReportRow:
    """A report of blocks 1 to 3 under epoch 2, good until second 1000."""
    fields: dict[str, Any] = {
        "epoch": 2,
        "status": "sent",
        "from_block": 1,
        "to_block": 3,
        "deadline": 1000,
        "transactions": 7,
        "window_hash": b"\x01" * 32,
        "model_hash": b"\x02" * 32,
        "phi_hash": b"\x03" * 32,
        "lanes": (1, -2, 3),
        "signers": (0, 2),
        "milliseconds": {"encode": 1.5},
        "raw_transaction": RAW,
        "transaction_hash": HASH,
        "nonce": 7,
        "max_fee_wei": 40,
    }
    return ReportRow(**(fields | changes))
