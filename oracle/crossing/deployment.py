"""Deploys the contracts of routes on one chain, and keeps a record of where they are."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from pathlib import Path

from oracle.agreements.recorded import created, record_at
from oracle.agreements.sending import Sender
from oracle.bridges.locks import NO_ACCOUNT
from oracle.bridges.pool_terms import PoolTerms
from oracle.chain.connection import Chain
from oracle.chain.deployment import application_path
from oracle.crossing.places import Addresses


def routes_path(directory: Path, chain: Chain) -> Path:
    """`<directory>/<chainId>.routes.json`, beside the record of the consensus contracts."""
    return application_path(directory, chain.chain_id, "routes")


def deploy_routes(
    sender: Sender,
    path: Path | None = None,
    *,
    token: str | None,
    operators: Sequence[str],
    threshold: int,
    terms: PoolTerms,
    oracle: str | None = None,
) -> Addresses:
    """Deploy what the record in `path` does not show on the chain yet, and write the record.

    An interrupted run goes on where it stopped.

    Args:
        sender: Pays.
        path: The record; None to keep none.
        token: The ERC-20 that is moved; None for a SampleMoney, which is worth nothing.
        operators: Of the committee, in order; none where `oracle` has it.
        threshold: How many of them must sign; 0 where `oracle` says it.
        terms: Of the pool; its token and committee are filled in.
        oracle: A PhiOracle whose operators are the committee, as they are at each call.

    Raises:
        DeploymentError: the record is of another chain, or names an address where its contract is not.
        TransactionFailed: a contract was not mined.
        WriteFailed: the record cannot be written.
    """
    record = record_at(sender.chain, path)

    def deployed(name: str, *arguments: object) -> str:
        return created(sender, record, name, *arguments).address

    money = token or deployed("SampleMoney")
    locks, offers = deployed("HashLock"), deployed("RouteOffers")
    conditions = deployed("RouteConditions", oracle or NO_ACCOUNT, list(operators), threshold)
    pool = deployed("RelayPool", astuple(replace(terms, token=money, committee=conditions)))
    return Addresses(token=money, locks=locks, pool=pool, conditions=conditions, offers=offers)
