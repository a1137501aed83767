"""Hands the consensus contracts over to a timelock, in two transactions, either of which may be the last of a run."""

import logging

from deploy.deployer import Deployer
from oracle.chain.calls import ContractCalls
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import Deployment, oracle_kind
from oracle.errors import DeploymentError

log = logging.getLogger(__name__)

TIMELOCK = "OwnerTimelock"
OFFER = ".transferOwnership"  # how the step is called that offers ownership


def timelock_of(contracts: Contracts, record: Deployment) -> ContractCalls | None:
    """The timelock that owns the contracts; None where another account does."""
    entry = record.contracts.get(TIMELOCK)
    if entry is None or contracts.owner() != entry.address:
        return None
    return ContractCalls(contracts.chain, TIMELOCK, entry.address)


def hand_over(deployer: Deployer, contracts: Contracts, delay_seconds: int) -> None:
    """Have a timelock own the contracts: the deployer proposes, their guardian can cancel.

    Ownership is offered to the address that the account's next contract will have, and that contract, the timelock,
    accepts it as it is made. So no block has an owner without the delay, after the one that had the deployer.

    Raises:
        DeploymentError: somebody else owns the contracts.
        TransactionFailed: a step reverted.
    """
    owner = deployer.account.address
    if contracts.owner() == owner:
        nonce = deployer.next_nonce()
        # After an interruption the offer stands already, unless the account has sent something else since.
        if contracts.pending_owner() != deployer.created_address(nonce):
            offered = deployer.created_address(nonce + 1)
            deployer.call(oracle_kind(deployer.record), OFFER.removeprefix("."), offered, nonce=nonce)
    address = deployer.contract(TIMELOCK, delay_seconds, owner, contracts.guardian(), contracts.addresses.oracle)
    if contracts.owner() != address:
        raise DeploymentError(
            f"the owner of {contracts.addresses.oracle} is {contracts.owner()}, not the timelock at {address}; have "
            "that account hand it over"
        )
    log.info("owned by the timelock at %s, whose operations wait %d s", address, delay_seconds)
