"""What texts add to phi on recorded blocks, in which nobody is known to announce anything: `catalyst bench real`.

Training learns from every second block of a file; the others are measured. Each of them is read alone, and as if every
block of a whole window were like it, which is the most that its texts can add up to. The load is such that numbers
alone leave phi below the greatest step, and text room to raise it; the least room is measured too.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from deploy.parameters import BOUNDS, CADENCE, THETA0_WAD
from oracle.control.attribution import attribute
from oracle.control.policy import PolicyController
from oracle.formulas.lanes import UNITS_PER_ONE
from oracle.model.bundle import load_bundle
from oracle.training.finetune import HELD_OUT_EVERY
from oracle.window.blocks import Block
from oracle.window.window import Nodes, Window

LOAD = 0.6  # of what a block holds at theta_0
_INTERVAL_SECONDS = 12
# Aims of the project for recorded blocks.
MEAN_AIM, TAIL_AIM = 0.002, 0.03
TAIL = 0.999


@dataclass(frozen=True)
class RealRow:
    """One block."""

    block: int
    transactions: int
    texts: int  # distinct ones that are language
    weight: float  # of them in the block
    added_alone: float  # to mean phi, in a window of this block
    added_repeated: float  # in a window of which every block is like it
    loudest: str | None  # the text that adds most
    room: float  # that numbers alone leave for text below the greatest step, in the tighter of the two windows


def measure_real(say: Callable[[str], None], bundle_directory: Path, blocks: Sequence[Block]) -> dict[str, Any]:
    """The text's part of phi at every block that training left out.

    Raises:
        BundleError: the bundle cannot be loaded.
    """
    policy = PolicyController(load_bundle(bundle_directory))
    held_out = [block for at, block in enumerate(blocks) if at % HELD_OUT_EVERY]
    rows = []
    for block in held_out:
        (shares,) = policy.shares_of(_window([block]))
        alone, repeated = (
            attribute(policy, _window(each)) for each in ([block], _repeated(block, policy.window_blocks))
        )
        row = RealRow(
            block=block.number,
            transactions=len(block.transactions),
            texts=len({share.text for share in shares}),
            weight=sum(share.weight for share in shares),
            added_alone=alone.text_phi,
            added_repeated=repeated.text_phi,
            loudest=next((each.of for each in repeated.effects if each.added_phi > 0), None),
            room=BOUNDS.max_step_lane / UNITS_PER_ONE - max(alone.numbers_phi, repeated.numbers_phi),
        )
        rows.append(row)
        if row.added_repeated > 0:
            say(f"block {row.block}: adds {row.added_alone:+.4f}, {row.added_repeated:+.4f} if repeated: {row.loudest}")
    added = {name: np.array([getattr(row, name) for row in rows]) for name in ("added_alone", "added_repeated")}
    figures = {
        name: {"mean": float(each.mean()), "tail": float(np.quantile(each, TAIL)), "most": float(each.max())}
        for name, each in added.items()
    }
    for name, each in figures.items():
        say(f"{name}: mean {each['mean']:.5f}, 99.9th percentile {each['tail']:.4f} over {len(rows)} blocks")
    return {
        "model_hash": "0x" + policy.model_hash.hex(),
        "blocks": len(rows),
        "transactions": sum(row.transactions for row in rows),
        "figures": figures,
        "least_room": min(row.room for row in rows),
        "rows": [asdict(row) for row in rows],
    }


def _window(blocks: Sequence[Block]) -> Window:
    capacity = max(1, round(2 * len(blocks[-1].transactions) / LOAD))
    return Window(
        chain_id=0,
        blocks=tuple(blocks),
        nodes=Nodes((THETA0_WAD,), (0,), (True,)),
        capacity_transactions=capacity,
        interval_seconds=_INTERVAL_SECONDS,
        bounds=BOUNDS,
        cadence=CADENCE,
    )


def _repeated(block: Block, count: int) -> list[Block]:
    """Blocks like this one, an interval apart."""
    return [
        replace(
            block,
            number=block.number - ago,
            timestamp_seconds=block.timestamp_seconds - _INTERVAL_SECONDS * ago,
        )
        for ago in reversed(range(count))
    ]
