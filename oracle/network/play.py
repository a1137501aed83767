"""One driven run from its plan: chain started, played, audited, ended."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from oracle.chain.anvil import AnvilChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.errors import CatalystError
from oracle.network.audit import Audit, audit
from oracle.network.driven import DrivenBlock, DrivenNetwork
from oracle.network.measure import RoundRow, Summary, TransactionRow, round_rows, summarise, transaction_rows
from oracle.network.plan import NetworkPlan
from oracle.network.site import build_site


@dataclass(frozen=True)
class Played:
    """What came of a run."""

    plan: NetworkPlan
    rounds: list[RoundRow]
    transactions: list[TransactionRow]
    summary: Summary
    audit: Audit


def play(plan: NetworkPlan, observe: Callable[[DrivenBlock], None]) -> Played:
    """Play a run to its end and check it from the chain alone; `observe` sees every block.

    Raises:
        FormulaMismatch: the chain and the formulas disagree.
        CatalystError: the run was too short to measure, or something stopped it.
    """
    chain = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, order="fees")
    try:
        site = build_site(plan, chain)
        with tempfile.TemporaryDirectory(prefix="catalyst-network-") as directory:
            network = DrivenNetwork(plan, chain, site, Path(directory) / "oracle.sqlite")
            blocks = []
            try:
                for block in network.play():
                    observe(block)
                    blocks.append(block)
            finally:
                network.stop_oracle()
        checked = audit(site, site.chain.head())
    finally:
        chain.close()
    rounds, transactions = round_rows(blocks), transaction_rows(blocks)
    if not rounds or not transactions:
        raise CatalystError(f"no transaction was sent in {plan.intervals} intervals; let the run be longer")
    return Played(plan, rounds, transactions, summarise(plan, rounds, transactions), checked)
