"""The embedded chain: eth-tester over py-evm, in this process."""

import logging
from typing import Any

from eth.vm.spoof import SpoofTransaction
from eth_hash.auto import keccak
from eth_tester import EthereumTester
from eth_tester.exceptions import BlockNotFound as TesterBlockNotFound
from eth_tester.validation import DefaultValidator
from eth_utils.address import to_canonical_address
from eth_utils.conversions import to_int
from eth_utils.exceptions import ValidationError
from hexbytes import HexBytes
from web3 import EthereumTesterProvider, Web3
from web3.providers.eth_tester.defaults import API_ENDPOINTS
from web3.providers.eth_tester.middleware import ethereum_tester_middleware
from web3.types import RPCEndpoint, RPCResponse

from oracle.chain.connection import Chain, describe
from oracle.chain.embedded_history import CallReverted, IndexedBackend

log = logging.getLogger(__name__)

BLOCK_GAS_LIMIT = 100_000_000
MAX_ESTIMATE_GAS = 30_000_000


class EmbeddedChain:
    """An in-process chain whose blocks come when told. The same calls give the same blocks, hash for hash."""

    def __init__(self, *, genesis_timestamp_seconds: int) -> None:
        genesis = IndexedBackend.generate_genesis_params(
            {"gas_limit": BLOCK_GAS_LIMIT, "timestamp": genesis_timestamp_seconds}
        )
        self._backend = IndexedBackend(genesis)
        self._pool = _TransactionPool(self._backend.chain)
        self._tester = EthereumTester(backend=self._backend, validator=_Validator())
        self.chain: Chain = describe(Web3(_PoolProvider(self._tester, self._pool)), "embedded chain (eth-tester)")

    @property
    def faucet_key(self) -> bytes:
        """Private key of eth-tester's first account, which holds a million ether from genesis."""
        return (1).to_bytes(32, "big")

    def produce_block(self, timestamp_seconds: int) -> None:
        """Mine the pooled transactions, in the order they came, into one block stamped `timestamp_seconds`."""
        with self.chain.lock:
            self._pool.mine(timestamp_seconds)
            self._backend.index_logs()

    def close(self) -> None:
        """Nothing to end: the chain lives in this process."""


class _TransactionPool:
    """Transactions that wait for the next block.

    eth-tester executes a transaction when it is sent, and rebuilds the block's tries each time; executing a block at
    once is linear, and gives every transaction the block's own timestamp.
    """

    def __init__(self, evm_chain: Any) -> None:
        self._evm_chain = evm_chain
        self._waiting: dict[bytes, Any] = {}

    def add(self, raw: bytes) -> bytes:
        """Take a signed transaction; raises ValidationError where no block could hold it."""
        transaction = self._evm_chain.get_transaction_builder().decode(raw)
        if transaction.hash in self._waiting:
            raise ValidationError("already known")
        transaction.validate()
        state = self._evm_chain.get_vm().state
        if transaction.nonce < state.get_nonce(transaction.sender):
            raise ValidationError(f"nonce too low: {transaction.nonce}")
        if transaction.gas > BLOCK_GAS_LIMIT:
            raise ValidationError(f"gas limit {transaction.gas} exceeds the block's {BLOCK_GAS_LIMIT}")
        self._waiting[transaction.hash] = transaction
        return bytes(transaction.hash)

    def mine(self, timestamp_seconds: int) -> None:
        """One block of what fits, in the order it came; what cannot be valid any more is dropped, with a log line."""
        taken: list[Any] = []
        gas = 0
        for transaction in self._waiting.values():
            gas += transaction.gas
            if gas > BLOCK_GAS_LIMIT:
                break
            taken.append(transaction)
        evm_chain = self._evm_chain
        evm_chain.set_header_timestamp(timestamp_seconds)
        # A fixed mix hash by height in place of a random one: blocks are then reproducible.
        sealing = {"mix_hash": keccak(evm_chain.header.block_number.to_bytes(8, "big")), "blob_gas_used": 0}
        try:
            evm_chain.mine_all(taken, **sealing)
        except ValidationError:
            for transaction in taken:
                try:
                    evm_chain.apply_transaction(transaction)
                except ValidationError as error:
                    log.warning("embedded chain dropped transaction 0x%s: %s", transaction.hash.hex(), error)
            evm_chain.mine_block(**sealing)
        for transaction in taken:
            del self._waiting[transaction.hash]


