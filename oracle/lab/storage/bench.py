"""`catalyst bench storage`: real documents on a simulated network, by several ways to place them.

What reading tells is measured on the documents' labels (`documents`), and what it is worth in worlds where popularity
follows what a file is, and where it does not.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from oracle.lab.storage.documents import CATEGORIES, Document, find_documents
from oracle.lab.storage.strategies import BASELINES, COUNTS, READING, RULES, run
from oracle.lab.storage.told import told
from oracle.lab.storage.world import Popularity, Traffic, draw_world
from oracle.model.manifest import read_json
from oracle.storage.bundle import DEFAULT_BUNDLE, load_file_reader
from oracle.storage.file_class import TEMPERATURES, ClassedFile, FileClass, Temperature, Wishes
from oracle.storage.reading import Content, read_files

SEEDS = 20
_DRAWS = 2000  # of the bootstrap
_EARLY_DAYS = 7
Say = Callable[[str], None]


def measure_storage(
    say: Say,
    *,
    bundle: Path | None = None,
    seeds: int = SEEDS,
    count: int | None = None,
    traffic: Traffic = Traffic(),  # noqa: B008 - frozen
) -> dict[str, Any]:
    """All figures of docs/storage.md.

    Raises:
        InputError: this machine lacks the documents.
    """
    documents = find_documents(count) if count else find_documents()
    loaded = load_file_reader(bundle or DEFAULT_BUNDLE)
    contents = [
        Content(f"{index:03}{each.path}", each.head, each.size_bytes, Wishes(privacy=each.privacy))
        for index, each in enumerate(documents)
    ]
    files = [ClassedFile(*each) for each in read_files(contents, loaded.reader, loaded.thresholds)]
    say(f"read {len(files)} documents")
    labels: dict[str, Temperature] = {
        file.facts.name: each.temperature for file, each in zip(files, documents, strict=True)
    }
    rows = []
    counted = {}
    for popularity in ("by kind", "by chance"):
        found = _compare(files, labels, popularity, seeds, traffic)
        rows += found
        counted[popularity] = _told(files, labels, popularity, seeds, traffic)
        for row in found:
            say(f"{popularity}, {row['strategy']}: cost {row['cost'][0]:.3g}, p95 {row['p95_ms'][0]:.0f} ms")
    return {
        "model_hash": "0x" + loaded.model_hash.hex(),
        "documents": len(documents),
        "bytes": sum(each.size_bytes for each in documents),
        "categories": dict(Counter(each.category for each in documents)),
        "seeds": seeds,
        "days": traffic.days,
        "reads_per_month": traffic.reads_per_month,
        "zipf_exponent": traffic.zipf_exponent,
        "least_durability": RULES.placement.least_durability,
        "labels": {each.name: each.temperature for each in CATEGORIES},
        "training": read_json((bundle or DEFAULT_BUNDLE) / "training.json"),
        "reading": accuracy(documents, [file.file_class for file in files]),
        "told": counted,
        "rows": rows,
    }


def accuracy(documents: Sequence[Document], classes: Sequence[FileClass]) -> dict[str, Any]:
    """How often the class is the label, beside what always says the commonest label, and what size alone tells."""
    right = [d.temperature == c.temperature for d, c in zip(documents, classes, strict=True)]
    commonest = Counter(each.temperature for each in documents).most_common(1)[0][1]
    asked = [any("often" in question for question in each.questions) for each in classes]
    by_category = {
        category: [float(np.mean(of)), len(of)]
        for category in dict.fromkeys(each.category for each in documents)
        for of in [[ok for ok, each in zip(right, documents, strict=True) if each.category == category]]
    }
    sure = [ok for ok, is_asked in zip(right, asked, strict=True) if not is_asked]
    raised = [c.privacy != d.privacy for d, c in zip(documents, classes, strict=True) if d.privacy == "public"]
    return {
        "temperature": _interval([float(each) for each in right]),
        "temperature_sure": _interval([float(each) for each in sure]),
        "sure_share": float(np.mean([not each for each in asked])),
        "commonest": commonest / len(documents),
        "by_size": _by_size(documents),
        "by_category": by_category,
        "public_raised": float(np.mean(raised)) if raised else 0.0,
        "raised_to": dict(Counter(c.privacy for d, c in zip(documents, classes, strict=True) if d.privacy == "public")),
    }


def _by_size(documents: Sequence[Document]) -> float:
    """Accuracy of the best that size alone can tell: the commonest label of eight classes of size, one left out."""
    logs = np.log([each.size_bytes for each in documents])
    bins = np.digitize(logs, np.quantile(logs, np.linspace(0, 1, 9)[1:-1]))
    right = 0
    for at, each in enumerate(documents):
        others = Counter(
            other.temperature for index, other in enumerate(documents) if index != at and bins[index] == bins[at]
        )
        right += max(TEMPERATURES, key=lambda label: others[label]) == each.temperature
    return right / len(documents)


def _told(
    files: Sequence[ClassedFile],
    labels: Mapping[str, Temperature],
    popularity: Popularity,
    seeds: int,
    traffic: Traffic,
) -> list[dict[str, Any]]:
    return [
        {
            "days": days,
            "reading": _interval(reading),
            "counts": _interval(alone),
            "change": _interval([a - b for a, b in zip(reading, alone, strict=True)]),
        }
        for days, (reading, alone) in told(files, labels, popularity, seeds, traffic).items()
    ]


def _compare(
    files: Sequence[ClassedFile],
    labels: Mapping[str, Temperature],
    popularity: Popularity,
    seeds: int,
    traffic: Traffic,
) -> list[dict[str, Any]]:
    """A row for each strategy: means over seeds, with 95 % intervals; and what reading changes, seed by seed."""
    sizes = {file.facts.name: file.facts.size_bytes for file in files}
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in (READING, COUNTS, *BASELINES)}
    for seed in range(seeds):
        world = draw_world(sizes, labels, popularity, seed, traffic)
        early = sum(read.at_seconds < _EARLY_DAYS * 24 * 3600 for read in world.reads)
        for name, found in figures.items():
            outcome, misplaced = run(name, files, world, seed)
            found.append(
                {
                    "cost": outcome.cost_per_month,
                    "p95_ms": float(np.quantile(outcome.latency_ms, 0.95)),
                    "mean_ms": float(np.mean(outcome.latency_ms)),
                    "early_p95_ms": float(np.quantile(outcome.latency_ms[:early], 0.95)),
                    "replicas": outcome.replicas,
                    "copies": float(outcome.copies),
                    "lost": float(outcome.lost),
                    "loss_rate": outcome.loss_rate,
                    "misplaced": misplaced,
                }
            )
    rows: list[dict[str, Any]] = []
    for name, found in figures.items():
        means = {key: _interval([each[key] for each in found]) for key in found[0]}
        rows.append({"popularity": popularity, "strategy": name, **means})
    rows[0]["change_by_reading"] = {
        key: _interval([a[key] - b[key] for a, b in zip(figures[READING], figures[COUNTS], strict=True)])
        for key in ("cost", "p95_ms", "mean_ms", "early_p95_ms")
    }
    return rows


def _interval(values: Sequence[float]) -> list[float]:
    """Mean, and a 95 % interval by bootstrap."""
    if not values:
        return [0.0, 0.0, 0.0]
    draw = np.random.default_rng(1)
    means = draw.choice(np.array(values), (_DRAWS, len(values))).mean(axis=1)
    return [float(np.mean(values)), *map(float, np.quantile(means, [0.025, 0.975]))]
