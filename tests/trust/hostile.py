"""The account of `tests/contracts/solidity/Hostile.sol` on pyrevm."""

from functools import cache
from typing import Any

from eth_hash.auto import keccak

from deploy.compile import ROOT, SETTINGS, compile_sources
from tests.trust.evm import Chain, Deployed

_SOURCE = "tests/contracts/solidity/Hostile.sol"
REENTRANCY = bytes(keccak(b"Reentrancy()"))[:4]


@cache
def compiled() -> dict[str, Any]:
    """Its ABI and bytecode, as an artefact has them."""
    sources = {_SOURCE: (ROOT / _SOURCE).read_text()}
    output = compile_sources(sources, SETTINGS | {"viaIR": False})["contracts"][_SOURCE]["Hostile"]
    return {"abi": output["abi"], "bytecode": output["evm"]["bytecode"]["object"]}


class Hostile(Deployed):
    """Strikes once, when coins come or its tokens move, with the call that it was armed with."""

    def __init__(self, chain: Chain, owner: str) -> None:
        address = chain.evm.deploy(owner, bytes.fromhex(compiled()["bytecode"]))
        super().__init__(chain, "Hostile", address, owner, compiled()["abi"])

    def arm(self, target: Deployed, function: str, *arguments: Any) -> None:
        """Set the strike."""
        self.send("arm", target.address, target.data(function, *arguments))

    def act(self, target: Deployed, function: str, *arguments: Any, value: int = 0) -> None:
        """Have it call."""
        self.send("act", target.address, target.data(function, *arguments), value=value)

    def struck(self) -> tuple[int, bool, bytes]:
        """How often it struck, whether the call went through, and the first bytes of what came back."""
        return self.read("strikes"), self.read("struckWell"), bytes(self.read("answer"))[:4]
