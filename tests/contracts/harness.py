"""The contracts' internal libraries behind `LibraryHarness.sol`, on Anvil: fast enough for thousands of cases."""

from pathlib import Path
from typing import Any

from eth_account import Account
from web3.contract import Contract

from deploy.compile import compile_sources
from oracle.chain.anvil import AnvilChain
from oracle.chain.transactions import sign_transaction

_SOURCE = Path(__file__).parent / "LibraryHarness.sol"


def compiled_harness() -> dict[str, Any]:
    """The harness contract as the compiler gives it."""
    output = compile_sources({"tests/contracts/LibraryHarness.sol": _SOURCE.read_text()})
    contract: dict[str, Any] = output["contracts"]["tests/contracts/LibraryHarness.sol"]["LibraryHarness"]
    return contract


class Harness:
    """Calls to the harness contract by function name."""

    def __init__(self, blocks: AnvilChain, compiled: dict[str, Any]) -> None:
        chain = blocks.chain
        creation = sign_transaction(
            chain=chain,
            account=Account.from_key(blocks.faucet_key),
            nonce=0,
            to=None,
            data=bytes.fromhex(compiled["evm"]["bytecode"]["object"]),
            gas_limit=1 << 24,
        )
        chain.send_raw(creation.raw, creation.hash)
        blocks.produce_block(chain.timestamp(chain.head()) + 1)
        receipt = chain.receipt(creation.hash)
        assert receipt is not None
        assert receipt["contractAddress"] is not None
        self._contract: Contract = chain._w3.eth.contract(address=receipt["contractAddress"], abi=compiled["abi"])

    def __call__(self, function: str, *arguments: Any) -> list[int]:
        """The results, one per case."""
        return list(self._contract.functions[function](*arguments).call())
