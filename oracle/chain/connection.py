"""A connection to one chain: the calls that the other rooms need, with errors in this project's terms."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from eth_typing import BlockNumber, HexStr
from web3 import Web3
from web3.exceptions import BlockNotFound, ContractLogicError, TransactionNotFound, Web3Exception, Web3RPCError
from web3.types import BlockIdentifier, RPCEndpoint, TxParams, TxReceipt, Wei

from oracle.chain.block_reader import BlockReader
from oracle.chain.endpoints import TRIES, Endpoints, is_pruned, may_pass
from oracle.chain.http_client import BadStatus, NoAnswer, RequestFailed, TimedOut
from oracle.chain.money import explained
from oracle.chain.proof.check import SealedBlock
from oracle.chain.proof.headers import Header, read_header
from oracle.chain.proof.receipts import Log
from oracle.chain.redact import redact, shown_url
from oracle.chain.refusals import refusal_code, refusal_says
from oracle.chain.turns import TurnLock
from oracle.errors import CatalystError, ConnectionFailed, StatePruned
from oracle.window.blocks import Block

log = logging.getLogger(__name__)

_BATCH = 100  # requests that nodes take at once
_INVALID_PARAMETERS = -32602
# What nodes answer where they hold the transaction already; its hash is then as good as accepted.
_ALREADY_KNOWN = ("already known", "already imported", "known transaction", "alreadyknown")


class Chain:
    """One chain through one provider. Safe to share between threads: `lock` serialises its calls.

    All that is asked of the node passes here: no other room holds the connection itself.
    """

    def __init__(self, w3: Web3, name: str, chain_id: int) -> None:
        self.name, self.chain_id = name, chain_id
        self.genesis_hash = b""  # 32 bytes, once it is known
        self.lock = TurnLock()
        self._w3 = w3
        # Without web3's middleware, which would look for names to resolve in what others chose.
        self._bare = Web3(w3.provider, middleware=[])
        self._reader = BlockReader(self)
        self._takes_batches = True
        self._pins: dict[int, bytes] = {}  # hashes by which the state after blocks is read, see `pinned`
        self._takes_hashes = isinstance(w3.provider, Endpoints)

    @property
    def endpoints(self) -> Endpoints | None:
        """The nodes that are asked; None of a chain in this process."""
        provider = self._w3.provider
        return provider if isinstance(provider, Endpoints) else None

    def survey(self, settled_block: int) -> int:
        """See that the nodes still serve this chain and agree on a settled block; nothing of a chain in this process.

        Returns how many nodes have the block, where there are several.

        Raises:
            ChainReplaced: another chain is served at their addresses.
            BackendsDisagree: two of them have different blocks in its place.
            ConnectionFailed: none answers.
        """
        if self.endpoints is None:
            return 0
        with self._calls():
            return self.endpoints.survey(settled_block)

    def head(self) -> int:
        """Number of the latest block."""
        with self._calls():
            return _number(self.request("eth_blockNumber", []))

    def block_named(self, name: str) -> int:
        """Number of the block that the node calls `safe` or `finalized`.

        Raises:
            ConnectionFailed: it knows none.
        """
        raw = self.request("eth_getBlockByNumber", [name, False])
        if not isinstance(raw, Mapping):
            raise ConnectionFailed(f"{self.name} knows no {name} block; give --depth a number of blocks")
        with self._calls():
            return _number(raw["number"])

    def block(self, number: int) -> Block:
        """Block `number` with full transactions, as its header vouches for them.

        Raises:
            FalseAnswer: the header disproves what the node says.
        """
        return self.sealed_block(number).block

    def sealed_block(self, number: int) -> SealedBlock:
        """As `block`, together with the header."""
        with self.lock:
            return self._reader.block(number)

    @contextmanager
    def pinned(self, number: int, block_hash: bytes) -> Iterator[None]:
        """Inside, state after block `number` is read by the block's hash (EIP-1898), where the node can.

        So a node that lags, or that has another block there, says so instead of answering with another state.
        """
        before = self._pins.get(number)
        self._pins[number] = block_hash
        try:
            yield
        finally:
            if before is None:
                del self._pins[number]
            else:
                self._pins[number] = before

    def calls(self, calls: Sequence[dict[str, str]], block: int | None) -> list[Any]:
        """What calls would return after a block, or after the latest.

        Raises:
            ConnectionFailed: the node does not answer, or does not have that block.
        """
        by_number = "latest" if block is None else hex(block)
        pin = None if block is None or not self._takes_hashes else self._pins.get(block)
        if pin is not None:
            by_hash = {"blockHash": "0x" + pin.hex(), "requireCanonical": True}
            try:
                return self.request_each("eth_call", [[call, by_hash] for call in calls])
            except ConnectionFailed as error:
                if refusal_code(error) != _INVALID_PARAMETERS:
                    raise
                self._takes_hashes = False
                log.warning("%s takes no block hashes, so that states are read by number", self.name)
        return self.request_each("eth_call", [[call, by_number] for call in calls])

    def logs(self, sealed: SealedBlock, address: bytes) -> list[Log]:
        """All logs of the contract at `address` in a block, in order, as the header vouches for them.

        Raises:
            ChainReorganised: another block has its place now.
            FalseAnswer: the header disproves what the node says.
        """
        with self.lock:
            return self._reader.logs(sealed, address)

    def header(self, number: int) -> Header:
        """The header of block `number`.

        Raises:
            FalseAnswer: its fields do not give its hash.
        """
        with self.lock:
            return self._reader.header(number)

    def timestamp(self, number: int) -> int:
        """Timestamp of block `number`, in seconds."""
        return self.header(number).timestamp_seconds

    def block_hash(self, number: int) -> bytes:
        """Hash of block `number`."""
        return self.header(number).hash

    def code(self, address: str) -> bytes:
        """Runtime code at `address`; empty where there is none."""
        with self._calls():
            return bytes(self._w3.eth.get_code(Web3.to_checksum_address(address)))

    def balance(self, address: str) -> int:
        """Balance of `address` in wei."""
        with self._calls():
            return int(self._w3.eth.get_balance(Web3.to_checksum_address(address)))

    def nonce(self, address: str, *, pending: bool = False, block: int | None = None) -> int:
        """Transactions of `address` that are mined, up to a block or with those that are pending where asked."""
        at: BlockIdentifier = "pending" if pending else "latest" if block is None else BlockNumber(block)
        with self._calls():
            return int(self._w3.eth.get_transaction_count(Web3.to_checksum_address(address), at))

    def base_fee(self) -> int:
        """Base fee per gas of the latest block, in wei; 0 where the chain has none."""
        with self.lock:
            return self.header(self.head()).base_fee_wei

    def priority_fee(self) -> int:
        """Priority fee per gas that the node suggests, in wei."""
        with self._calls():
            return int(self._w3.eth.max_priority_fee)

    def estimate_gas(self, *, sender: str, to: str, calldata: bytes) -> int:
        """Gas that a call would use after the latest block; it is tried ahead of that, for the reason of a refusal.

        Raises:
            ContractLogicError: it would revert; carries what the contract answers.
        """
        self.try_call(sender=sender, to=to, calldata=calldata)
        with self._calls():
            return int(self._w3.eth.estimate_gas(_call(sender, to, calldata)))

    def try_call(self, *, sender: str, to: str, calldata: bytes, value_wei: int = 0) -> None:
        """Run a call after the latest block without sending it.

        Raises:
            ContractLogicError: it would revert; carries what the contract answers.
        """
        with self._calls():
            self._w3.eth.call({**_call(sender, to, calldata), "value": Wei(value_wei)})

    def send_raw(self, raw: bytes, transaction_hash: bytes) -> None:
        """Broadcast a signed transaction; one that the node holds already counts as sent.

        Raises:
            ConnectionFailed: the node refuses it; says why.
            InsufficientFunds: the sender cannot pay; says what it has and what is needed.
        """
        try:
            with self._calls():
                self._w3.eth.send_raw_transaction(raw)
        except ConnectionFailed as error:
            if not refusal_says(error, _ALREADY_KNOWN) and not self.knows_transaction(transaction_hash):
                raise explained(self, raw, error) from None
            log.info("transaction 0x%s was known already", transaction_hash.hex())

    def send_raw_all(self, transactions: Sequence[tuple[bytes, bytes]]) -> None:
        """Broadcast signed transactions, given as (raw, hash), in one request where the provider takes batches.

        Raises:
            ConnectionFailed: the node refuses one, said of the first; those ahead of it are sent.
        """
        endpoints = self.endpoints
        if endpoints is None or len(endpoints.endpoints) > 1:
            for raw, transaction_hash in transactions:
                self.send_raw(raw, transaction_hash)
            return
        for first in range(0, len(transactions), _BATCH):
            batch = transactions[first : first + _BATCH]
            with self._calls():
                answers = endpoints.make_batch_request(
                    [(RPCEndpoint("eth_sendRawTransaction"), ["0x" + raw.hex()]) for raw, _ in batch]
                )
                for (raw, transaction_hash), answer in zip(batch, answers, strict=True):
                    if "error" in answer:
                        self.send_raw(raw, transaction_hash)  # raises what is wrong, or finds it known

    def knows_transaction(self, transaction_hash: bytes) -> bool:
        """Whether the node has the transaction, mined or pending."""
        try:
            with self._calls():
                self._w3.eth.get_transaction(_hash32(transaction_hash))
        except TransactionNotFound:
            return False
        return True

    def receipt(self, transaction_hash: bytes) -> TxReceipt | None:
        """The receipt of a mined transaction; None while there is none."""
        try:
            with self._calls():
                receipt = self._w3.eth.get_transaction_receipt(_hash32(transaction_hash))
                mined = receipt.get("blockNumber") is not None and receipt["blockNumber"] <= self._w3.eth.block_number
        except TransactionNotFound:
            return None
        return receipt if mined else None

    def calldata(self, transaction_hash: bytes) -> bytes | None:
        """Calldata of a transaction; None where the node does not have it."""
        try:
            with self._calls():
                return bytes(self._w3.eth.get_transaction(_hash32(transaction_hash))["input"])
        except TransactionNotFound:
            return None

    def request(self, method: str, params: list[Any]) -> Any:
        """A bare JSON-RPC request; the result as the provider gives it."""
        with self._calls():
            return self._bare.manager.request_blocking(RPCEndpoint(method), params)

    def request_each(self, method: str, params: Sequence[list[Any]]) -> list[Any]:
        """Bare JSON-RPC requests of one method, in few messages where the node takes batches; their results."""
        results: list[Any] = []
        for first in range(0, len(params), _BATCH):
            batch = params[first : first + _BATCH]
            answers = self._batched(method, batch) if len(batch) > 1 else None
            if answers is None:
                results += [self.request(method, each) for each in batch]
                continue
            with self._calls():
                results += [
                    # Asked again by itself, where another node may have it, or the refusal is raised.
                    answer["result"] if answer.get("result") is not None else self.request(method, each)
                    for each, answer in zip(batch, answers, strict=True)
                ]
        return results

    def _batched(self, method: str, batch: Sequence[list[Any]]) -> list[Any] | None:
        """The node's answers to a batch; None from one that takes no batches, which is not asked for one again."""
        endpoints = self.endpoints
        if not self._takes_batches or endpoints is None:
            return None
        answers: Any = None
        try:
            with self.lock, translated_errors(self.name):
                answers = endpoints.make_batch_request([(RPCEndpoint(method), each) for each in batch])
        except ConnectionFailed as error:
            if not isinstance(error.__cause__, BadStatus) or may_pass(error.__cause__):
                raise
        if isinstance(answers, list) and len(answers) == len(batch):
            return answers
        log.warning("%s takes no batches of requests, so that each is sent by itself", self.name)
        self._takes_batches = False
        return None

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Hold the lock on behalf of a reader: after the oracle's own calls, waiting so long at most.

        Raises:
            ConnectionFailed: another call was still under way.
        """
        if not self.lock.acquire_second(seconds):
            raise ConnectionFailed(f"{self.name} has not answered an earlier request yet; try again later")
        try:
            yield
        finally:
            self.lock.release()

    @contextmanager
    def _calls(self) -> Iterator[None]:
        with self.lock, translated_errors(self.name):
            yield


def _call(sender: str, to: str, calldata: bytes) -> TxParams:
    return {
        "from": Web3.to_checksum_address(sender),
        "to": Web3.to_checksum_address(to),
        "data": HexStr("0x" + calldata.hex()),
    }


def _number(raw: Any) -> int:
    """A number as a node gives it, or as a chain in this process does."""
    return int(raw, 16) if isinstance(raw, str) else int(raw)


def _hash32(value: bytes) -> Any:
    return "0x" + value.hex()


@contextmanager
def translated_errors(name: str) -> Iterator[None]:
    """Turn transport and RPC errors into ConnectionFailed; leave reverts, not-found and our own errors as they are."""
    try:
        yield
    except (CatalystError, TransactionNotFound, ContractLogicError):
        raise
    except BlockNotFound as error:
        raise ConnectionFailed(f"{name} does not have a block it was asked for: {error}; is it in sync?") from error
    except Web3RPCError as error:
        if is_pruned(str(error)):
            raise StatePruned(
                f"{name} does not keep the state of a block that old ({redact(str(error))[:200]}); give --rpc a node "
                "that keeps more states, or an archive node"
            ) from error
        raise ConnectionFailed(f"{name} refused a request: {redact(str(error))}") from error
    except TimedOut as error:
        raise ConnectionFailed(f"{name} does not answer: {error}; see to the node, or give --rpc another") from error
    except (RequestFailed, OSError, NoAnswer, Web3Exception) as error:
        reason = redact(str(error)).split("(Caused by")[0]
        raise ConnectionFailed(
            f"{name} is unreachable or no JSON-RPC node: {type(error).__name__}: {reason[:200]}"
        ) from error
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        # A result of another shape than the method's: web3's formatters take it apart without looking.
        raise ConnectionFailed(
            f"{name} answered what the method does not: {type(error).__name__}: {redact(str(error))[:200]}"
        ) from error


def describe(w3: Web3, name: str) -> Chain:
    """Ask a node who it is.

    Raises:
        ConnectionFailed: it does not answer.
    """
    with translated_errors(name):
        chain_id = int(w3.eth.chain_id)
    chain = Chain(w3, name, chain_id)
    with translated_errors(name):
        chain.genesis_hash = read_header(chain.request("eth_getBlockByNumber", ["0x0", False])).hash
    # The first block that is checked shows whether headers can be: the latest one, as forks change their form.
    chain.header(chain.head())
    return chain


def connect(*urls: str, tries: int = TRIES) -> Chain:
    """Connect to the JSON-RPC nodes of one chain by HTTP.

    Args:
        urls: Of the nodes.
        tries: How often a request is tried where its failure may pass; 1 for who comes again by itself.

    Raises:
        ConnectionFailed: a URL is not http(s), nothing answers at any, or what answers is no JSON-RPC node.
        ChainReplaced: they serve different chains.
    """
    for url in urls:
        try:
            usable = urlsplit(url).scheme.lower() in ("http", "https") and bool(urlsplit(url).hostname)
        except ValueError:  # brackets that hold no IPv6 address
            usable = False
        if not usable:
            raise ConnectionFailed(f"RPC URL {shown_url(url)!r} is not http(s)://host:port; give one that is")
    endpoints = Endpoints(urls, tries=tries)
    chain = describe(Web3(endpoints), f"RPC {', '.join(map(shown_url, urls))}")
    endpoints.genesis_hash = "0x" + chain.genesis_hash.hex()
    if len(urls) > 1:
        chain.survey(0)
    return chain
