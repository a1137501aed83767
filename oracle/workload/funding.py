"""Give the workload's accounts the money they spend."""

from collections.abc import Callable

from eth_account.signers.local import LocalAccount

from oracle.chain.connection import Chain
from oracle.chain.money import lacks
from oracle.chain.transactions import await_receipt, bid, sign_transaction
from oracle.errors import InsufficientFunds

_TRANSFER_GAS = 21_000


def fund(
    chain: Chain,
    payer: LocalAccount,
    accounts: list[LocalAccount],
    amount_wei: int,
    mine: Callable[[], None] | None,
    least_wei: int | None = None,
) -> None:
    """Bring each account that holds less than `least_wei`, by default half of `amount_wei`, up to the latter.

    Raises:
        InsufficientFunds: the payer holds too little.
    """
    least_wei = amount_wei // 2 if least_wei is None else least_wei
    holds = [(account, chain.balance(account.address)) for account in accounts]
    lacking = [(account, amount_wei - balance) for account, balance in holds if balance < least_wei]
    fees = bid(chain)
    total = sum(amount + _TRANSFER_GAS * fees.max_fee_wei for _, amount in lacking)
    if (has := chain.balance(payer.address)) < total:
        raise InsufficientFunds(lacks(payer.address, has, total, f"funding {len(lacking)} accounts"))
    nonce = chain.nonce(payer.address)
    last = b""
    for account, amount in lacking:
        transaction = sign_transaction(
            chain=chain,
            account=payer,
            nonce=nonce,
            to=account.address,
            data=b"",
            gas_limit=_TRANSFER_GAS,
            value_wei=amount,
        )
        chain.send_raw(transaction.raw, transaction.hash)
        nonce, last = nonce + 1, transaction.hash
    if last:
        await_receipt(chain, last, what="fund the traffic's accounts", timeout_seconds=180, mine=mine)
