"""Deploys the contracts of agreements, and keeps a record of where they are."""

from dataclasses import dataclass
from pathlib import Path

from oracle.agreements.recorded import created, record_at
from oracle.agreements.sending import Sender
from oracle.chain.connection import Chain
from oracle.chain.deployment import Deployment, application_path, load_deployment
from oracle.errors import DeploymentError

CONTRACTS = ("PlanBook", "Clearing")
MONEY = "SampleMoney"  # worth nothing: for demonstrations


@dataclass(frozen=True)
class AgreementContracts:
    """Where the contracts are, checksummed."""

    book: str
    clearing: str
    money: str | None  # SampleMoney, where it was deployed
    from_block: int  # no event is older


def agreements_path(directory: Path, chain: Chain) -> Path:
    """`<directory>/<chainId>.agreements.json`, beside the record of the consensus contracts."""
    return application_path(directory, chain.chain_id, "agreements")


def deploy_agreements(sender: Sender, path: Path | None, *, with_money: bool) -> AgreementContracts:
    """Deploy what the record in `path` does not show on the chain yet, and write the record.

    An interrupted run goes on where it stopped.

    Args:
        sender: Pays.
        path: The record; None to keep none.
        with_money: Whether to deploy a SampleMoney too.

    Raises:
        DeploymentError: the record is of another chain, or names an address where its contract is not.
        TransactionFailed: a contract was not mined in time.
        WriteFailed: the record cannot be written.
    """
    record = record_at(sender.chain, path)
    for name in (*CONTRACTS, *([MONEY] if with_money else [])):
        created(sender, record, name)
    return _contracts(record)


def read_agreements(chain: Chain, path: Path) -> AgreementContracts:
    """What a record says, checked against the code on the chain.

    Raises:
        DeploymentError: the record is unreadable, of another chain or incomplete, or names an address where its
            contract is not.
    """
    return _contracts(load_deployment(chain, path))


def _contracts(record: Deployment) -> AgreementContracts:
    mined = {name: entry for name, entry in record.contracts.items() if entry.block_number is not None}
    for name in CONTRACTS:
        if name not in mined:
            raise DeploymentError(f"the record {record.path} has no {name}; deploy the contracts of agreements again")
    return AgreementContracts(
        book=mined["PlanBook"].address,
        clearing=mined["Clearing"].address,
        money=mined[MONEY].address if MONEY in mined else None,
        from_block=min(entry.block_number or 0 for entry in mined.values()),
    )
