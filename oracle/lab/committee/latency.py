"""How long a report takes: from the block with which its window is settled to its transaction, and to its block.

Four operators as processes, the policy's model on, full blocks by the clock. A watcher outside of the operators notes
when a report's transaction comes to the node's pool.
"""

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from oracle.lab.committee.processes import Operators, started
from oracle.lab.committee.reports import applied_reports
from oracle.lab.committee.site import Site, SitePlan, new_site
from oracle.model.bundle import DEFAULT_BUNDLE, load_bundle

OPERATORS, THRESHOLD = 4, 3
BLOCK_TRANSACTIONS = 200
EPOCH_BLOCKS, DEPTH_BLOCKS = 4, 2
BLOCK_SECONDS = 5.0
_POLL_SECONDS = 0.01
_WARM_EPOCHS = 2  # in which operators load and read what came before


def measure_latency(say: Callable[[str], None], epochs: int) -> dict[str, Any]:
    """Seconds from settled to submitted, and blocks from settled to mined, over `epochs` reports."""
    plan = SitePlan(OPERATORS, THRESHOLD, load_bundle(DEFAULT_BUNDLE).model_hash, BLOCK_TRANSACTIONS)
    options = (
        *("--epoch-blocks", str(EPOCH_BLOCKS), "--depth", str(DEPTH_BLOCKS), "--poll-seconds", "0.1"),
        *("--capacity", str(BLOCK_TRANSACTIONS)),
    )
    with new_site(plan) as site, started(site, options) as operators:
        seconds, blocks = _timed(site, operators, epochs, say)
    return {
        "cores": os.cpu_count(),
        "operators": OPERATORS,
        "block_transactions": BLOCK_TRANSACTIONS,
        "block_seconds": BLOCK_SECONDS,
        "epoch_blocks": EPOCH_BLOCKS,
        "reports": len(seconds),
        "submitted_seconds": {name: round(float(np.quantile(seconds, at)), 3) for name, at in _QUANTILES.items()},
        "mined_blocks_most": max(blocks),
    }


_QUANTILES = {"p50": 0.5, "p95": 0.95, "most": 1.0}


def _timed(site: Site, operators: Operators, epochs: int, say: Callable[[str], None]) -> tuple[list[float], list[int]]:
    """Seconds and blocks of each report after the first ones."""
    chain = site.chain
    first = chain.head() + 1
    produced: dict[int, float] = {}
    came: dict[bytes, float] = {}
    watched = chain.request("eth_newPendingTransactionFilter", [])
    while (site.contracts.epoch(chain.head())) < epochs + _WARM_EPOCHS:
        operators.check()
        site.produce()
        produced[chain.head()] = began = time.monotonic()
        while time.monotonic() < began + BLOCK_SECONDS:
            for found in chain.request("eth_getFilterChanges", [watched]):
                came.setdefault(bytes.fromhex(found[2:]), time.monotonic())
            time.sleep(_POLL_SECONDS)
    seconds, blocks = [], []
    for report in applied_reports(chain, site.contracts, first, chain.head()):
        if report.epoch <= _WARM_EPOCHS:
            continue
        settled_with = report.to_block + DEPTH_BLOCKS
        seconds.append(came[report.transaction_hash] - produced[settled_with])
        blocks.append(report.block - settled_with)
        say(f"epoch {report.epoch}: submitted after {seconds[-1]:.2f} s, mined {blocks[-1]} blocks later")
    return seconds, blocks
