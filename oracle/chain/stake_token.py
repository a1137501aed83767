"""What is staked or voted with: the chain's coin or an ERC-20, with amounts as people write them."""

from decimal import Decimal, InvalidOperation
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak
from hexbytes import HexBytes
from web3 import Web3

from oracle.chain.addresses import COIN
from oracle.chain.calls import try_call
from oracle.chain.connection import Chain
from oracle.errors import ConnectionFailed, SettingsError

_COIN_DECIMALS = 18


class StakeToken:
    """The chain's coin, where the address is 0, or an ERC-20 that names itself."""

    def __init__(self, chain: Chain, address: str) -> None:
        self.chain, self.address = chain, Web3.to_checksum_address(address)
        self.is_coin = address == COIN
        self.symbol, self._decimals = "coins", _COIN_DECIMALS
        if not self.is_coin:
            self.symbol = str(self._read("symbol()", [], [], "string"))
            self._decimals = int(self._read("decimals()", [], [], "uint8"))

    def base_units(self, option: str, amount: str) -> int:
        """An amount as an option gives it, in base units.

        Raises:
            SettingsError: it is no amount, or has more decimals than there are; names the option.
        """
        try:
            scaled = Decimal(amount).scaleb(self._decimals)
            is_whole = scaled > 0 and scaled == scaled.to_integral_value()
        except InvalidOperation:
            is_whole = False
        if not is_whole:
            raise SettingsError(
                f"{option} {amount!r} is no amount of {self.symbol}: give a number above 0 with at most "
                f"{self._decimals} decimals"
            )
        return int(scaled)

    def shown(self, base_units: int) -> str:
        """An amount as people write it, all of its digits."""
        number = f"{Decimal(base_units).scaleb(-self._decimals):f}"
        return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {self.symbol}"

    def balance(self, holder: str) -> int:
        """What an address holds, in base units."""
        if self.is_coin:
            return self.chain.balance(holder)
        return int(self._read("balanceOf(address)", ["address"], [holder], "uint256"))

    def allowance(self, holder: str, spender: str) -> int:
        """What `spender` may take from `holder` of an ERC-20, in base units."""
        return int(self._read("allowance(address,address)", ["address", "address"], [holder, spender], "uint256"))

    def approval(self, spender: str, amount: int, *, sender: str) -> bytes:
        """Calldata by which `sender` lets `spender` take an amount of an ERC-20.

        Raises:
            CallRefused: the token would refuse it.
        """
        data = _call("approve(address,uint256)", ["address", "uint256"], [spender, amount])
        try_call(self.chain, self.symbol, self.address, data, sender=sender)
        return data

    def _read(self, signature: str, types: list[str], arguments: list[object], result: str) -> Any:
        call = {"to": self.address, "data": "0x" + _call(signature, types, arguments).hex()}
        try:
            (value,) = decode([result], HexBytes(self.chain.request("eth_call", [call, "latest"])))
        except (DecodingError, TypeError, ValueError) as error:
            raise ConnectionFailed(f"what is staked, at {self.address}, is no ERC-20 with {signature}") from error
        return value


def _call(signature: str, types: list[str], arguments: list[object]) -> bytes:
    return bytes(keccak(signature.encode()))[:4] + encode(types, arguments)
