"""The reports that a chain holds as applied."""

from collections.abc import Iterator
from dataclasses import dataclass

from eth_utils.address import to_canonical_address

from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.chain.events import event


@dataclass(frozen=True)
class Applied:
    """One of them."""

    epoch: int
    block: int
    to_block: int  # the last of its window
    transaction_hash: bytes  # 32 bytes
    sender: bytes  # 20 bytes
    signers: tuple[int, ...]  # operators, by index


def applied_reports(chain: Chain, contracts: Contracts, first: int, last: int) -> Iterator[Applied]:
    """Those of the blocks from `first` to `last`, in order."""
    wanted = event("PhiOracle", "ReportApplied")
    address = to_canonical_address(contracts.addresses.oracle)
    for number in range(first, last + 1):
        sealed = chain.sealed_block(number)
        for entry in chain.logs(sealed, address):
            if entry.topics[0] != wanted.topic:
                continue
            said = wanted.arguments(entry)
            sender = next(each.sender for each in sealed.block.transactions if each.hash == entry.transaction_hash)
            signers = tuple(index for index in range(32) if said["signers"] >> index & 1)
            yield Applied(said["epoch"], number, said["toBlock"], entry.transaction_hash, sender, signers)
