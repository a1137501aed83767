"""The grinding game: a staker who was drawn for the last slots of a term withholds blocks to choose the next seed.

The seed of a term mixes the reveals of all blocks ahead of it. Whoever has the last blocks of a term knows the seed
that follows with each of them published or withheld, before anybody else does. An attacker who splits its stake over
many nodes has an onion for each, so that k blocks at the end leave it 2^k seeds. It takes the one that gives it most
blocks in the next term, less those that it withholds for it. What others draw is nobody's choice.

A slot that both sides draw is the attacker's (it comes first), unless it withholds its block: then it is the others'.
"""

import math
from dataclasses import dataclass

import numpy as np

# Blocks at the end of a term beyond which no further seeds are looked at: 4 096 of them come about once in a lifetime.
_MOST_BLOCKS = 12


@dataclass(frozen=True)
class Ground:
    """What came of it."""

    won: int  # the attacker's blocks
    blocks: int  # of both
    withheld: int
    terms: int

    @property
    def share(self) -> float:
        """Of the blocks, the attacker's."""
        return self.won / self.blocks


def grind(attacker: float, *, term_slots: int, p_slots: float, terms: int, seed: int, withholds: bool = True) -> Ground:
    """Play some terms.

    Args:
        attacker: Its share of the stake.
        term_slots: Slots of a term.
        p_slots: Expected slots for a block.
        terms: How many.
        seed: Of the luck.
        withholds: Whether it does; where not, its share is that of its luck.
    """
    random = np.random.default_rng([seed, round(1e6 * attacker), term_slots])
    ours = _chance(p_slots, attacker)
    others = _chance(p_slots, 1 - attacker)
    won = blocks = withheld = 0
    drawn = int(random.binomial(term_slots, ours))
    for _ in range(terms):
        is_ours = np.zeros(term_slots, bool)
        is_ours[random.choice(term_slots, drawn, replace=False)] = True
        is_others = random.random(term_slots) < others
        last = np.flatnonzero(is_others)
        tail = min(_MOST_BLOCKS, int(is_ours[last[-1] + 1 if len(last) else 0 :].sum())) if withholds else 0
        # One draw for each set of blocks to withhold: the seeds are hashes, so one says nothing of another.
        kept_back = np.array([bin(choice).count("1") for choice in range(1 << tail)])
        following = random.binomial(term_slots, ours, size=1 << tail)
        best = int(np.argmax(following - kept_back))
        won += drawn - int(kept_back[best])
        blocks += drawn - int(kept_back[best]) + int((is_others & ~is_ours).sum())
        withheld += int(kept_back[best])
        drawn = int(following[best])
    return Ground(won, blocks, withheld, terms)


def _chance(p_slots: float, share: float) -> float:
    """Of a share of the stake to draw a slot: 1 - (1 - 1/p)^share."""
    return -math.expm1(share * math.log1p(-1 / p_slots))
