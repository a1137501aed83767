"""What a staker gains who withholds blocks to choose the next seed. `catalyst bench staking`."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from oracle.plant.grinding import Ground, grind


@dataclass(frozen=True)
class StakingPlan:
    """How much is played."""

    attackers: tuple[float, ...] = (0.10, 0.25, 0.33, 0.40)  # of the stake
    term_slots: tuple[int, ...] = (32, 256, 2048)
    p_slots: float = 5.0
    slots: int = 4_000_000  # of each game, whatever its terms


def measure_staking(say: Callable[[str], None], plan: StakingPlan | None = None) -> dict[str, Any]:
    """Shares of the blocks, withholding and not, by share of the stake and length of a term."""
    plan = plan or StakingPlan()
    rows = []
    for attacker in plan.attackers:
        for term_slots in plan.term_slots:
            games = [
                grind(
                    attacker,
                    term_slots=term_slots,
                    p_slots=plan.p_slots,
                    terms=plan.slots // term_slots,
                    seed=1,
                    withholds=withholds,
                )
                for withholds in (False, True)
            ]
            row = _row(attacker, term_slots, *games)
            say(", ".join(f"{key} {value}" for key, value in row.items()))
            rows.append(row)
    return {"p_slots": plan.p_slots, "slots": plan.slots, "rows": rows}


def _row(attacker: float, term_slots: int, honest: Ground, grinding: Ground) -> dict[str, Any]:
    def error(game: Ground) -> float:
        return 1.96 * math.sqrt(game.share * (1 - game.share) / game.blocks)

    return {
        "attacker": attacker,
        "term_slots": term_slots,
        "share_honest": honest.share,
        "share_grinding": grinding.share,
        "ci95": max(error(honest), error(grinding)),
        "withheld_by_term": grinding.withheld / grinding.terms,
    }
