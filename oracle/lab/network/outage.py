"""Who is killed in a run, and when: nodes or the oracle, for a time or for good."""

import math
import re
from dataclasses import dataclass

from oracle.errors import SettingsError

ORACLE = "oracle"
_FORM = re.compile(r"(?:(oracle)|(\d+)(?:-(\d+))?)@(\d+)(?:-(\d+))?")


@dataclass(frozen=True)
class Outage:
    """A time in which some nodes, or the oracle, are dead."""

    nodes: range | None  # None: the oracle
    from_interval: int  # by the run's time, in target intervals
    to_interval: float  # infinite: for good

    def __str__(self) -> str:
        """As `--kill` takes it."""
        if self.nodes is None:
            who = ORACLE
        else:
            who = str(self.nodes[0]) + (f"-{self.nodes[-1]}" if len(self.nodes) > 1 else "")
        until = "" if math.isinf(self.to_interval) else f"-{self.to_interval:.0f}"
        return f"{who}@{self.from_interval}{until}"

    def holds(self, node: int | None, interval: float) -> bool:
        """Whether this outage makes a node dead at a time; None stands for the oracle."""
        is_meant = self.nodes is None if node is None else self.nodes is not None and node in self.nodes
        return is_meant and self.from_interval <= interval < self.to_interval


def read_outage(text: str) -> Outage:
    """An outage from `WHO@FROM` or `WHO@FROM-TO`; WHO is `oracle`, a node's index, or a first and a last one.

    Raises:
        SettingsError: it is none.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise SettingsError(
            f"--kill {text!r} is not WHO@FROM or WHO@FROM-TO; give the oracle or nodes, and target intervals, as "
            "oracle@60-210 or 0-3@20"
        )
    oracle, first, last, begin, end = found.groups()
    nodes = None if oracle else range(int(first), int(last or first) + 1)
    outage = Outage(nodes, int(begin), math.inf if end is None else int(end))
    if (nodes is not None and not nodes) or outage.to_interval <= outage.from_interval:
        raise SettingsError(f"--kill {text!r} is of nobody, or of no time; give the lower number first")
    return outage
