"""The withholding game: a miner who keeps a find back, and submits it ahead of the first find of anyone else.

Finds come one after the other, each by the attacker with the chance of its share. The chain's blocks come every
`chain_interval`, a part of the target interval; a round is won in the chain's block that includes the find, at most
one a block (the clock must move). The attacker sees the others' submissions and always comes ahead of them in the
same block (gamma = 1). What it may do meanwhile depends on when the next challenge can be known:

- FINDER: from the find on (it depends on the find alone). The attacker builds on its own finds, however many it holds.
- PARENT: from the parent of the chain's block that is to include the find on (it takes the hash of that parent, and
  what that parent says of randomness). In each interval the attacker searches on the assumption that the next block of
  the chain includes its find; a second find makes it submit the first, and it holds one again.
- BLOCK: from the chain's block that includes the find on (it takes the hash of that block). Nothing can be built upon a
  find that is held.
"""

import math
from dataclasses import dataclass

import numpy as np

FINDER, PARENT, BLOCK = "finder", "parent block", "including block"
RULES = (FINDER, PARENT, BLOCK)


@dataclass(frozen=True)
class Game:
    """How often each side won, and what the attacker's hashing cost it."""

    won: int
    rounds: int
    mining_share: float  # of the time: while it holds a find that it cannot build upon, the attacker hashes for nothing

    @property
    def share(self) -> float:
        """Of the rounds, the attacker's."""
        return self.won / self.rounds


def play_withholding(rule: str, attacker: float, *, rounds: int, seed: int, chain_interval: float = 0.01) -> Game:
    """Play some rounds.

    Args:
        rule: When the next challenge can be known, of RULES.
        attacker: Its share of the hash rate.
        rounds: Rounds to be won.
        seed: Of the luck.
        chain_interval: Time between the chain's blocks, in target intervals. All finds together come once a target
            interval: that is what the difficulty sees to, whoever holds back what.
    """
    ahead = {FINDER: rounds, PARENT: 2, BLOCK: 1}[rule]  # finds in a row that can be held, with the one built last
    random = np.random.default_rng([seed, RULES.index(rule), round(1e6 * attacker)])
    held = won = played = blocks = mined = 0
    while played < rounds:
        # Blocks of the chain in whose time nobody finds anything are passed over at once.
        passed = int(random.geometric(-math.expm1(-chain_interval)))
        blocks += passed
        mined += passed if rule != BLOCK or held == 0 else 0
        finds = _finds(random, chain_interval)
        ours = int(random.binomial(finds, attacker))
        forced = ours < finds
        held = min(held + ours, ahead)
        if held and (forced or (rule == PARENT and held == ahead)):
            held, won, played = held - 1, won + 1, played + 1
        elif forced:
            played += 1
    return Game(won, played, mined / blocks)


def _finds(random: np.random.Generator, mean: float) -> int:
    """A Poisson number, given that it is not 0: by the inverse of its distribution."""
    count, term = 0, math.exp(-mean)
    left = (1 - term) * random.random()
    while left >= 0:
        count += 1
        term *= mean / count
        left -= term
        if term == 0:
            break
    return count
