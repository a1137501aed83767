"""What a run was like, in units of the target interval T: latency, throughput, intervals, stale rate, issuance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.lanes import UNITS_PER_ONE, WAD
from oracle.lab.network.block import NetworkBlock
from oracle.lab.network.plan import NetworkPlan


@dataclass(frozen=True)
class TransactionRow:
    """One transaction of the traffic; times in seconds since the start."""

    hash: str
    gas_price_wei: int
    sent_seconds: float
    offered_block: int
    round: int | None  # None: still pending at the end
    confirmed_seconds: float | None


@dataclass(frozen=True)
class RoundRow:
    """One block of the chain."""

    chain_block: int
    time_seconds: float
    round: int | None  # None: it brought no winner
    node: int | None
    transactions: int  # confirmed
    arrivals: int
    pending: int
    competing: int
    difficulty: str  # p after it; may exceed 64 bits
    mean_phi: float
    theta_min: float
    theta_max: float
    epoch: int
    hash_rate: float


@dataclass(frozen=True)
class Summary:
    """Figures of a run. A transaction still pending counts with the time that it has waited so far."""

    intervals: float  # length of the run
    rounds: int
    sent: int
    confirmed: int
    pending: int
    latency_mean: float
    latency_p95: float
    latency_p99: float
    throughput: float  # confirmed in an interval
    interval_mean: float
    interval_deviation: float  # standard deviation of block intervals
    stale_rate: float  # competing blocks over all valid ones
    issuance_ahead: float  # rounds beyond those of the schedule, one each T
    mean_theta: float  # mean offered capacity, over time
    reports: int


def round_rows(blocks: Sequence[NetworkBlock]) -> list[RoundRow]:
    """Blocks as rows."""
    rows = []
    for block in blocks:
        won = next((mined for mined in block.followed.mined if mined.won), None)
        thetas = np.array(block.theta_wad, dtype=np.float64) / WAD
        rows.append(
            RoundRow(
                chain_block=block.followed.block.number,
                time_seconds=block.time_seconds,
                round=None if won is None else won.round,
                node=None if won is None else won.node,
                transactions=len(block.followed.confirmations),
                arrivals=len(block.sent),
                pending=block.pending,
                competing=sum(not mined.won for mined in block.followed.mined),
                difficulty=str(block.difficulty),
                mean_phi=sum(block.lanes) / len(block.lanes) / UNITS_PER_ONE,
                theta_min=float(thetas.min()),
                theta_max=float(thetas.max()),
                epoch=block.epoch,
                hash_rate=block.hash_rate,
            )
        )
    return rows


def transaction_rows(blocks: Sequence[NetworkBlock]) -> list[TransactionRow]:
    """Transactions as rows, in the order in which they were sent."""
    confirmed = {
        confirmation.offer.hash: (confirmation.round, block.time_seconds)
        for block in blocks
        for confirmation in block.followed.confirmations
    }
    prices = {t.hash: t.gas_price_wei for block in blocks for t in block.followed.block.transactions}
    rows = []
    for block in blocks:
        for transaction, sent_seconds in block.sent:
            round_, confirmed_seconds = confirmed.get(transaction, (None, None))
            rows.append(
                TransactionRow(
                    hash="0x" + transaction.hex(),
                    gas_price_wei=prices[transaction],
                    sent_seconds=sent_seconds,
                    offered_block=block.followed.block.number,
                    round=round_,
                    confirmed_seconds=confirmed_seconds,
                )
            )
    return rows


def latencies(
    transactions: Sequence[TransactionRow], *, end_seconds: float, interval_seconds: int
) -> NDArray[np.float64]:
    """From sending to confirmation, or to the end of the run for what is pending; in intervals."""
    waited = [
        (end_seconds if row.confirmed_seconds is None else row.confirmed_seconds) - row.sent_seconds
        for row in transactions
    ]
    return np.array(waited, dtype=np.float64) / interval_seconds


def summarise(plan: NetworkPlan, rounds: Sequence[RoundRow], transactions: Sequence[TransactionRow]) -> Summary:
    """Figures of a run with at least one block and one transaction."""
    interval = plan.interval_seconds
    end = rounds[-1].time_seconds
    waited = latencies(transactions, end_seconds=end, interval_seconds=interval)
    won = [row for row in rounds if row.round is not None]
    gaps = np.diff([0.0, *(row.time_seconds for row in won)]) / interval
    durations = np.diff([0.0, *(row.time_seconds for row in rounds)])
    theta_before = np.array([0.5, *(0.5 + row.mean_phi for row in rounds[:-1])])
    confirmed = sum(row.round is not None for row in transactions)
    competing = sum(row.competing for row in rounds)
    return Summary(
        intervals=end / interval,
        rounds=len(won),
        sent=len(transactions),
        confirmed=confirmed,
        pending=len(transactions) - confirmed,
        latency_mean=float(waited.mean()),
        latency_p95=float(np.percentile(waited, 95)),
        latency_p99=float(np.percentile(waited, 99)),
        throughput=confirmed / (end / interval),
        interval_mean=float(gaps.mean()),
        interval_deviation=float(gaps.std()),
        stale_rate=competing / (competing + len(won)),
        issuance_ahead=len(won) - end / interval,
        mean_theta=float((theta_before * durations).sum() / end),
        reports=rounds[-1].epoch,
    )
