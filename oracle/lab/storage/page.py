"""The measured sections of docs/storage.md, from what `catalyst bench storage` has written.

Run as `python -m oracle.lab.storage.page docs/storage.json docs/storage.md`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from oracle.lab.storage.strategies import BASELINES, COUNTS, READING
from oracle.markdown import with_section, wrapped

SECTIONS = ("reading of files", "places compared")
Measured = dict[str, Any]
_WORLDS = {"by kind": "follows what a file is", "by chance": "is chance"}


def sections(measured: Measured) -> dict[str, str]:
    """Each section's text."""
    return {SECTIONS[0]: wrapped(_reading(measured)), SECTIONS[1]: wrapped(_compared(measured))}


def page_with(page: str, measured: Measured) -> str:
    """The page with both sections."""
    for name, text in sections(measured).items():
        page = with_section(page, name, text)
    return page


def _reading(measured: Measured) -> str:
    reading = measured["reading"]
    invented = measured["training"]["accuracy"]
    lines = [
        f"Bundle `{measured['model_hash']}`. On invented files, the share that is told rightly:",
        "",
        "| told | new files of kinds it was trained on | kinds it never saw |",
        "| --- | --- | --- |",
        *(
            f"| {what} | {_percent(each['known_kinds'])} | {_percent(each['held_out'])} |"
            for what, each in invented.items()
        ),
        "",
        f"On {measured['documents']} real documents of one machine, by labels that follow from their paths alone: "
        f"temperature is right in {_share(reading['temperature'])}. The commonest label would be right in "
        f"{_percent(reading['commonest'])}, and the best guess by size in {_percent(reading['by_size'])}. "
        f"The reader is sure of {_percent(reading['sure_share'])} of them, and right in "
        f"{_share(reading['temperature_sure'])} of those; of the others it asks, and takes them for warm. "
        f"All were declared as the labels say; {_percent(reading['public_raised'])} of the public ones it protects "
        "more than declared, which costs money and shows nothing.",
        "",
        "| documents | number | label | temperature told rightly |",
        "| --- | --- | --- | --- |",
        *(
            f"| {name} | {count} | {measured['labels'][name]} | {_percent(right)} |"
            for name, (right, count) in reading["by_category"].items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _compared(measured: Measured) -> str:
    lines = [
        f"{measured['documents']} documents of {measured['bytes'] / 2**20:.1f} MiB, twelve nodes in six regions, "
        f"{measured['days']} days, {measured['reads_per_month']} reads a month by Zipf's law with exponent "
        f"{measured['zipf_exponent']}. Brackets hold 95 % intervals by bootstrap over {measured['seeds']} seeds. Cost "
        "is in millionths of a token a month, latency in ms. A read of a file that nobody has counts as "
        "10 000 ms. The chance of loss is the model's for the copies that there were, a file and year; "
        f"{1 - measured['least_durability']:.0e} is what the rules allow.",
        "",
    ]
    for popularity, words in _WORLDS.items():
        rows = [row for row in measured["rows"] if row["popularity"] == popularity]
        lines += [
            f"Where what is read often {words}:",
            "",
            "| placed by | cost | p95 | p95, first week | copies of a file | copied later | files lost "
            "| chance of loss | personal copies on nodes not trusted |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            *(_row(row) for row in rows),
            "",
        ]
        change = rows[0]["change_by_reading"]
        lines += [
            f"What reading changes, seed by seed, against counts alone: cost {_spread(change['cost'], 1e6)}, p95 "
            f"{_spread(change['p95_ms'])} ms, p95 of the first week {_spread(change['early_p95_ms'])} ms, mean "
            f"{_spread(change['mean_ms'])} ms.",
            "",
            "Share of files whose temperature is told as all reads show it in the end, by reading and counts, by "
            "counts alone, and the difference:",
            "",
            "| days of counting | reading and counts | counts alone | difference in points |",
            "| --- | --- | --- | --- |",
            *(
                f"| {row['days']} | {_share(row['reading'])} | {_share(row['counts'])} "
                f"| {_spread(row['change'], 100)} |"
                for row in measured["told"][popularity]
            ),
            "",
        ]
    return "\n".join(lines[:-1]) + "\n"


def _row(row: Measured) -> str:
    names = {READING: "reading and counts", COUNTS: "counts alone"} | {
        name: f"{name} ({words})" for name, words in BASELINES.items()
    }
    return (
        f"| {names[row['strategy']]} | {_spread(row['cost'], 1e6)} | {_spread(row['p95_ms'])} "
        f"| {_spread(row['early_p95_ms'])} | {row['replicas'][0]:.2f} | {_spread(row['copies'])} "
        f"| {row['lost'][0]:.2f} | {row['loss_rate'][0]:.1e} | {_percent(row['misplaced'][0])} |"
    )


def _spread(values: list[float], times: float = 1.0) -> str:
    mean, low, high = (each * times for each in values)
    return f"{mean:.1f} [{low:.1f}, {high:.1f}]"


def _share(values: list[float]) -> str:
    return f"{_percent(values[0])} [{_percent(values[1])}, {_percent(values[2])}]"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


if __name__ == "__main__":
    found, page = (Path(each) for each in sys.argv[1:3])
    page.write_text(page_with(page.read_text(), json.loads(found.read_text())))
