"""Send deployment transactions one at a time, so that an interrupted deployment can resume where it stopped."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import rlp
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak
from web3 import Web3
from web3.types import TxReceipt

from oracle.chain.artefacts import runtime_matches
from oracle.chain.calls import calldata, creation_code
from oracle.chain.connection import Chain
from oracle.chain.deployment import Deployment, Entry, kind_of
from oracle.chain.transactions import await_receipt, sign_transaction
from oracle.errors import DeploymentError, TransactionReverted

log = logging.getLogger(__name__)

# EIP-7825 caps a transaction at 2**24 gas; a step above that could not be mined on current chains.
MAX_STEP_GAS = 1 << 24
_RECEIPT_TIMEOUT_SECONDS = 180


@dataclass(frozen=True)
class Step:
    """A transaction that was mined."""

    what: str
    gas: int


@dataclass
class Deployer:
    """Sends steps from one account and records contracts as they appear."""

    chain: Chain
    account: LocalAccount
    record: Deployment
    mine: Callable[[], None] | None  # produces a block, on chains that produce them on demand
    steps: list[Step] = field(default_factory=list)  # that were sent and mined

    @property
    def gas_used(self) -> int:
        """By those steps."""
        return sum(step.gas for step in self.steps)

    def contract(self, name: str, *arguments: object) -> str:
        """The address of contract `name`, which is deployed now unless the record shows it on chain already.

        The part of the name after a slash distinguishes contracts of one kind.

        Raises:
            TransactionFailed: its constructor reverted.
            DeploymentError: the code on chain is not the artefact's.
        """
        known = self.record.contracts.get(name)
        if known is not None and known.block_number is None:
            known = self._finish_interrupted(name, known)
        if known is not None and runtime_matches(kind_of(name), self.chain.code(known.address)):
            log.info("%s is at %s already", name, known.address)
            return known.address

        nonce = self.next_nonce()
        address = self.created_address(nonce)
        receipt = self._send(
            to=None,
            data=creation_code(kind_of(name), *arguments),
            nonce=nonce,
            what=f"deploy {name}",
            before_send=lambda transaction_hash: self._remember(name, Entry(address, transaction_hash, None)),
        )
        if not runtime_matches(kind_of(name), self.chain.code(address)):
            raise DeploymentError(f"{name} was deployed at {address} but the code there is not the artefact's")
        self._remember(name, Entry(address, bytes(receipt["transactionHash"]), receipt["blockNumber"]))
        log.info("%s deployed at %s, %d gas", name, address, receipt["gasUsed"])
        return address

    def created_address(self, nonce: int) -> str:
        """The address of a contract that the account creates: the tail of keccak256(rlp([account, nonce]))."""
        encoded = rlp.encode([bytes.fromhex(self.account.address[2:]), nonce])
        return str(Web3.to_checksum_address(keccak(encoded)[12:]))

    def next_nonce(self) -> int:
        """Nonce of the next step.

        Take it before reading the state that decides on a step, and give it to `call`: then no transaction of an
        interrupted run can come between.
        """
        return self.chain.nonce(self.account.address)

    def call(self, name: str, function: str, *arguments: object, nonce: int | None = None) -> TxReceipt:
        """Call a function of a recorded contract in a transaction, by default the account's next, and wait for it."""
        address = self.record.contracts[name].address
        return self._send(
            to=address,
            data=calldata(kind_of(name), function, *arguments),
            nonce=self.next_nonce() if nonce is None else nonce,
            what=f"{name}.{function}",
        )

    def _finish_interrupted(self, name: str, known: Entry) -> Entry | None:
        """The contract of a deployment that an earlier run sent without seeing it mined; None if there is none.

        A transaction that the node never got, or that reverted, leaves nothing behind; the contract is then deployed
        again.
        """
        if self.chain.knows_transaction(known.transaction_hash):
            try:
                receipt = await_receipt(
                    self.chain, known.transaction_hash, what=f"deploy {name}", timeout_seconds=_RECEIPT_TIMEOUT_SECONDS
                )
            except TransactionReverted as error:
                log.warning("%s; deploying it anew", error)
                return None
            return self._remember(name, Entry(known.address, known.transaction_hash, receipt["blockNumber"]))
        if self.chain.code(known.address):
            # Nodes may forget old transactions; the contract cannot be from a block after the head.
            return self._remember(name, Entry(known.address, known.transaction_hash, self.chain.head()))
        return None

    def _remember(self, name: str, entry: Entry) -> Entry:
        self.record.contracts[name] = entry
        self.record.save()
        return entry

    def _send(
        self,
        *,
        to: str | None,
        data: bytes,
        nonce: int,
        what: str,
        before_send: Callable[[bytes], object] = lambda _: None,
    ) -> TxReceipt:
        transaction = sign_transaction(
            chain=self.chain, account=self.account, nonce=nonce, to=to, data=data, gas_limit=MAX_STEP_GAS
        )
        before_send(transaction.hash)
        self.chain.send_raw(transaction.raw, transaction.hash)
        receipt = await_receipt(
            self.chain, transaction.hash, what=what, timeout_seconds=_RECEIPT_TIMEOUT_SECONDS, mine=self.mine
        )
        self.steps.append(Step(what, receipt["gasUsed"]))
        return receipt
