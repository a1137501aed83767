"""A picture of why a report says what it says, as PNG."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no window system is needed

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from oracle.audit.explain import Why
from oracle.control.attribution import Effect
from oracle.output import writing

_BARS = 8  # of a panel
_LABEL_WIDTH = 44
_UP, _DOWN = "#2a6f97", "#c8553d"


def draw(why: Why, path: Path) -> None:
    """Three panels of bars: what each text, sender and block adds to mean φ.

    Raises:
        WriteFailed: it cannot be written.
    """
    figure, panels = plt.subplots(
        len(why.effects), 1, figsize=(9, 2 + 2.2 * len(why.effects)), sharex=True, layout="constrained"
    )
    for axes, (by, effects) in zip(panels, why.effects.items(), strict=True):
        _bars(axes, effects[:_BARS])
        axes.set_title(f"by {by}" + (f", the {_BARS} largest of {len(effects)}" if len(effects) > _BARS else ""))
    panels[-1].set_xlabel("added to mean φ")
    figure.suptitle(
        f"Epoch {why.epoch}, blocks {why.from_block} to {why.to_block}: φ {why.numbers_phi:+.4f} by numbers, "
        f"{why.text_phi:+.4f} by words, {why.reported_phi:+.4f} reported"
    )
    with writing(path):
        figure.savefig(path, dpi=120)
    plt.close(figure)


def _bars(axes: Axes, effects: Sequence[Effect]) -> None:
    if not effects:
        axes.text(0.5, 0.5, "no word says anything", ha="center", va="center", transform=axes.transAxes)
        axes.set_yticks([])
        return
    places = range(len(effects))
    axes.barh(places, [each.added_phi for each in effects], color=[_UP if e.added_phi >= 0 else _DOWN for e in effects])
    axes.set_yticks(places, [_short(each.of) for each in effects], fontsize="small")
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)


def _short(label: str) -> str:
    # Beyond the font's letters, matplotlib would warn of each; words are shown whole in the table and the JSON.
    readable = label.encode("latin-1", "replace").decode("latin-1").replace("$", r"\$")
    return readable if len(readable) <= _LABEL_WIDTH else readable[: _LABEL_WIDTH - 1] + "…"
