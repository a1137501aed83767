"""Plans phi some epochs ahead on a small model of the chain; nothing here is learnt. Compiled, equal on all machines.

The model is the mean course of a chain under phi. Times are in target intervals T, backlogs and loads in blocks that
are full at theta = 1. From one block to the next:

    rate    = pace * exp(phi) * 2^((time - blocks) / half_life)     blocks in a T, by p = d / sum(exp(phi)) and ASERT
    backlog = max(0, backlog + load / rate - (theta0 + phi - margin))
    cost   += (backlog^2 + PRICE * phi) / rate

A phi acts `lag` blocks after the end of the epoch that decides it. The plan of least cost is looked for in two steps.
First all plans in which each epoch lowers phi by the whole step, keeps it, or raises it. From the best of these, single
epochs are then changed by parts of a step for as long as that lowers the cost. The margin stands for luck, which the
mean course does not have.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.compiled import compiled
from oracle.formulas.exponential import LN2, exponential

Floats = NDArray[np.float64]

EPOCHS = 4  # that a plan looks ahead
PRICE = 0.2  # of phi in a T, in squares of backlog
_PARTS = (0.5, 0.25)  # of a step, by which single epochs are changed
_ROUNDS = 3  # of changes by each part, at most
_LEAST_RATE = 1e-9  # blocks in a T: a chain that slow stands still, and nothing divides by zero
_STATE = 5  # time, blocks, backlog, phi, cost


class Prospect(NamedTuple):
    """What a plan starts from and looks at, one row for each run."""

    pace: Floats  # [runs, T ahead]: blocks in a T that phi = 0 and the difficulty of now would give
    backlog: Floats  # [runs]
    phi: Floats  # [runs]: in force, mean of the nodes
    load: Floats  # [runs, T ahead]: expected arrivals of each T to come
    # After the last T, pace and load stay as in it.


class Rules(NamedTuple):
    """What binds phi, the same for all runs."""

    epoch_blocks: int
    lag_blocks: int
    theta0: float  # mean of the nodes
    max_step: float  # of phi, from one epoch to the next
    low: float  # least phi
    high: float  # greatest phi
    half_life: float  # of ASERT, in T; infinite where phi moves no block
    speeds: float  # 1 where phi makes blocks come faster, 0 where it does not


@compiled
def plan_phi(prospect: Prospect, rules: Rules, margin: float) -> Floats:
    """Phi of the next epoch in the cheapest plan of each run, [runs]."""
    chosen = np.empty(len(prospect.phi))
    states, moves = np.empty((EPOCHS + 1, _STATE)), np.empty(EPOCHS)
    for run in range(len(chosen)):
        pace, load = prospect.pace[run], prospect.load[run]
        states[0, 0], states[0, 1], states[0, 4] = 0.0, 0.0, 0.0
        states[0, 2], states[0, 3] = prospect.backlog[run], prospect.phi[run]
        _of_whole_steps(states, moves, pace, load, rules, margin)
        for part in _PARTS:
            for _ in range(_ROUNDS):
                if not _changed(states, moves, part, pace, load, rules, margin):
                    break
        chosen[run] = states[1, 3]
    return chosen


@compiled
def _of_whole_steps(
    states: Floats, best_moves: Floats, pace: Floats, load: Floats, rules: Rules, margin: float
) -> None:
    """Leave the cheapest plan of whole steps in `best_moves`, and its course in `states`."""
    best, at = np.inf, 0
    best_moves[:] = 0.0  # kept where no plan has a finite cost
    moves = np.full(EPOCHS, -2.0)
    while at >= 0:
        moves[at] += 1.0
        if moves[at] > 1.0:
            moves[at] = -2.0
            at -= 1
            continue
        _play(states[at], moves[at], pace, load, rules, margin, states[at + 1])
        if at < EPOCHS - 1:
            at += 1
        elif states[EPOCHS, 4] < best:
            best = states[EPOCHS, 4]
            best_moves[:] = moves
    for epoch in range(EPOCHS):
        _play(states[epoch], best_moves[epoch], pace, load, rules, margin, states[epoch + 1])


@compiled
def _changed(
    states: Floats, moves: Floats, part: float, pace: Floats, load: Floats, rules: Rules, margin: float
) -> bool:
    """Change one epoch after the other by a part of a step where that is cheaper; whether any was."""
    changed = False
    tried = np.empty((EPOCHS + 1, _STATE))
    for epoch in range(EPOCHS):
        for sign in (-1.0, 1.0):
            move = moves[epoch] + sign * part
            if abs(move) > 1.0:
                continue
            tried[epoch] = states[epoch]
            for later in range(epoch, EPOCHS):
                other = move if later == epoch else moves[later]
                _play(tried[later], other, pace, load, rules, margin, tried[later + 1])
            if tried[EPOCHS, 4] < states[EPOCHS, 4]:
                moves[epoch] = move
                states[epoch + 1 :] = tried[epoch + 1 :]
                changed = True
    return changed


@compiled
def _play(state: Floats, move: float, pace: Floats, load: Floats, rules: Rules, margin: float, after: Floats) -> None:
    """Play one epoch from a state, in which phi moves by a part of the step; writes what follows to `after`."""
    time, blocks, backlog, phi, cost = state[0], state[1], state[2], state[3], state[4]
    moved = min(rules.high, max(rules.low, phi + rules.max_step * move))
    pull, last = LN2 / rules.half_life, len(load) - 1
    eased = exponential((time - blocks) * pull)
    hurried = exponential(rules.speeds * phi)
    now = phi
    for block in range(rules.epoch_blocks):
        if block == rules.lag_blocks:
            now = moved
            hurried = exponential(rules.speeds * moved)
        here = int(time) if time < last else last  # a time beyond all integers is beyond the last T too
        length = 1.0 / max(_LEAST_RATE, pace[here] * eased * hurried)
        backlog = max(0.0, backlog + load[here] * length - rules.theta0 - now + margin)
        time += length
        blocks += 1.0
        cost += (backlog * backlog + PRICE * now) * length
        # 2^((length - 1) / half_life) by its series: from one block to the next d changes little.
        x = (length - 1.0) * pull
        eased *= 1.0 + x * (1.0 + x * (0.5 + x * (1.0 / 6.0)))
    after[0], after[1], after[2], after[3], after[4] = time, blocks, backlog, moved, cost
