"""`catalyst bench mining` in small, and the page that it makes."""

import json
from pathlib import Path

from oracle.lab.bench.mining import FEEDBACK, OFF, TYPICAL, MiningPlan, measure_mining
from oracle.lab.bench.mining_page import render, verdict
from oracle.lab.bench.policy_rows import POLICY
from oracle.plant.withholding import BLOCK, FINDER, PARENT

PLAN = MiningPlan(rounds=400, games=2, seeds=2, blocks=1_400, hoppers=(0.0, TYPICAL), half_lives=(288.0, 72.0))


def test_every_rule_share_and_half_life_is_measured_and_on_the_page(small_bundle: Path) -> None:
    said: list[str] = []
    measured = json.loads(json.dumps(measure_mining(said.append, small_bundle, PLAN)))
    games = {(row["rule"], row["attacker"]) for row in measured["withholding"]}
    assert games == {(rule, share) for rule in (FINDER, PARENT, BLOCK) for share in PLAN.shares}
    hopping = {(row["phi"], row["hoppers"], row["half_life_T"], row["max_step"]) for row in measured["hopping"]}
    default = {(0.0, 288.0, 0.1), (TYPICAL, 288.0, 0.1)}
    others = {(share, *life) for share in (0.0, TYPICAL) for life in ((72.0, 0.1), (288.0, 0.03))}
    assert hopping == {
        *((name, *each) for name in (OFF, FEEDBACK) for each in default | others),
        *((POLICY, *each) for each in default),
    }
    assert len(said) == len(measured["withholding"]) + len(measured["chain_intervals"]) + len(hopping)
    page = render(measured)
    for row in measured["withholding"]:
        assert f"{100 * row['won']:.3g} % ± {100 * row['ci95']:.1f}" in page
    for row in measured["hopping"]:
        if row["hoppers"] == TYPICAL:
            assert f"{100 * row['gain']:+.1f} ± {100 * row['ci95']:.1f} %" in page


def test_a_half_life_is_recommended_where_it_lowers_the_gain_at_little_cost() -> None:
    def row(gain: float, p95: float) -> dict[str, float]:
        return {"gain": gain, "honest_p95": p95}

    standing = ((288.0, 0.1), row(0.10, 10.0))
    assert "288 T stays the default" in verdict([standing, ((144.0, 0.1), row(0.09, 9.0))])
    assert "288 T stays the default" in verdict([standing, ((144.0, 0.1), row(0.05, 11.5))])
    assert "144 T does best" in verdict([standing, ((144.0, 0.1), row(0.05, 10.9)), ((72.0, 0.1), row(0.06, 8.0))])
