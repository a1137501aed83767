"""A deployment that has a ledger of rounds, opened from its record."""

from dataclasses import dataclass
from pathlib import Path

from oracle.chain.connection import Chain, connect
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import find_deployment
from oracle.chain.ledger import Ledger
from oracle.errors import DeploymentError


@dataclass(frozen=True)
class Deployed:
    """What nodes and holders of stake deal with."""

    chain: Chain
    contracts: Contracts
    ledger: Ledger
    engine_contract: str  # the ledger's
    block_number: int  # in which the ledger was deployed


def open_deployed(rpc: str, deployments: Path) -> Deployed:
    """Connect, and read the record of that chain.

    Args:
        rpc: URL of a node.
        deployments: A folder of records, or the record itself.

    Raises:
        InputError: the node does not answer, the record does not fit its chain, or it has no ledger.
    """
    chain = connect(rpc)
    record = find_deployment(chain, deployments)
    found = record.ledger()
    if found is None:
        raise DeploymentError(
            f"{record.path} has no ledger of rounds; deploy one with `catalyst deploy --ledger-capacity`"
        )
    ledger = Ledger(chain, found.address, found.contract)
    return Deployed(chain, Contracts(chain, record.addresses()), ledger, found.contract, found.block_number)
