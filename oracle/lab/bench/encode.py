"""How long reading a block takes, beside other ways to encode its texts: `catalyst bench encode`.

This project reads the distinct texts of a block once, in float64, and what is known not again. Beside it, all texts of
the block go through the pipeline of transformers one by one and in batches, through sentence-transformers, and through
variants that are faster and not exact. The floor is the arithmetic alone: the multiplications of the texts that are
read, at the speed at which this machine multiplies large matrices in float32. All of it in one run, by one thread.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from deploy.parameters import BOUNDS, CADENCE, THETA0_WAD
from oracle.control.policy import PolicyController
from oracle.lab.bench.decide import decide_rows
from oracle.lab.bench.encode_paths import BATCHED, OtherPaths, other_paths
from oracle.model.bundle import load_bundle
from oracle.training.lesson_blocks import VENUE, as_blocks
from oracle.window.blocks import Block, Transaction
from oracle.window.texts import text_shares
from oracle.window.window import Nodes, Window
from oracle.window.words import words_of
from oracle.workload.crowds import Crowd, Traffic
from oracle.workload.generator import generate

SIZES = (50, 200, 1_000, 10_000)
NEW, STEADY = "catalyst, every text new", "catalyst, steady"
_REPEATS = {50: 15, 200: 15, 1_000: 5}
_FEWEST = 3
_INTERVAL_SECONDS = 10
_LARGE = 2_048  # rows of the matrices that tell the speed of this machine


@dataclass(frozen=True)
class EncodeRow:
    """One way to encode the texts of blocks of one size."""

    path: str
    source: str  # of the blocks
    transactions: int
    texts: int  # that the transactions say
    read: int  # of them that this path encodes
    ms_p50: float
    ms_p95: float
    tx_per_s: float
    ratio_to_pipeline: float  # how many times faster than the batched pipeline, at the median
    ratio_to_floor: float  # how many times the arithmetic alone
    cosine: float | None  # mean, of its vectors to those of the bundle's encoder; None where they are the same


def measure_encode(
    say: Callable[[str], None],
    bundle_directory: Path,
    recorded: Sequence[Block] = (),
    sizes: Sequence[int] = SIZES,
) -> dict[str, Any]:
    """Rows of all paths on blocks of the workload, and on recorded ones where there are any.

    Raises:
        BundleError: the bundle cannot be loaded.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    policy = PolicyController(load_bundle(bundle_directory))
    others, rows = other_paths(bundle_directory), []
    speed = _multiplications_per_second()
    sources = {"workload": _workload_transactions(max(sizes))}
    if recorded:
        sources["recorded"] = [transaction for block in recorded for transaction in block.transactions]
    for source, transactions in sources.items():
        for size in sizes:
            if len(transactions) < size:
                say(f"{source} has only {len(transactions)} transactions; no blocks of {size}")
                continue
            for row in _rows(policy, others, source, transactions[:size], speed):
                say(
                    f"{row.path}, {source}, {size} transactions, {row.read} texts: {row.ms_p50:.1f} ms, p95 "
                    f"{row.ms_p95:.1f}; {row.ratio_to_pipeline:.2f} times the batched pipeline's speed"
                )
                rows.append(row)
    decides = decide_rows(policy, _window(_block(sources["workload"][: min(sizes)])))
    for each in decides:
        say(f"deciding for {each.nodes} nodes: {each.ms_p50:.1f} ms, p95 {each.ms_p95:.1f}")
    torch.set_num_threads(threads)
    return {
        "model_hash": "0x" + policy.model_hash.hex(),
        "float32_multiplications_per_second": speed,
        "rows": [asdict(row) for row in rows],
        "decides": [asdict(each) for each in decides],
    }


def _rows(
    policy: PolicyController,
    others: OtherPaths,
    source: str,
    transactions: Sequence[Transaction],
    speed: float,
) -> Iterator[EncodeRow]:
    reader, size = policy.bundle.reader, len(transactions)
    texts = [text for transaction in transactions if (text := words_of(transaction).text)]
    numbers = itertools.count(1)

    def read() -> None:
        # Another block each time: of the last ones, words are kept.
        block = replace(_block(transactions), number=next(numbers))
        policy.evidence_of(text_shares(_window(block)), _INTERVAL_SECONDS)

    read()
    distinct = sorted({share.text for share in text_shares(_window(_block(transactions)))[0]})
    repeats = _REPEATS.get(size, _FEWEST)
    timed = {
        NEW: _times(read, repeats, reader.forget),
        STEADY: _times(read, repeats),
        **{name: _times(partial(path, texts), repeats) for name, path in others.paths.items() if texts},
    }
    multiplications = others.multiplications(distinct)
    exact = reader.encoder.encode_all(distinct) if distinct else None
    pipeline = float(np.median(timed[BATCHED])) if BATCHED in timed else 0.0
    for path, seconds in timed.items():
        median = float(np.median(seconds))
        ours = path in (NEW, STEADY)
        vectors = None if ours or exact is None else np.asarray(others.paths[path](distinct), np.float64)
        yield EncodeRow(
            path=path,
            source=source,
            transactions=size,
            texts=len(texts),
            read=len(distinct) if path == NEW else 0 if path == STEADY else len(texts),
            ms_p50=1e3 * median,
            ms_p95=1e3 * float(np.quantile(seconds, 0.95)),
            tx_per_s=size / median,
            ratio_to_pipeline=pipeline / median,
            ratio_to_floor=median / max(1e-9, multiplications / speed),
            cosine=None if vectors is None or exact is None else _cosine(vectors, exact),
        )


def _times(do: Callable[[], object], repeats: int, ahead: Callable[[], None] = lambda: None) -> list[float]:
    found = []
    for _ in range(repeats):
        ahead()
        started = time.perf_counter()
        do()
        found.append(time.perf_counter() - started)
    return found


def _cosine(some: np.ndarray, others: np.ndarray) -> float:
    lengths = np.linalg.norm(some, axis=1) * np.linalg.norm(others, axis=1)
    return float(((some * others).sum(axis=1) / lengths).mean())


def _multiplications_per_second() -> float:
    """Of float32, with their additions, in large matrices: the best of five."""
    matrix = torch.randn(_LARGE, _LARGE)
    return _LARGE**3 / min(_times(lambda: matrix @ matrix, 5))


def _workload_transactions(count: int) -> list[Transaction]:
    """Of the workload, while two crowds are announced and one is there."""
    crowds = [Crowd(100, 40, 2.0, announced_ahead_blocks=100, voice=voice) for voice in (3, 11)]
    traffic = Traffic(base_load=200.0, crowds=[*crowds, Crowd(0, 100, 1.5, voice=5)], accounts=1_000, seed=5)
    calls = itertools.islice(generate(traffic, VENUE), count // 100)
    blocks = as_blocks(list(calls), random.Random(5))  # noqa: S311 - traffic
    return [transaction for block in blocks for transaction in block.transactions][:count]


def _block(transactions: Sequence[Transaction]) -> Block:
    return Block(0, b"\x01" * 32, b"\x02" * 32, 1_700_000_000, 1, 2, tuple(transactions))


def _window(block: Block) -> Window:
    return Window(
        chain_id=0,
        blocks=(block,),
        nodes=Nodes((THETA0_WAD,), (0,), (True,)),
        capacity_transactions=1_000,
        interval_seconds=_INTERVAL_SECONDS,
        bounds=BOUNDS,
        cadence=CADENCE,
    )
