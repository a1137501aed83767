"""A contract as web3 itself sees it, beside this project's own reads: tests are a client of their own."""

from web3.contract import Contract

from oracle.chain.artefacts import artefact
from oracle.chain.connection import Chain


def web3_contract(chain: Chain, name: str, address: str) -> Contract:
    return chain._w3.eth.contract(address=chain._w3.to_checksum_address(address), abi=artefact(name)["abi"])
