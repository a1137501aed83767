"""The figures of readers of agreements, as a section of `docs/plans.md`.

Run as `python -m oracle.training.agreements.page docs/plans.md`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from oracle.markdown import with_section
from oracle.model.manifest import model_hash, read_json
from oracle.plans.bundle import DEFAULT_BUNDLE
from oracle.workload.agreements.wordings import HELD_OUT, TRAINING, TUNING

SECTION = "figures of the reader"
OTHERS = Path(__file__).with_name("others.json")  # which `oracle.training.agreements.others` writes
_SETS = {
    TRAINING: "wordings of training",
    TUNING: "wordings that thresholds were tuned on",
    HELD_OUT: "wordings held out of both",
}
_OTHERS = {
    "nearest": "nearest phrase by TF-IDF",
    "smollm2": "SmolLM2, told what to do",
    "trained": "SmolLM2 with an adapter",
}
_CLAUSES = 600  # sentences of each set that the shipped reader's answers are judged by


def table(bundle: Path = DEFAULT_BUNDLE, others: Path = OTHERS) -> str:
    """The section: one row for each reader and set of wordings."""
    training: dict[str, Any] = json.loads((bundle / "training.json").read_text())
    hashed = model_hash(read_json(bundle / "manifest.json")).hex()
    beside: dict[str, Any] = json.loads(others.read_text())
    lines = [
        f"Bundle `0x{hashed}`, after {training['steps']} steps.",
        "",
        "| reader | agreements in | number | sentences asked | told rightly | values and names told rightly "
        "| fields read rightly | read whole | offered | wrong offers | questions, each |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        *(_row("the shipped one", part, training["figures"][part]) for part in _SETS),
        *(
            _row(words, part, beside[name]["figures"][part])
            for name, words in _OTHERS.items()
            if name in beside
            for part in _SETS
        ),
    ]
    return "\n".join(lines) + "\n"


def _row(reader: str, part: str, figures: dict[str, Any]) -> str:
    shares = [
        f"{100 * figures[name]:.1f} %" for name in ("kinds_right", "meanings_right", "fields_right", "exact", "offered")
    ]
    return (
        f"| {reader} | {_SETS[part]} | {figures['agreements']} | {figures.get('clauses', _CLAUSES)} "
        f"| {' | '.join(shares)} | {figures['wrong_offers']} | {figures['questions']:.2f} |"
    )


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(with_section(page.read_text(), SECTION, table()))
