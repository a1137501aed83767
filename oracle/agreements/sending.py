"""Sends calls from one key, each tried first, so that what a contract refuses costs nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from eth_abi.exceptions import EncodingError
from eth_utils.address import to_canonical_address
from hexbytes import HexBytes
from web3.exceptions import ContractCustomError, ContractLogicError
from web3.types import TxReceipt

from oracle.agreements.history import Happening, happening
from oracle.chain.calls import ContractCalls, Revert, creation_code, revert_of
from oracle.chain.connection import Chain
from oracle.chain.proof.receipts import logs_of
from oracle.chain.transactions import SignedTransaction, await_receipt, bid, sign_transaction
from oracle.errors import CallRefused, InputError, SettingsError
from oracle.report.signer import Signer

# EIP-7825: what one transaction may use.
TRANSACTION_GAS = 1 << 24
_GAS_FACTOR_PERCENT = 130  # of the estimate: what is cold or 0 may be another word by then
_WAIT_SECONDS = 600

# By the contract's error, a sentence from its arguments.
Sentences = Mapping[str, Callable[..., str]]


@dataclass(frozen=True)
class Sent:
    """A call that was mined."""

    transaction_hash: bytes  # 32 bytes
    block: int
    gas: int
    happenings: tuple[Happening, ...]  # of the contract that was called


class Sender:
    """One key on one chain."""

    def __init__(
        self,
        chain: Chain,
        key: Signer,
        *,
        max_fee_wei: int | None = None,
        mine: Callable[[], None] | None = None,
    ) -> None:
        """A sender.

        Args:
            chain: Where it sends.
            key: What signs.
            max_fee_wei: Most to offer per gas, in wei; None for no limit.
            mine: Produces the next block, on chains whose blocks come when told.
        """
        self.chain, self.key = chain, key
        self._max_fee_wei, self._mine = max_fee_wei, mine

    def call(self, contract: ContractCalls, sentences: Sentences, function: str, *arguments: object) -> Sent:
        """Try a call, send it, and wait until it is mined.

        Args:
            contract: What is called.
            sentences: What its errors mean; the error itself serves where there is none.
            function: Its function.
            arguments: Of the function.

        Raises:
            InputError: an argument does not fit its type.
            CallRefused: it would revert, so it was not sent; says why.
            FeesTooHigh: it needs more per gas than it may bid.
            TransactionFailed: it was not mined in time, or reverted.
        """
        try:
            data = contract.calldata(function, *arguments)
        except EncodingError as error:
            raise InputError(f"{function} cannot be called with that: {error}; correct that value") from None
        gas = self._gas(contract, sentences, data)
        receipt = self._sent(self._signed(contract.address, data, gas * _GAS_FACTOR_PERCENT // 100), what=function)
        logs = logs_of([receipt], receipt["blockNumber"], bytes(receipt["blockHash"]))
        at_seconds, address = self.chain.timestamp(receipt["blockNumber"]), to_canonical_address(contract.address)
        return Sent(
            transaction_hash=bytes(receipt["transactionHash"]),
            block=int(receipt["blockNumber"]),
            gas=int(receipt["gasUsed"]),
            happenings=tuple(happening(contract.name, log, at_seconds) for log in logs if log.address == address),
        )

    def create(self, name: str, before: Callable[[SignedTransaction], None], *arguments: object) -> TxReceipt:
        """Deploy contract `name`, and wait until it is mined.

        Args:
            name: Of the artefact.
            before: Gets the transaction before it is sent.
            arguments: Of its constructor.

        Raises:
            TransactionFailed: it was not mined in time, or reverted.
        """
        transaction = self._signed(None, creation_code(name, *arguments), TRANSACTION_GAS)
        before(transaction)
        return self._sent(transaction, what=f"deploy {name}")

    def receipt(self, transaction_hash: bytes, what: str) -> TxReceipt:
        """The receipt of a transaction, once it is mined.

        Raises:
            TransactionFailed: it was not mined in time, or reverted.
        """
        return await_receipt(self.chain, transaction_hash, what=what, timeout_seconds=_WAIT_SECONDS, mine=self._mine)

    def _gas(self, contract: ContractCalls, sentences: Sentences, data: bytes) -> int:
        """Gas of a call that the contract would take now."""
        try:
            return self.chain.estimate_gas(sender=self.key.address, to=contract.address, calldata=data)
        except ContractCustomError as error:
            found = revert_of(bytes(HexBytes(str(error.data))), (contract.name,))
        except ContractLogicError as error:
            found = Revert(str(error.message), ())
        sentence = sentences.get(found.name)
        said = f"{contract.name} refuses the call: {found}" if sentence is None else sentence(*found.arguments)
        raise CallRefused(said, found.name, found.arguments)

    def _signed(self, to: str | None, data: bytes, gas_limit: int) -> SignedTransaction:
        chain = self.chain
        return sign_transaction(
            chain=chain,
            account=self.key,
            nonce=chain.nonce(self.key.address, pending=True),
            to=to,
            data=data,
            gas_limit=min(gas_limit, TRANSACTION_GAS),
            fees=bid(chain, cap_wei=self._max_fee_wei),
        )

    def _sent(self, transaction: SignedTransaction, *, what: str) -> TxReceipt:
        self.chain.send_raw(transaction.raw, transaction.hash)
        return self.receipt(transaction.hash, what)


def needed(sender: Sender | None) -> Sender:
    """The sender.

    Raises:
        SettingsError: there is none.
    """
    if sender is None:
        raise SettingsError("this needs the key that sends: give --key-file or --keystore")
    return sender
