"""A network of nodes whose difficulty and theta a report can be of."""

from deploy.consensus import deploy_consensus
from deploy.deployer import Deployer
from deploy.parameters import HALF_LIFE_SECONDS, HASHES_PER_BLOCK, LIMITS, THETA_MAX_WAD, THETA_MIN_WAD
from deploy.plan import ConsensusPlan
from oracle.chain.contracts import Addresses
from oracle.chain.deployment import new_deployment
from oracle.formulas.lanes import WAD
from oracle.lab.agreements.faucet import BLOCK_SECONDS
from oracle.lab.agreements.stage import Stage

_NODES = 5
_MODEL_HASH = bytes(31) + b"\x01"


def deploy_network(stage: Stage) -> Addresses:
    """Deploy the consensus contracts with a few nodes, all with theta 1/2.

    Raises:
        TransactionFailed: a contract was not mined.
    """
    account = stage.faucet
    deployer = Deployer(
        stage.chain,
        account,
        new_deployment(stage.chain, None),
        mine=lambda: stage.owned.next_block(BLOCK_SECONDS),
    )
    contracts = deploy_consensus(
        deployer,
        ConsensusPlan(
            miners=[account.address] * _NODES,
            theta0_wad=WAD // 2,
            theta_min_wad=THETA_MIN_WAD,
            theta_max_wad=THETA_MAX_WAD,
            operators=[account.address],
            threshold=1,
            guardian=account.address,
            model_hash=_MODEL_HASH,
            limits=LIMITS,
            hashes_per_block=HASHES_PER_BLOCK,
            interval_seconds=BLOCK_SECONDS,
            half_life_seconds=HALF_LIFE_SECONDS,
        ),
    )
    return contracts.addresses
