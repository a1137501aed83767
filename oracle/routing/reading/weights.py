"""What wishes weigh: cost, time and risk of a transfer."""

from collections.abc import Collection

# Of cost, time and risk, where nothing is wished: a quick way is worth less than a cheap and a safe one.
DEFAULT_WEIGHTS = (0.4, 0.2, 0.4)
_WEIGHED = ("cheap", "fast", "safe")
_UNWISHED = 0.1


def weights_of(wishes: Collection[str]) -> tuple[float, float, float]:
    """Weights of cost, time and risk: what is wished shares what is left of 1; with no wish or all, the usual ones."""
    wished = [wish in wishes for wish in _WEIGHED]
    if not any(wished) or all(wished):
        return DEFAULT_WEIGHTS
    part = (1 - _UNWISHED * wished.count(False)) / wished.count(True)
    cost, time, risk = (part if each else _UNWISHED for each in wished)
    return cost, time, risk
