"""Build, sign and follow this project's own transactions."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth_account.signers.local import LocalAccount
from web3.types import TxReceipt

from oracle.chain.connection import Chain
from oracle.errors import TransactionFailed

RECEIPT_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class SignedTransaction:
    """A transaction ready to broadcast. Broadcasting it again is harmless: same nonce, same hash."""

    raw: bytes
    hash: bytes
    nonce: int
    max_fee_wei: int


def sign_transaction(
    *,
    chain: Chain,
    account: LocalAccount,
    nonce: int,
    to: str | None,
    data: bytes,
    gas_limit: int,
    value_wei: int = 0,
    outbid_wei: int | None = None,
) -> SignedTransaction:
    """An EIP-1559 transaction that bids twice the base fee, so that it stays valid for some full blocks.

    Args:
        chain: Where it is for; asked for fees.
        account: Who signs.
        nonce: Its nonce.
        to: Receiver; None to create a contract.
        data: Calldata.
        gas_limit: Gas it may use.
        value_wei: Amount.
        outbid_wei: Most that an unmined transaction with the same nonce offers per gas; this one then offers a quarter
            more in both fees, as nodes ask of a replacement.
    """
    priority = chain.priority_fee()
    max_fee = 2 * chain.base_fee() + priority
    if outbid_wei is not None:
        max_fee = max(max_fee, outbid_wei * 5 // 4 + 1)
        priority = max_fee
    fields: dict[str, Any] = {
        "type": 2,
        "chainId": chain.chain_id,
        "nonce": nonce,
        "value": value_wei,
        "data": data,
        "gas": gas_limit,
        "maxFeePerGas": max_fee,
        "maxPriorityFeePerGas": priority,
    }
    if to is not None:
        fields["to"] = to
    signed = account.sign_transaction(fields)
    return SignedTransaction(
        raw=bytes(signed.raw_transaction), hash=bytes(signed.hash), nonce=nonce, max_fee_wei=max_fee
    )


def await_receipt(
    chain: Chain, transaction_hash: bytes, *, what: str, timeout_seconds: float, mine: Callable[[], None] | None = None
) -> TxReceipt:
    """Wait until a transaction is mined and return its receipt.

    Args:
        chain: Where it was sent.
        transaction_hash: Its hash.
        what: What it does, for errors.
        timeout_seconds: Longest wait.
        mine: Produces the next block, on chains whose blocks come when told.

    Raises:
        TransactionFailed: it reverted, or is not mined in time.
    """
    deadline = time.monotonic() + timeout_seconds
    if mine is not None:
        mine()
    while (receipt := chain.receipt(transaction_hash)) is None:
        if time.monotonic() > deadline:
            raise TransactionFailed(
                f"{what}: transaction 0x{transaction_hash.hex()} was not mined within {timeout_seconds:.0f} s"
            )
        time.sleep(RECEIPT_POLL_SECONDS)
    if receipt["status"] != 1:
        raise TransactionFailed(f"{what}: transaction 0x{transaction_hash.hex()} reverted")
    return receipt
