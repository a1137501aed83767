"""What the bundle in the package decides on ten windows of workload traffic: `python -m tests.vectors.phi_cases`.

Run by itself, it prints what it finds, so that it can run with other threads and other instructions of the processor.
"""

import itertools
import json
import random
import sys
from typing import Any

from deploy.parameters import BOUNDS, CADENCE, THETA0_WAD
from oracle.control.policy import PolicyController
from oracle.formulas.lanes import pack, phi_hash, word_bytes
from oracle.model.bundle import DEFAULT_BUNDLE, load_bundle
from oracle.report.limits import quantise
from oracle.training.lesson_blocks import VENUE, as_blocks
from oracle.window.window import Nodes, Window, window_hash
from oracle.workload.crowds import Crowd, Traffic
from oracle.workload.generator import generate

_WINDOWS, _BLOCKS, _NODES = 10, 12, 5


def phi_windows() -> list[Window]:
    """Twelve blocks each: of a crowd that is announced, of one that is called off, and of neither in every third."""
    found = []
    for seed in range(1, _WINDOWS + 1):
        crowd = Crowd(_BLOCKS + seed, 20, 2.5, announced_ahead_blocks=_BLOCKS, called_off=seed % 3 == 1, voice=seed)
        traffic = Traffic(base_load=9.0, crowds=[crowd] if seed % 3 else [], accounts=12, seed=seed)
        calls = list(itertools.islice(generate(traffic, VENUE), _BLOCKS))
        found.append(
            Window(
                chain_id=0,
                blocks=tuple(as_blocks(calls, random.Random(seed))),
                nodes=Nodes(
                    theta0_wad=tuple(THETA0_WAD + (node - 2) * THETA0_WAD // 10 for node in range(_NODES)),
                    lanes=(1000,) * _NODES,
                    active=(True,) * _NODES,
                ),
                capacity_transactions=20,
                interval_seconds=10,
                bounds=BOUNDS,
                cadence=CADENCE,
            )
        )
    return found


def phi() -> dict[str, Any]:
    """What is decided on them."""
    policy = PolicyController(load_bundle(DEFAULT_BUNDLE))
    cases = []
    for at, window in enumerate(phi_windows(), 1):
        lanes = quantise([float(each) for each in policy.decide(window).phi])
        words = pack(lanes)
        cases.append(
            {
                "name": f"window {at}",
                "window_hash": "0x" + window_hash(window).hex(),
                "lanes": lanes,
                "phi": "0x" + word_bytes(words).hex(),
                "phi_hash": "0x" + phi_hash(words).hex(),
            }
        )
    return {"model_hash": "0x" + policy.model_hash.hex(), "cases": cases}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(phi()))
