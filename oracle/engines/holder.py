"""One key that holds stake or votes: tries each call, sends what the ledger would take, and waits for its block."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from eth_account.signers.local import LocalAccount

from oracle.chain.events import event as contract_event
from oracle.chain.proof.receipts import logs_of
from oracle.chain.stake_token import StakeToken
from oracle.chain.transactions import await_receipt, bid, sign_transaction
from oracle.engines.deployed import Deployed, open_deployed
from oracle.engines.terms import Terms
from oracle.errors import CallRefused, DeploymentError, SettingsError

_WAIT_SECONDS = 600
_GAS_FACTOR_PERCENT = 130  # of the estimate: a term may begin meanwhile, and words be touched that were cold
_NOT_TAKEN = "TransferFromFailed"  # what the ledger says where a token does not let it take the amount
ALL = "all"

# By the ledger's error, a sentence from its arguments.
Sentences = Mapping[str, Callable[..., str]]


@dataclass(frozen=True)
class TermClock:
    """The ledger's terms by the chain's clock."""

    start_seconds: int  # of term 0
    term_seconds: int

    def at(self, timestamp_seconds: int) -> int:
        """The term at a time."""
        return (timestamp_seconds - self.start_seconds) // self.term_seconds

    def named(self, term: int) -> str:
        """A term, and when it begins."""
        begins = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.start_seconds + term * self.term_seconds))
        return f"term {term} (from {begins} UTC)"


class Holder:
    """What one key does at a ledger. Amounts are in base units of the ledger's token."""

    def __init__(
        self, deployed: Deployed, token: StakeToken, terms: TermClock, key: LocalAccount | None, max_fee_wei: int
    ) -> None:
        """Without a key it can read but not send."""
        self.deployed, self.token, self.terms = deployed, token, terms
        self.ledger, self.chain = deployed.ledger, deployed.chain
        self._key, self._max_fee_wei = key, max_fee_wei

    @property
    def key(self) -> LocalAccount:
        """The key that sends.

        Raises:
            SettingsError: none was given.
        """
        if self._key is None:
            raise SettingsError("this needs the key that sends: give --key-file or --keystore")
        return self._key

    def leaving(self, amount: int, from_term: int) -> str:
        """What leaves, and when it can be withdrawn."""
        if not amount:
            return "nothing"
        return f"{self.token.shown(amount)}, to be withdrawn from {self.terms.named(from_term)} on"

    def call(
        self, sentences: Sentences, event: str, function: str, *arguments: object, value_wei: int = 0
    ) -> Mapping[str, Any]:
        """Send a call of the ledger and wait for it; the fields of the first of its `event`s.

        Raises:
            CallRefused: the ledger would refuse it, so it was not sent; says why in one of `sentences`.
            FeesTooHigh: it needs more per gas than it may bid.
            TransactionFailed: it was not mined in time, or reverted.
        """
        data = self.ledger.calls.calldata(function, *arguments)
        try:
            self.ledger.calls.try_call(data, sender=self.key.address, value_wei=value_wei)
        except CallRefused as error:
            sentence = sentences.get(error.error)
            if sentence is None:
                raise
            raise CallRefused(sentence(*error.arguments), error.error, error.arguments) from None
        receipt = self._send(self.ledger.calls.address, data, value_wei, what=function)
        wanted, ledger = contract_event(self.ledger.calls.name, event), self.ledger.address
        logs = logs_of([receipt], receipt["blockNumber"], bytes(receipt["blockHash"]))
        return next(wanted.arguments(log) for log in logs if (log.address, log.topics[0]) == (ledger, wanted.topic))

    def pay(
        self, sentences: Sentences, event: str, function: str, node: int, amount: int, say: Callable[[str], None]
    ) -> Mapping[str, Any]:
        """As `call`, for a function that takes an amount in. A coin is sent along; a token is approved first.

        Raises:
            CallRefused: as of `call`; or the key holds less. No approval was sent then.
        """
        token, address = self.token, self.key.address
        held = token.balance(address)
        if held < amount:
            raise CallRefused(
                f"{address} holds {token.shown(held)}, which is less than {token.shown(amount)}; give a lower "
                "--amount, or send it more",
                "holds less",
            )
        if token.is_coin:
            return self.call(sentences, event, function, node, amount, value_wei=amount)
        try:
            # The ledger checks everything else before the transfer, so nothing is approved in vain.
            return self.call(sentences, event, function, node, amount)
        except CallRefused as error:
            spender = self.ledger.calls.address
            if error.error != _NOT_TAKEN or token.allowance(address, spender) >= amount:
                raise
        self._send(token.address, token.approval(spender, amount, sender=address), 0, what="approve")
        say(f"approved {token.shown(amount)} to the ledger {spender}")
        return self.call(sentences, event, function, node, amount)

    def _send(self, to: str, data: bytes, value_wei: int, *, what: str) -> Any:
        chain, key = self.chain, self.key
        call = {"from": key.address, "to": to, "data": "0x" + data.hex(), "value": hex(value_wei)}
        gas = int(str(chain.request("eth_estimateGas", [call])), 16)
        transaction = sign_transaction(
            chain=chain,
            account=key,
            nonce=chain.nonce(key.address, pending=True),
            to=to,
            data=data,
            gas_limit=gas * _GAS_FACTOR_PERCENT // 100,
            value_wei=value_wei,
            fees=bid(chain, cap_wei=self._max_fee_wei),
        )
        chain.send_raw(transaction.raw, transaction.hash)
        return await_receipt(chain, transaction.hash, what=what, timeout_seconds=_WAIT_SECONDS)


class HeldTerms(Terms, Protocol):
    """The terms of an engine in which something is held."""

    @property
    def token(self) -> str:
        """Address of what is held; COIN for the chain's coin."""
        ...

    @property
    def term_seconds(self) -> int:
        """Of a term."""
        ...


@dataclass(frozen=True)
class HolderOptions:
    """What the command lines of `catalyst stake` and `catalyst vote` share."""

    rpc: str
    deployments: Path  # a folder of records, or the record itself
    key: LocalAccount | None
    max_fee_wei: int


def open_holder(options: HolderOptions, engine: type[HeldTerms]) -> Holder:
    """The holder at the ledger of a deployment.

    Raises:
        InputError: the deployment cannot be used, or its ledger is not of `engine`.
    """
    deployed = open_deployed(options.rpc, options.deployments)
    if deployed.engine_contract != engine.contract:
        raise DeploymentError(
            f"the deployment in {options.deployments} has a {deployed.engine_contract}, and this command is for a "
            f"{engine.contract}; give --deployments the record of another chain"
        )
    terms = engine.read(deployed.ledger.calls)
    clock = TermClock(deployed.chain.timestamp(deployed.block_number), terms.term_seconds)
    return Holder(deployed, StakeToken(deployed.chain, terms.token), clock, options.key, options.max_fee_wei)


def token_sentences(holder: Holder) -> dict[str, Callable[..., str]]:
    """Sentences for the errors with which a ledger may refuse any call."""
    return {
        "UnknownNode": lambda node, count: f"there is no node {node}; --index runs from 0 to {count - 1}",
        "WrongAmount": lambda amount, _: f"the ledger takes no {holder.token.shown(amount)}; give an --amount above 0",
    }
