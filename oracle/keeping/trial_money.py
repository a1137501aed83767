"""Worthless money, to try a registry with."""

from collections.abc import Sequence
from pathlib import Path

from eth_utils.address import is_address, to_checksum_address

from oracle.agreements.deployment import MONEY
from oracle.agreements.recorded import created, record_at
from oracle.agreements.sending import Sender
from oracle.chain.calls import ContractCalls
from oracle.errors import SettingsError

UNITS = 10**12


def deploy_money(sender: Sender, accounts: Sequence[str], path: Path | None = None) -> str:
    """The token in a record, created where it shows none, of which each account gets `UNITS` units; its address.

    Args:
        sender: Pays.
        accounts: Who gets money.
        path: The record; None to keep none.

    Raises:
        SettingsError: what is to be an account is none.
        DeploymentError: the record is of another chain, or its token is not on the chain.
        TransactionFailed: it was not mined in time.
    """
    for account in accounts:
        if not is_address(account):
            raise SettingsError(f"{account[:60]!r} is no account: give 0x and 40 hexadecimal digits")
    address = created(sender, record_at(sender.chain, path), MONEY).address
    token = ContractCalls(sender.chain, MONEY, address)
    for account in accounts:
        sender.call(token, {}, "mint", to_checksum_address(account), UNITS)
    return token.address
