"""Give the workload's accounts the money they spend."""

from collections.abc import Callable

from eth_account.signers.local import LocalAccount

from oracle.chain.connection import Chain
from oracle.chain.transactions import await_receipt, sign_transaction
from oracle.errors import SettingsError


def fund(
    chain: Chain,
    payer: LocalAccount,
    accounts: list[LocalAccount],
    amount_wei: int,
    mine: Callable[[], None] | None,
) -> None:
    """Bring each account up to `amount_wei`.

    Raises:
        SettingsError: the payer holds too little.
    """
    lacking = [
        (a, amount_wei - chain.balance(a.address)) for a in accounts if chain.balance(a.address) < amount_wei // 2
    ]
    total = sum(amount for _, amount in lacking)
    if chain.balance(payer.address) < total:
        raise SettingsError(
            f"{payer.address} holds less than the {total} wei that the traffic's accounts need; fund it"
        )
    nonce = chain.nonce(payer.address)
    last = b""
    for account, amount in lacking:
        transaction = sign_transaction(
            chain=chain, account=payer, nonce=nonce, to=account.address, data=b"", gas_limit=21_000, value_wei=amount
        )
        chain.send_raw(transaction.raw, transaction.hash)
        nonce, last = nonce + 1, transaction.hash
    if last:
        await_receipt(chain, last, what="fund the traffic's accounts", timeout_seconds=180, mine=mine)
