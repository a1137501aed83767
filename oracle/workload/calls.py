"""What the workload asks for: calls, before anyone signs them."""

from collections.abc import Callable
from dataclasses import dataclass

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak


@dataclass(frozen=True)
class Call:
    """One transaction to be sent by one of the workload's accounts."""

    sender: int  # index of the account
    receiver: bytes | None  # 20 bytes; None to create a contract
    value_wei: int
    gas_price_wei: int
    gas_limit: int
    calldata: bytes


@dataclass(frozen=True)
class Venue:
    """The contracts that generated traffic calls."""

    token: bytes  # WorkloadToken, 20 bytes
    exchange: bytes  # WorkloadExchange
    register: bytes  # WorkloadRegister
    noticeboard: bytes  # Noticeboard


def deploy_venue(address_of: Callable[[str], str]) -> Venue:
    """The venue's contracts, by a function that deploys a contract of that name or finds the one deployed before."""

    def contract(name: str) -> bytes:
        return bytes.fromhex(address_of(name)[2:])

    return Venue(
        token=contract("WorkloadToken"),
        exchange=contract("WorkloadExchange"),
        register=contract("WorkloadRegister"),
        noticeboard=contract("Noticeboard"),
    )


def workload_accounts(secret: bytes, count: int) -> list[LocalAccount]:
    """Accounts derived from a secret, the same each time: for chains whose money is worth nothing."""
    return [
        Account.from_key(keccak(b"catalyst workload account" + secret + i.to_bytes(4, "big"))) for i in range(count)
    ]
