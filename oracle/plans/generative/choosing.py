"""How likely a model writes each of a few strings, if it may write nothing else.

    p(string) = Σ over its spellings in tokens of Π p(token | what is written, allowed)

Spellings are followed from the likeliest on. What is left of the probability, when it is little or enough was looked
at, is shared evenly among the strings that it could still become.
"""

import heapq
import math
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from oracle.errors import BundleError
from oracle.plans.generative.grammar import Grammar

_LEAST_SHARE = 0.02  # of a beginning that is followed further
_MOST_LOOKS = 24  # into the model, for one choice


class Scored(Protocol):
    """What has been written so far, with a model that scores what comes next."""

    def after(self, tokens: list[int]) -> Tensor:
        """Scores of each token to come, [vocabulary], after some more tokens."""


def shares_of(context: Scored, grammar: Grammar, strings: Sequence[str], begun: Sequence[int]) -> dict[str, float]:
    """The probability of each string; they add up to 1.

    Args:
        context: All that is written before, and the tokens of `begun`.
        grammar: Of the model's tokens.
        strings: To choose from; none begins another.
        begun: Tokens that all strings begin with, which the context has read.

    Raises:
        BundleError: the model's scores are no numbers.
    """
    shares = dict.fromkeys(strings, 0.0)
    waiting: list[tuple[float, tuple[int, ...]]] = [(-1.0, ())]
    looks = 0
    while waiting:
        share, written = heapq.heappop(waiting)
        text = grammar.text([*begun, *written])
        possible = [each for each in strings if each.startswith(text)]
        if len(possible) == 1 or -share < _LEAST_SHARE or looks == _MOST_LOOKS:
            for each in possible:
                shares[each] -= share / len(possible)
            continue
        looks += 1
        allowed = grammar.allowed(strings, [*begun, *written])
        scores = context.after(list(written))[torch.from_numpy(allowed)].double()
        parts = torch.softmax(scores, dim=0).tolist()
        if not all(math.isfinite(part) for part in parts):
            raise BundleError("the language model's scores are no numbers: its weights are damaged; give another")
        for token, part in zip(allowed.tolist(), parts, strict=True):
            heapq.heappush(waiting, (share * part, (*written, token)))
    return shares
