"""Pictures of a run, as PNG."""

import io
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")  # no window system is needed

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from oracle.control.choice import decider
from oracle.lab.network.measure import RoundRow, TransactionRow, latencies
from oracle.lab.network.plan import NetworkPlan

Named = Mapping[str, tuple[Sequence[RoundRow], Sequence[TransactionRow]]]
_BINS = 60


def latency_plot(runs: Named, interval_seconds: int) -> Figure:
    """Median and 95th percentile of latency, by the time of sending."""
    figure, axes = plt.subplots(figsize=(9, 3.5), layout="constrained")
    for name, (rounds, transactions) in runs.items():
        end = rounds[-1].time_seconds
        waited = latencies(transactions, end_seconds=end, interval_seconds=interval_seconds)
        sent = np.array([row.sent_seconds for row in transactions])
        edges = np.linspace(0, end, _BINS + 1)
        bins = [waited[(sent >= low) & (sent < high)] for low, high in itertools.pairwise(edges)]
        middle = (edges[:-1] + edges[1:]) / 2 / interval_seconds
        (line,) = axes.plot(middle, [np.percentile(b, 95) if len(b) else np.nan for b in bins], label=f"{name}, p95")
        median = [np.median(b) if len(b) else np.nan for b in bins]
        axes.plot(middle, median, color=line.get_color(), linestyle=":", label=f"{name}, median")
    axes.set(xlabel="sent at (T)", ylabel="latency (T)", title="Latency from sending to confirmation")
    axes.legend(fontsize="small")
    return figure


def backlog_plot(runs: Named, interval_seconds: int) -> Figure:
    """Transactions pending."""
    figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
    for name, (rounds, _) in runs.items():
        axes.plot([r.time_seconds / interval_seconds for r in rounds], [r.pending for r in rounds], label=name)
    axes.set(xlabel="time (T)", ylabel="transactions", title="Backlog")
    axes.legend(fontsize="small")
    return figure


def phi_plot(runs: Named, interval_seconds: int, p_counts: str) -> Figure:
    """Mean phi, and p in what the consensus counts."""
    figure, (above, below) = plt.subplots(2, 1, figsize=(9, 5), sharex=True, layout="constrained")
    for name, (rounds, _) in runs.items():
        times = [r.time_seconds / interval_seconds for r in rounds]
        above.plot(times, [r.mean_phi for r in rounds], label=name)
        below.plot(times, [int(r.difficulty) for r in rounds], label=name)
    above.set(ylabel="mean φ", title="φ in force, and the difficulty p that it gives")
    below.set(xlabel="time (T)", ylabel=f"p ({p_counts})")
    above.legend(fontsize="small")
    return figure


def plots(runs: Named, plan: NetworkPlan) -> dict[str, bytes]:
    """All of them, as PNG by name; of runs of one plan but for who sets phi."""
    interval = plan.interval_seconds
    named = {decider(phi): run for phi, run in runs.items()}
    return {
        "latency": as_png(latency_plot(named, interval)),
        "backlog": as_png(backlog_plot(named, interval)),
        "phi": as_png(phi_plot(named, interval, plan.terms.words.p_counts)),
    }


def as_png(figure: Figure) -> bytes:
    """A figure as a picture; it is closed."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    plt.close(figure)
    return buffer.getvalue()


def write_plots(directory: Path, pictures: dict[str, bytes]) -> None:
    """Each as `NAME.png`."""
    for name, png in pictures.items():
        (directory / f"{name}.png").write_bytes(png)
