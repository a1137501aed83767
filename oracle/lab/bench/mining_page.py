"""docs/mining.md, from what `catalyst bench mining` has written."""

import json
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from oracle.lab.bench.mining import FEEDBACK, OFF, TYPICAL
from oracle.lab.bench.policy_rows import POLICY
from oracle.markdown import wrapped
from oracle.plant.kernel import USUAL_BLOCKS
from oracle.plant.withholding import BLOCK, RULES

Document = dict[str, Any]
NAMES = (OFF, FEEDBACK, POLICY)
_COST = 1.1  # of p95: what another half-life may cost
_WORTH = 0.8  # of the gain: what it must leave at most


def render(measured: Document) -> str:
    """The page."""
    hopping = measured["hopping"]
    default = hopping[0]
    names = [name for name in NAMES if any(row["phi"] == name for row in hopping)]
    lives = list(dict.fromkeys((row["half_life_T"], row["max_step"]) for row in hopping))
    by_half_life = [(life, [_with_honest(hopping, life, name) for name in (OFF, FEEDBACK)]) for life in lives]
    by_share = [
        (share, [_row(hopping, name, share, default["half_life_T"], default["max_step"]) for name in names])
        for share in dict.fromkeys(row["hoppers"] for row in hopping)
    ]
    attackers = dict.fromkeys(row["attacker"] for row in measured["withholding"])
    by_attacker = [(share, [_game(measured["withholding"], share, rule) for rule in RULES]) for share in attackers]
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 - our own numbers
    template = environment.from_string(resources.files("oracle.lab.bench").joinpath("mining.md.jinja").read_text())
    return template.render(
        **measured,
        by_attacker=by_attacker,
        by_share=by_share,
        by_half_life=by_half_life,
        names=names,
        policy=POLICY,
        classical=(OFF, FEEDBACK),
        typical=TYPICAL,
        usual_blocks=USUAL_BLOCKS,
        idle=_game(measured["withholding"], 0.33, BLOCK)["mining"],
        percent=lambda part: f"{100 * part:.3g} %",
        gain=lambda row: f"{100 * row['gain']:+.1f} ± {100 * row['ci95']:.1f} %",
        verdict=verdict([(life, cells[1]) for life, cells in by_half_life if life[1] == default["max_step"]]),
    )


def verdict(rows: list[tuple[tuple[float, float], Document]]) -> str:
    """What half-life to choose under feedback, the first row being the default's: another must be worth it."""
    (standing, _), base = rows[0]
    good = [
        (life, row)
        for (life, _), row in rows[1:]
        if row["gain"] <= _WORTH * base["gain"] and row["honest_p95"] <= _COST * base["honest_p95"]
    ]
    rule = (
        "Another half-life is worth it if it takes away a fifth of the gain and raises p95 by no more than "
        f"{_COST - 1:.0%}"
    )
    if not good:
        return f"{rule}: under feedback none of these does, so {standing:g} T stays the default."
    life, row = min(good, key=lambda each: each[1]["gain"])
    return (
        f"{rule}: under feedback, {life:g} T does best, with a gain of {row['gain']:+.1%} in place of "
        f"{base['gain']:+.1%} and a p95 of {row['honest_p95']:.1f} T in place of {base['honest_p95']:.1f} T. "
        f"The default is {standing:g} T; where hopping is a concern, deploy with `--half-life-seconds` of {life:g} "
        "intervals."
    )


def _with_honest(hopping: list[Document], life: tuple[float, float], name: str) -> Document:
    """The row of TYPICAL hoppers, with latency and deviation of the run without any."""
    honest = _row(hopping, name, 0.0, *life)
    row = _row(hopping, name, TYPICAL, *life)
    return {**row, "honest_p95": honest["p95"], "honest_deviation": honest["interval_deviation"]}


def _row(hopping: list[Document], name: str, share: float, half_life: float, step: float) -> Document:
    wanted = (name, share, half_life, step)
    return next(row for row in hopping if (row["phi"], row["hoppers"], row["half_life_T"], row["max_step"]) == wanted)


def _game(rows: list[Document], attacker: float, rule: str) -> Document:
    return next(row for row in rows if (row["attacker"], row["rule"]) == (attacker, rule))


if __name__ == "__main__":
    sys.stdout.write(wrapped(render(json.loads(Path(sys.argv[1]).read_text())) + "\n"))
