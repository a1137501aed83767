"""Build, sign and follow this project's own transactions."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes
from web3.types import TxReceipt

from oracle.chain.connection import Chain
from oracle.errors import FeesTooHigh, TransactionFailed, TransactionReverted
from oracle.report.signer import Signer

RECEIPT_POLL_SECONDS = 0.2


# Nodes ask a tenth more in both fees of what takes a pending transaction's place; a quarter is plenty.
_RAISE_NUMERATOR, _RAISE_DENOMINATOR = 5, 4
_WEI_PER_GWEI = 10**9


@dataclass(frozen=True)
class Fees:
    """What a transaction offers per gas, in wei."""

    max_fee_wei: int
    priority_fee_wei: int


@dataclass(frozen=True)
class SignedTransaction:
    """A transaction ready to broadcast. Broadcasting it again is harmless: same nonce, same hash."""

    raw: bytes
    hash: bytes
    nonce: int
    max_fee_wei: int


@dataclass(frozen=True)
class Content:
    """What a signed transaction says, read back from its bytes."""

    sender: str
    data: bytes
    gas_limit: int
    fees: Fees


def bid(chain: Chain, *, cap_wei: int | None = None, outbid: Fees | None = None) -> Fees:
    """Twice the base fee and the tip that the node suggests: valid for some full blocks, and never above the cap.

    Args:
        chain: Asked for fees.
        cap_wei: Most to offer per gas, in wei; None for no limit.
        outbid: What a pending transaction with the same nonce offers; each fee is then a quarter above its own.

    Raises:
        FeesTooHigh: the cap lies below the base fee, or below what outbidding takes.
    """
    base_fee, priority = chain.base_fee(), chain.priority_fee()
    max_fee = 2 * base_fee + priority
    least = base_fee
    if cap_wei is not None:
        max_fee, priority = min(max_fee, cap_wei), min(priority, cap_wei)
    if outbid is not None:
        least = max(least, _raised(outbid.max_fee_wei))
        max_fee = max(max_fee, _raised(outbid.max_fee_wei))
        priority = max(priority, _raised(outbid.priority_fee_wei))
    if cap_wei is not None and least > cap_wei:
        why = "a pending transaction must be outbid" if least > base_fee else "that is the base fee"
        raise FeesTooHigh(
            f"a transaction needs {least / _WEI_PER_GWEI:g} gwei per gas now ({why}) but may bid no more than "
            f"{cap_wei / _WEI_PER_GWEI:g}; raise --max-fee-gwei or wait until fees fall"
        )
    return Fees(max_fee_wei=max_fee, priority_fee_wei=min(priority, max_fee))


def _raised(fee_wei: int) -> int:
    return fee_wei * _RAISE_NUMERATOR // _RAISE_DENOMINATOR + 1


def sign_transaction(
    *,
    chain: Chain,
    account: Signer,
    nonce: int,
    to: str | None,
    data: bytes,
    gas_limit: int,
    value_wei: int = 0,
    fees: Fees | None = None,
) -> SignedTransaction:
    """An EIP-1559 transaction.

    Args:
        chain: Where it is for.
        account: Who signs.
        nonce: Its nonce.
        to: Receiver; None to create a contract.
        data: Calldata.
        gas_limit: Gas it may use.
        value_wei: Amount.
        fees: What it offers; None for a `bid` without a cap.

    Raises:
        SignerFailed: the key is not in this process, and what holds it did not sign.
    """
    fees = fees or bid(chain)
    fields: dict[str, Any] = {
        "type": 2,
        "chainId": chain.chain_id,
        "nonce": nonce,
        "value": value_wei,
        "data": data,
        "gas": gas_limit,
        "maxFeePerGas": fees.max_fee_wei,
        "maxPriorityFeePerGas": fees.priority_fee_wei,
    }
    if to is not None:
        fields["to"] = to
    signed = account.sign_transaction(fields)
    return SignedTransaction(
        raw=bytes(signed.raw_transaction), hash=bytes(signed.hash), nonce=nonce, max_fee_wei=fees.max_fee_wei
    )


def content(raw: bytes) -> Content:
    """What a transaction of `sign_transaction` says."""
    fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    return Content(
        sender=str(Account.recover_transaction(raw)),
        data=bytes(fields["data"]),
        gas_limit=int(fields["gas"]),
        fees=Fees(max_fee_wei=int(fields["maxFeePerGas"]), priority_fee_wei=int(fields["maxPriorityFeePerGas"])),
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
        TransactionReverted: it reverted.
        TransactionFailed: it is not mined in time.
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
        raise TransactionReverted(f"{what}: transaction 0x{transaction_hash.hex()} reverted")
    return receipt