class _Validator(DefaultValidator):  # type: ignore[misc] # eth-tester has no types
    """eth-tester's validator, less one check: it refuses to show a block that mixes transaction types."""

    @staticmethod
    def validate_outbound_block(block: Any) -> None:
        """Blocks come from py-evm; take them as they are."""


class _PoolProvider(EthereumTesterProvider):
    """An eth-tester provider over the pool that answers as a node does: reverts carry data, fields are camel-case."""

    # Without web3's that fills in who calls: it lists all accounts three times for each call.
    _middleware = (ethereum_tester_middleware,)  # type: ignore[assignment] # web3 gives a tuple of its two

    def __init__(self, tester: EthereumTester, pool: _TransactionPool) -> None:
        endpoints: dict[str, Any] = {namespace: dict(methods) for namespace, methods in API_ENDPOINTS.items()}
        endpoints["eth"]["estimateGas"] = lambda _, params: _estimate_gas(tester.backend.chain, params[0])
        endpoints["eth"]["sendRawTransaction"] = lambda _, params: "0x" + pool.add(bytes(HexBytes(params[0]))).hex()
        endpoints["eth"]["getLogs"] = lambda _, params: tester.backend.logs(params[0])
        endpoints["eth"]["blockNumber"] = lambda _, __: tester.backend.head
        super().__init__(tester, api_endpoints=endpoints)
        self._caller = tester.get_accounts()[0]  # where a call names none

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        if method in ("eth_call", "eth_estimateGas"):
            params = [{"from": self._caller, **params[0]}, *params[1:]]
        try:
            response = super().make_request(method, params)
        except CallReverted as error:
            return _error(3, "execution reverted", data="0x" + error.data.hex())
        except (ValidationError, TesterBlockNotFound) as error:
            return _error(-32000, str(error))
        if method in ("eth_getBlockByNumber", "eth_getBlockByHash"):
            _rename_block_transactions(response)
        return response


def _estimate_gas(evm_chain: Any, transaction: dict[str, Any]) -> int:
    """Gas that a call uses after the latest block, refunds not deducted.

    eth-tester's own estimate runs in a block stamped with the wall clock, where this chain's deadlines have passed.
    """
    header = evm_chain.get_canonical_head()
    sender = to_canonical_address(transaction["from"])
    vm = evm_chain.get_vm(at_header=header)
    unsigned = evm_chain.create_unsigned_transaction(
        nonce=vm.state.get_nonce(sender),
        gas_price=header.base_fee_per_gas,
        gas=MAX_ESTIMATE_GAS,
        to=to_canonical_address(transaction["to"]),
        value=to_int(transaction.get("value", 0)),
        data=bytes(HexBytes(transaction.get("data", b""))),
    )
    computation = vm.state.apply_transaction(SpoofTransaction(unsigned, from_=sender))
    if computation.is_error:
        raise CallReverted(computation.output)
    return int(MAX_ESTIMATE_GAS - computation.get_gas_remaining())


def _rename_block_transactions(response: RPCResponse) -> None:
    """Give full transactions inside a block the names of JSON-RPC; web3 does so for the block's own fields only."""
    block: Any = response.get("result")
    if not block:
        return
    block["extraData"] = "0x"  # what its blocks hold; eth-tester shows it as 32 zeros, which do not give their hash
    block["transactions"] = [
        {_camel(name): value for name, value in transaction.items()} if isinstance(transaction, dict) else transaction
        for transaction in block["transactions"]
    ]


def _camel(name: str) -> str:
    if name == "data":
        return "input"
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _error(code: int, message: str, data: str | None = None) -> RPCResponse:
    error: dict[str, Any] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": 0, "error": error}  # type: ignore[typeddict-item]
