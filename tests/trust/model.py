"""What PhiOracle should hold and answer, in plain Python: the state that its guarantees describe, and nothing else.

Every call is answered with the name of the error it must revert with, or with None after changing the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from oracle.formulas import exp_table
from oracle.formulas.lanes import MAX_LANE, MIN_LANE, WAD, halve, lane_to_wad, pack, phi_hash, word_count
from oracle.report.limits import BPS, Limits
from oracle.report.signing import Report

MAX_NODES, MAX_OPERATORS = 20_000, 31
exp_q85 = lru_cache(maxsize=None)(exp_table.exp_q85)


def sum_q85(lanes: Sequence[int]) -> int:
    """The exact sum of table terms."""
    return sum(map(exp_q85, lanes))


@dataclass
class Model:
    """Nodes, rules, and the last report."""

    theta_min: int
    theta_max: int
    limits: Limits
    operators: tuple[int, ...]  # private keys' numbers
    threshold: int
    guardian: int
    model_hash: bytes
    number: int
    timestamp: int
    theta0: list[int] = field(default_factory=list)
    lanes: list[int] = field(default_factory=list)
    active: list[bool] = field(default_factory=list)
    paused: bool = False
    epoch: int = 0
    to_block: int = 0
    report_number: int = 0
    report_timestamp: int = 0
    halvings: int = 0  # since the last report

    def __post_init__(self) -> None:
        self.report_number, self.report_timestamp = self.number, self.timestamp

    @property
    def active_lanes(self) -> list[int]:
        """Lanes of active nodes."""
        return [lane for lane, active in zip(self.lanes, self.active, strict=True) if active]

    @property
    def sum(self) -> int:
        """Recomputed from the lanes each time."""
        return sum_q85(self.active_lanes)

    def theta(self, node: int) -> int:
        """theta_0 + phi."""
        return self.theta0[node] + lane_to_wad(self.lanes[node])

    def within(self, theta: int) -> bool:
        """Whether the bounds allow it."""
        return self.theta_min <= theta <= self.theta_max

    # Owner

    def register(self, theta0: Sequence[int]) -> str | None:
        if len(self.theta0) + len(theta0) > MAX_NODES:
            return "TooManyNodes"
        if not all(self.within(value) for value in theta0):
            return "ThetaOutOfBounds"
        self.theta0 += theta0
        self.lanes += [0] * len(theta0)
        self.active += [True] * len(theta0)
        return None

    def retire(self, node: int) -> str | None:
        if error := self._not_active(node):
            return error
        if sum(self.active) == 1:
            return "LastActiveNode"
        self.active[node] = False
        self.theta0[node] = self.lanes[node] = 0
        return None

    def set_theta0(self, node: int, value: int) -> str | None:
        if error := self._not_active(node):
            return error
        if not (self.within(value) and self.within(value + lane_to_wad(self.lanes[node]))):
            return "ThetaOutOfBounds"
        self.theta0[node] = value
        return None

    def set_theta_bounds(self, low: int, high: int) -> str | None:
        if low > high or high > WAD:
            return "InvalidThetaBounds"
        self.theta_min, self.theta_max = low, high
        return None

    def set_limits(self, limits: Limits) -> str | None:
        if limits.max_phi_lane > MAX_LANE or limits.max_sum_ratio_bps <= BPS or limits.relax_period_seconds == 0:
            return "InvalidLimits"
        self.limits = limits
        return None

    def set_operators(self, operators: tuple[int, ...], threshold: int) -> str | None:
        if len(operators) > MAX_OPERATORS:
            return "TooManyOperators"
        if threshold > len(operators):
            return "InvalidThreshold"
        if 2 * threshold <= len(operators):
            return "ThresholdTooLow"
        if len(set(operators)) < len(operators):
            return "InvalidOperator"
        self.operators, self.threshold = operators, threshold
        return None

    def _not_active(self, node: int) -> str | None:
        if node >= len(self.theta0):
            return "UnknownNode"
        return None if self.active[node] else "NodeIsRetired"

    # Reports

    def report(self, report: Report, signers: Sequence[int], words: Sequence[int], *, replayed: bool) -> str | None:
        """`signers`: the keys, in the order of their signatures; `replayed`: these sign another digest than this."""
        if error := self._report_error(report, signers, words, replayed=replayed):
            return error
        self.lanes = _lanes(words)[: len(self.lanes)]
        self.epoch, self.to_block = report.epoch, report.to_block
        self.report_number, self.report_timestamp = self.number, self.timestamp
        self.halvings = 0
        return None

    def _report_error(
        self, report: Report, signers: Sequence[int], words: Sequence[int], *, replayed: bool
    ) -> str | None:
        checks = (
            (self.paused, "Paused"),
            (report.epoch != self.epoch + 1, "EpochNotConsecutive"),
            (self.timestamp > report.deadline, "DeadlinePassed"),
            (report.model_hash != self.model_hash, "WrongModel"),
            (report.from_block > report.to_block, "WindowReversed"),
            (report.to_block <= self.to_block, "WindowNotAdvancing"),
            (report.to_block >= self.number, "WindowNotPast"),
            (self.number < self.report_number + self.limits.min_spacing_blocks, "TooSoon"),
            (len(signers) < self.threshold, "TooFewSignatures"),
        )
        for failed, error in checks:
            if failed:
                return error
        return self._signer_error(signers, replayed=replayed) or self.phi_error(words, report.phi_hash)

    def _signer_error(self, signers: Sequence[int], *, replayed: bool) -> str | None:
        following = 0
        for signer in signers:
            if replayed or signer not in self.operators:
                return "NotOperator"
            index = self.operators.index(signer)
            if index < following:
                return "SignersNotAscending"
            following = index + 1
        return None

    def phi_error(self, words: Sequence[int], committed: bytes) -> str | None:
        """What is wrong with phi; in the contract's order."""
        if phi_hash(words) != committed:
            return "WrongPhiHash"
        if len(words) != word_count(len(self.lanes)):
            return "WrongPhiLength"
        lanes = _lanes(words)
        if any(lanes[len(self.lanes) :]):
            return "UnusedLaneSet"
        if any(lane and not active for lane, active in zip(lanes, self.active, strict=False)):
            return "RetiredLaneSet"
        errors = map(self._lane_error, range(len(self.lanes)), lanes)
        return next(filter(None, errors), None) or self._sum_error(lanes)

    def _lane_error(self, node: int, lane: int) -> str | None:
        if abs(lane) > self.limits.max_phi_lane:
            return "PhiTooLarge"
        if abs(lane - self.lanes[node]) > self.limits.max_step_lane:
            return "StepTooLarge"
        theta_stays = not self.active[node] or self.within(self.theta0[node] + lane_to_wad(lane))
        return None if theta_stays else "ThetaOutOfBounds"

    def _sum_error(self, lanes: Sequence[int]) -> str | None:
        after = sum_q85([lane for lane, active in zip(lanes, self.active, strict=False) if active])
        before, bps = self.sum, self.limits.max_sum_ratio_bps
        return "SumRatioTooLarge" if after * BPS > before * bps or before * BPS > after * bps else None

    def wait(self, block_seconds: int) -> tuple[int, int]:
        """Blocks and seconds until a report may come."""
        spacing = max(0, self.report_number + self.limits.min_spacing_blocks - self.number)
        return max(spacing, self.to_block + 2 - self.number), spacing * block_seconds

    def relax(self) -> str | None:
        stale_at = self.report_timestamp + self.limits.max_age_seconds + 1
        if self.timestamp < stale_at:
            return "NotStale"
        due = (self.timestamp - stale_at) // self.limits.relax_period_seconds + 1
        if due <= self.halvings:
            return "AlreadyRelaxed"
        if not any(self.lanes):
            return "NothingToRelax"
        self.lanes = [halve(lane, due - self.halvings) for lane in self.lanes]
        self.halvings = due
        return None

    # Guardian and owner

    def pause(self) -> str | None:
        if self.paused:
            return "Paused"
        self.paused = True
        return None

    def unpause(self) -> str | None:
        if not self.paused:
            return "NotPaused"
        self.paused = False
        return None

    # Wishes

    def allowed(self, wish: Sequence[int]) -> list[int]:
        """Lanes near `wish` that each node's own bounds allow; halved toward those in force until the sum does too."""
        moved = self.within_own_bounds(wish)
        while self.phi_error(pack(moved), phi_hash(pack(moved))) == "SumRatioTooLarge":
            moved = [old + int((lane - old) / 2) for lane, old in zip(moved, self.lanes, strict=True)]
        return moved

    def within_own_bounds(self, wish: Sequence[int]) -> list[int]:
        """The lanes nearest to `wish` that each node's own bounds allow, whatever the sum."""
        bounds = [self.own_bounds(node) for node in range(len(wish))]
        return [
            max(low, min(high, lane)) if low <= high else old
            for lane, old, (low, high) in zip(wish, self.lanes, bounds, strict=True)
        ]

    def own_bounds(self, node: int) -> tuple[int, int]:
        """Least and greatest lane of a node by the bounds that are its own; none is allowed where they cross."""
        if not self.active[node]:
            return 0, 0
        old, unit = self.lanes[node], lane_to_wad(1)
        low = max(-self.limits.max_phi_lane, old - self.limits.max_step_lane)
        high = min(self.limits.max_phi_lane, old + self.limits.max_step_lane)
        below, above = self.theta0[node] - self.theta_min, self.theta_max - self.theta0[node]
        return max(low, -(below // unit)), min(high, above // unit)

    def copy(self) -> "Model":
        """A model that changes apart from this one."""
        return replace(self, theta0=[*self.theta0], lanes=[*self.lanes], active=[*self.active])


def _lanes(words: Sequence[int]) -> list[int]:
    lanes = []
    for word in words:
        for lane in range(16):
            biased = ((word >> 16 * lane) + (1 << 15)) & 0xFFFF
            lanes.append(biased + MIN_LANE)
    return lanes
