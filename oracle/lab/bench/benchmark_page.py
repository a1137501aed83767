"""docs/benchmark.md and its pictures, from what `catalyst bench control`, `stability` and `adversary` have written."""

import json
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import matplotlib

matplotlib.use("Agg")  # no window system is needed

from matplotlib import pyplot as plt

from oracle.errors import SettingsError
from oracle.lab.bench.control import ANCHORS
from oracle.lab.bench.policy_rows import POLICY
from oracle.markdown import wrapped
from oracle.plant.definition import UNEQUAL
from oracle.plant.families import CLAIRVOYANT

Document = dict[str, Any]
_AIM_PERFECT, _AIM_CLAIRVOYANT, _AIM_LOSS = 0.8, 0.5, 0.05


def write_page(control: Document, stability: Document, adversary: Document, folder: Path) -> None:
    """Write `benchmark.md` and one picture for each scenario into a folder.

    Raises:
        SettingsError: the three are not of one bundle.
    """
    if len({document["model_hash"] for document in (control, stability, adversary)}) != 1:
        raise SettingsError("control, stability and adversary were measured on different bundles; measure them anew")
    scenarios = control["scenarios"]
    pictures = draw_fronts(control, "benchmark", folder)
    page = template("benchmark.md.jinja").render(
        **control,
        stability=stability,
        stability_rows=_by_controller(stability["rows"]),
        adversary=adversary,
        aim_loss=_AIM_LOSS,
        pictures=pictures,
        pools=UNEQUAL,
        missed_perfect=_missed(scenarios, "gap_closed_perfect", _AIM_PERFECT),
        missed_clairvoyant=_missed(scenarios, "gap_closed_clairvoyant", _AIM_CLAIRVOYANT),
        prototype=ANCHORS,
    )
    (folder / "benchmark.md").write_text(wrapped(page + "\n"))


def _missed(scenarios: dict[str, Document], what: str, aim: float) -> list[str]:
    return [name for name, gaps in scenarios.items() if gaps[what][0] < aim]


def template(name: str) -> jinja2.Template:
    """One of the pages' templates, with `percent` for parts of a whole, and `spread` for those with an interval."""
    loader = jinja2.FileSystemLoader(str(resources.files("oracle.lab.bench")))
    environment = jinja2.Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - our own numbers
    )
    environment.globals["percent"] = lambda part: f"{100 * part:.0f} %"
    environment.globals["spread"] = spread
    return environment.get_template(name)


def spread(part: tuple[float, float, float], sign: int = 1) -> str:
    """A part with its interval, in per cent; by the sign -1 what is less."""
    middle, *ends = (100 * sign * each for each in part)
    low, high = sorted(ends)
    return f"{middle:+.1f} % [{low:+.1f}, {high:+.1f}]"


def draw_fronts(control: Document, name: str, folder: Path) -> dict[str, str]:
    """Write a picture for each scenario into a folder: its name by scenario."""
    pictures = {scenario: f"{name}-{number}.png" for number, scenario in enumerate(control["scenarios"], 1)}
    for scenario, picture in pictures.items():
        _front(scenario, [row for row in control["rows"] if row["scenario"] == scenario], folder / picture)
    return pictures


def _by_controller(rows: list[Document]) -> list[tuple[str, Document, Document, Document]]:
    """Definition, long run, calm and recovery of each controller."""
    found: dict[tuple[str, str], dict[str, Document]] = {}
    for row in rows:
        found.setdefault((row["definition"], row["controller"]), {})[row["what"]] = row
    return [(key[0], each["long run"], each["calm"], each["recovery"]) for key, each in found.items()]


def _front(name: str, rows: list[Document], path: Path) -> None:
    """P95 by mean theta of those controllers whose level was moved."""
    lines = [row for row in rows if row["front"]]
    figure, axes = plt.subplots(figsize=(10, max(4.5, 0.21 * len(lines))), layout="constrained")
    axes.set_prop_cycle(color=matplotlib.colormaps["tab20"](range(20)))
    for row in lines:
        (line,) = axes.plot(*zip(*row["front"], strict=True), marker="o", markersize=3, label=row["controller"])
        if row["controller"].startswith(POLICY):
            line.set(color="black", linewidth=2.5)
    for row in rows:
        if row["controller"] == CLAIRVOYANT.name:
            axes.plot([row["mean_theta"]], [row["p95"]], "k*", label=row["controller"])
    axes.set(xlabel="mean θ", ylabel="p95 of latency (T)", yscale="log", title=name)
    figure.legend(loc="outside right upper", fontsize="small")
    figure.savefig(path, dpi=90, metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    *measured, pages = sys.argv[1:]
    control, stability, adversary = (json.loads(Path(path).read_text()) for path in measured)
    write_page(control, stability, adversary, Path(pages))
