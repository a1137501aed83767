"""The token that a plan or a round moves: what its holders have and allow, and how they sign permits (ERC-2612)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eth_abi.abi import encode
from eth_hash.auto import keccak

from oracle.agreements.sending import Sender, Sent
from oracle.agreements.words import units
from oracle.chain.calls import ContractCalls
from oracle.chain.connection import Chain
from oracle.errors import ConnectionFailed, InputError

_DOMAIN = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_VERSIONS = ("1", "2")  # of the domains that tokens sign permits in; ERC-2612 lets each choose
_INTERFACE = "SampleMoney"  # whose artefact has all functions of ERC-20 and ERC-2612


@dataclass(frozen=True)
class PermitTerms:
    """What a holder's next permit must say."""

    chain_id: int
    token: str
    name: str
    version: str
    nonce: int


@dataclass(frozen=True)
class Draw:
    """What a contract is about to draw from an account."""

    account: str
    who: str  # in words
    amount: int  # in units of the token
    by_permit: bool  # whether a permit comes with it


class Erc20:
    """A token."""

    def __init__(self, chain: Chain, address: str) -> None:
        self._calls = ContractCalls(chain, _INTERFACE, address)

    @property
    def address(self) -> str:
        """Checksummed."""
        return self._calls.address

    def balance(self, holder: str) -> int:
        """What an account holds, in units."""
        return int(self._calls.read("balanceOf", holder))

    def allowance(self, holder: str, spender: str) -> int:
        """What `spender` may draw from `holder`, in units."""
        return int(self._calls.read("allowance", holder, spender))

    def approve(self, sender: Sender, spender: str, amount: int) -> Sent:
        """Let `spender` draw an amount from the sender: for tokens without permits.

        Raises:
            CallRefused: the token refuses it.
            TransactionFailed: it was not mined in time, or reverted.
        """
        return sender.call(self._calls, {}, "approve", spender, amount)

    def permit_terms(self, holder: str) -> PermitTerms:
        """What the holder's next permit must say.

        Raises:
            InputError: the token takes no permits, or in a domain that cannot be found out.
        """
        chain_id, address = self._calls.chain.chain_id, self.address
        try:
            name, separator, nonce = self._calls.read_each(("name",), ("DOMAIN_SEPARATOR",), ("nonces", holder))
        except ConnectionFailed as error:
            raise InputError(
                f"token {address} answers nothing about permits: let {holder} approve the contract in their place"
            ) from error
        for version in _VERSIONS:
            if _separator(name, version, chain_id, address) == separator:
                return PermitTerms(chain_id, address, name, version, nonce)
        raise InputError(
            f"token {address} signs permits in another domain than {name!r}, version {' or '.join(_VERSIONS)}: let "
            f"{holder} approve the contract in their place"
        )

    def why_not_drawn(self, spender: str, draws: Sequence[Draw], shown: Callable[[int], str] = units) -> str:
        """Why the token let none of these amounts be drawn: the first account that lacks them, and what to do."""
        for draw in draws:
            balance = self.balance(draw.account)
            if balance < draw.amount:
                return (
                    f"{draw.who} holds {shown(balance)} of the token {self.address}, and {shown(draw.amount)} are "
                    "due from it; send it more"
                )
            allowed = self.allowance(draw.account, spender)
            if allowed < draw.amount:
                remedy = (
                    "its permit is not good, so have it sign one for its present nonce, this amount and a later time"
                    if draw.by_permit
                    else f"have it sign a permit, or approve {spender}"
                )
                return (
                    f"{draw.who} lets {shown(allowed)} of the token {self.address} be drawn, and {shown(draw.amount)} "
                    f"are due from it; {remedy}"
                )
        return f"the token {self.address} lets nothing be drawn though all have it and allow it; ask its issuer why"


def _separator(name: str, version: str, chain_id: int, address: str) -> bytes:
    """EIP-712's domain separator."""
    words = [keccak(_DOMAIN), keccak(name.encode()), keccak(version.encode()), chain_id, address]
    return bytes(keccak(encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], words)))
