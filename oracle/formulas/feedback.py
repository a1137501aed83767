"""The classical feedback: phi = constant + gain * backlog, the backlog in blocks that are full at theta = 1.

This is the one place of the law: the feedback controller, the policy (which adds what texts say), the plant and the
mean course that training follows all use it. The default gain lies between the best gains on the plant for epochs of 10
and of 20 (docs/benchmark.md). With the constant, mean capacity is about 0.1 more than at phi = 0 (docs/compare.md).
"""

from typing import Protocol, Self, TypeVar

FEEDBACK_GAIN, FEEDBACK_CONSTANT = 0.4, 0.05


class _Arithmetic(Protocol):
    def __rmul__(self, factor: float, /) -> Self: ...
    def __radd__(self, summand: float, /) -> Self: ...


Backlog = TypeVar("Backlog", bound=_Arithmetic)


def feedback_phi(backlog: Backlog, *, gain: float, constant: float) -> Backlog:
    """Phi before any bound, for a backlog given as a number, an array or a tensor."""
    return constant + gain * backlog
