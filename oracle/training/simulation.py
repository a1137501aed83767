"""Labelled windows from the workload: a queue served by theta, and the phi that suits who knows what is announced.

The label is the policy's own feedback plus what a perfect reader adds to it (`oracle.plant.foresight.Reader`):
phi_n = theta0_n / mean theta0 * (constant + gain * backlog + weight * excess), within +-max_phi, where excess is what
announced crowds that do come will bring within the horizon, in full blocks. In half of the runs the queue is served by
the label itself, late and in steps as the chain would apply it; in the others phi wanders at random.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from eth_hash.auto import keccak

from oracle.formulas.lanes import UNITS_PER_ONE, WAD
from oracle.model.policy import FEEDBACK_CONSTANT, FEEDBACK_GAIN
from oracle.window.blocks import Block, Transaction
from oracle.window.window import Nodes, Window
from oracle.workload.calls import Call, Venue
from oracle.workload.crowds import Crowd, Traffic
from oracle.workload.generator import generate
from oracle.workload.schedule import draw_schedule

# Of the perfect reader, as tuned on the plant.
EXCESS_WEIGHT = 0.03
HORIZON_BLOCKS = 30
CROWD_EVERY = 80  # blocks: five times as often as in a network's run, so that there is more to learn from
EPOCH_BLOCKS = 4
LAG_BLOCKS = 2
MAX_STEP = 0.1
INTERVAL_SECONDS = 10
VENUE = Venue(token=b"\x01" * 20, exchange=b"\x02" * 20, register=b"\x03" * 20, noticeboard=b"\x04" * 20)


@dataclass(frozen=True)
class Example:
    """One window and the phi that suits it, one per node."""

    window: Window
    phi: tuple[float, ...]


def simulate_run(
    *, seed: int, blocks: int, window_blocks: int, families: Sequence[str], max_phi: float
) -> list[Example]:
    """Windows of one simulated run, one per epoch, with their labels.

    Args:
        seed: Decides load, crowds, nodes and calls.
        blocks: Length of the run.
        window_blocks: Longest window.
        families: Phrase families of the announcements.
        max_phi: Bound on labels.
    """
    random_ = random.Random(seed)  # noqa: S311 - simulation, not secrets
    capacity = random_.choice((24, 32, 48))
    crowds = draw_schedule(seed, blocks, crowd_every=CROWD_EVERY).crowds
    traffic = Traffic(
        base_load=random_.uniform(0.1, 1.1) * capacity / 2,
        crowds=crowds,
        accounts=40,
        seed=random_.randrange(1 << 30),
    )
    theta0 = tuple(random_.choice((0.3, 0.4, 0.5, 0.6, 0.7)) for _ in range(4))
    mean_theta0 = sum(theta0) / len(theta0)
    calls = generate(traffic, VENUE, families)
    chain = _as_blocks([next(calls) for _ in range(blocks + HORIZON_BLOCKS)], random_)
    arrivals = [len(block.transactions) for block in chain]

    wandering = random_.random() < 0.5
    examples = []
    queue, mean_phi, due = 0.0, 0.0, list[tuple[int, float]]()
    for t in range(blocks):
        while due and due[0][0] <= t:
            mean_phi = due.pop(0)[1]
        queue = max(0.0, queue + arrivals[t] - (mean_theta0 + mean_phi) * capacity)
        if t % EPOCH_BLOCKS != EPOCH_BLOCKS - 1:
            continue
        excess = announced_excess(crowds, t, HORIZON_BLOCKS) * traffic.base_load / capacity
        wanted = FEEDBACK_CONSTANT + FEEDBACK_GAIN * queue / capacity + EXCESS_WEIGHT * excess
        label = tuple(max(-max_phi, min(max_phi, value / mean_theta0 * wanted)) for value in theta0)
        lanes = tuple(round(value / mean_theta0 * mean_phi * UNITS_PER_ONE) for value in theta0)
        examples.append(
            Example(
                window=Window(
                    chain_id=0,
                    blocks=tuple(chain[max(0, t + 1 - window_blocks) : t + 1]),
                    nodes=Nodes(
                        theta0_wad=tuple(round(value * 1000) * WAD // 1000 for value in theta0),
                        lanes=lanes,
                        active=(True,) * len(theta0),
                    ),
                    capacity_transactions=capacity,
                    interval_seconds=INTERVAL_SECONDS,
                    # What the last block brought can be served in the next one at the earliest.
                    backlog_transactions=round(queue) + arrivals[t],
                ),
                phi=label,
            )
        )
        target = random_.uniform(-0.4, 0.5) if wandering else sum(label) / len(label)
        due.append((t + 1 + LAG_BLOCKS, mean_phi + max(-MAX_STEP, min(MAX_STEP, target - mean_phi))))
    return examples


def announced_excess(crowds: Sequence[Crowd], block: int, horizon_blocks: int) -> float:
    """What crowds that have been announced and do come will bring within a horizon, in units of the base load."""
    total = 0.0
    for crowd in crowds:
        end = crowd.start_block + crowd.length_blocks
        if crowd.called_off or not crowd.announced_ahead_blocks:
            continue
        if crowd.start_block - crowd.announced_ahead_blocks <= block < end:
            ahead = min(block + 1 + horizon_blocks, end) - max(block + 1, crowd.start_block)
            total += (crowd.factor - 1) * max(0, ahead)
    return total


def _as_blocks(calls: Sequence[Sequence[Call]], random_: random.Random) -> list[Block]:
    """Blocks as a chain would show them, with block intervals drawn as proof of work draws them."""
    blocks = []
    timestamp = 1_700_000_000
    for number, block_calls in enumerate(calls):
        timestamp += max(1, round(random_.expovariate(1 / INTERVAL_SECONDS)))
        blocks.append(
            Block(
                number=number,
                hash=keccak(b"block" + number.to_bytes(8, "big")),
                parent_hash=keccak(b"block" + (number - 1).to_bytes(8, "big", signed=True)),
                timestamp_seconds=timestamp,
                gas_used=sum(call.gas_limit for call in block_calls) * 6 // 10,
                gas_limit=100_000_000,
                transactions=tuple(_as_transaction(call, number, index) for index, call in enumerate(block_calls)),
            )
        )
    return blocks


def _as_transaction(call: Call, number: int, index: int) -> Transaction:
    return Transaction(
        hash=keccak(number.to_bytes(8, "big") + index.to_bytes(4, "big")),
        sender=keccak(call.sender.to_bytes(4, "big"))[:20],
        receiver=call.receiver,
        value_wei=call.value_wei,
        gas_price_wei=call.gas_price_wei,
        gas_limit=call.gas_limit,
        calldata=call.calldata,
    )
