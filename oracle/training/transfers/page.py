"""The figures of the shipped reader of transfers, as a section of docs/routes.md.

Run as `python -m oracle.training.transfers.page docs/routes.md`.
"""

import json
import sys
from pathlib import Path

from oracle.markdown import with_section
from oracle.model.manifest import model_hash, read_json
from oracle.routing.reading.bundle import DEFAULT_BUNDLE
from oracle.workload.transfers.wordings import HELD_OUT, TRAINING, TUNING

SECTION = "figures of the reader of transfers"
_SETS = {
    TRAINING: "wordings that it was trained on",
    TUNING: "wordings that thresholds were tuned on",
    HELD_OUT: "wordings held out of both",
}


def table(bundle: Path = DEFAULT_BUNDLE) -> str:
    """The section, of what the bundle itself says."""
    training = json.loads((bundle / "training.json").read_text())
    manifest = read_json(bundle / "manifest.json")
    lines = [
        f"Bundle `0x{model_hash(manifest).hex()}`,",
        f"on the encoder of `0x{manifest['encoder']['files']['plans']}`.",
        "",
        "| requests in | number | wishes told rightly | names, amounts and times told rightly | fields read rightly "
        "| read whole | offered | wrong offers | questions, each |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for part, words in _SETS.items():
        figures = training["figures"][part]
        shares = [
            f"{100 * figures[name]:.1f} %"
            for name in ("wishes_right", "meanings_right", "fields_right", "exact", "offered")
        ]
        lines.append(
            f"| {words} | {figures['requests']} | {' | '.join(shares)} | {figures['wrong_offers']} "
            f"| {figures['questions']:.2f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(with_section(page.read_text(), SECTION, table()))
