"""`catalyst bench staking` in small, and its page."""

from oracle.lab.bench.staking import StakingPlan, measure_staking
from oracle.lab.bench.staking_page import render


def test_every_share_and_term_is_measured_and_on_the_page() -> None:
    said: list[str] = []
    measured = measure_staking(said.append, StakingPlan(attackers=(0.1, 0.4), term_slots=(16, 64), slots=20_000))
    assert len(said) == len(measured["rows"]) == 4
    page = render(measured)
    for row in measured["rows"]:
        assert 0 < row["share_honest"] < row["share_grinding"] + row["ci95"] < 0.6
        cells = (f"{100 * row['attacker']:.0f} %", str(row["term_slots"]), f"{100 * row['share_honest']:.2f} %")
        assert f"| {' | '.join(cells)} |" in page
    assert "20 000 slots" in page
