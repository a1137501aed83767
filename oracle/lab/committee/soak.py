"""Thousands of epochs in a row: whether every report comes, and whether memory and open files of daemons stay flat."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oracle.control.feedback import FeedbackController
from oracle.errors import CatalystError
from oracle.lab.committee.processes import Operators, started
from oracle.lab.committee.site import SitePlan, new_site

OPERATORS, THRESHOLD = 4, 3
EPOCH_BLOCKS, DEPTH_BLOCKS = 4, 2
_BLOCK_TRANSACTIONS = 4
_KEPT_STATES = 256  # of Anvil, whose memory is no matter here
_STEP_SECONDS = 60.0
_SAMPLES = 20
_PATIENCE = 2  # times the blocks that the epochs need


def measure_soak(say: Callable[[str], None], epochs: int) -> dict[str, Any]:
    """Memory in MiB and open files of each operator, at even steps of a run of `epochs`.

    Raises:
        CatalystError: reports stopped coming.
    """
    plan = SitePlan(OPERATORS, THRESHOLD, FeedbackController().model_hash, _BLOCK_TRANSACTIONS)
    options = (
        *("--epoch-blocks", str(EPOCH_BLOCKS), "--depth", str(DEPTH_BLOCKS), "--poll-seconds", "0.05"),
        *("--capacity", str(_BLOCK_TRANSACTIONS)),
    )
    with new_site(plan, kept_states=_KEPT_STATES) as site, started(site, options) as operators:
        rows: list[dict[str, Any]] = []
        for _ in range(_PATIENCE * EPOCH_BLOCKS * epochs):
            operators.check()
            site.produce()
            operators.await_block(site.chain.head(), _STEP_SECONDS)
            epoch = site.contracts.epoch(site.chain.head())
            if epoch * _SAMPLES >= (len(rows) + 1) * epochs:
                rows.append(_sample(operators, epoch, site.chain.head()))
                say(str(rows[-1]))
            if epoch >= epochs:
                break
        else:
            raise CatalystError(f"only {epoch} of {epochs} reports came in {site.chain.head()} blocks")
    return {"operators": OPERATORS, "epoch_blocks": EPOCH_BLOCKS, "epochs": epochs, "rows": rows}


def _sample(operators: Operators, epoch: int, block: int) -> dict[str, Any]:
    processes = [operators.processes[operator].pid for operator in range(OPERATORS)]
    return {
        "epoch": epoch,
        "block": block,
        "memory_mib": [_memory_mib(process) for process in processes],
        "open_files": [sum(1 for _ in Path(f"/proc/{process}/fd").iterdir()) for process in processes],
    }


def _memory_mib(process: int) -> float:
    """Resident memory, as Linux counts it."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)
