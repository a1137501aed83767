"""Conditions of routes that operators sign: the twin of `contracts/routes/RouteConditions.sol`."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from eth_abi.abi import encode
from eth_hash.auto import keccak

from oracle.plans.signing import typed_document

MOST_VALID_SECONDS = 86_400
_WHOLE_BPS = 10_000
_LEG = "(uint64,address,address,uint64,address,address)"
_REPORT = {
    "route": "bytes32",
    "sequence": "uint64",
    "observedAtSeconds": "uint64",
    "validUntilSeconds": "uint64",
    "p95Seconds": "uint32",
    "successBps": "uint16",
    "feeBps": "uint16",
    "feeFixed": "uint128",
    "mostAmount": "uint128",
    "evidence": "bytes32",
}


@dataclass(frozen=True)
class RouteLeg:
    """One bridge of a route, by its contracts."""

    source_chain_id: int
    source_settler: str
    source_token: str
    target_chain_id: int
    target_settler: str
    target_token: str


@dataclass(frozen=True)
class RouteReport:
    """What a route costs and how it behaves. Amounts are in units of the token."""

    route: bytes  # 32 bytes
    sequence: int
    observed_at_seconds: int
    valid_until_seconds: int
    p95_seconds: int
    success_bps: int
    fee_bps: int
    fee_fixed: int
    most_amount: int
    evidence: bytes  # 32 bytes

    def arrives(self, amount: int) -> int:
        """What arrives of an amount; 0 where the fee takes all."""
        return max(0, amount - self.fee_fixed - -(-amount * self.fee_bps // _WHOLE_BPS))


def route_id(legs: Sequence[RouteLeg]) -> bytes:
    """The id of a route, 32 bytes."""
    return bytes(keccak(encode([f"{_LEG}[]"], [[astuple(leg) for leg in legs]])))


def report_arguments(report: RouteReport) -> tuple[Any, ...]:
    """A report as the contract's calls take it."""
    return astuple(report)


def report_document(report: RouteReport, *, chain_id: int, contract: str) -> dict[str, Any]:
    """What operators sign."""
    message = dict(zip(_REPORT, report_arguments(report), strict=True))
    return typed_document(
        "RouteConditions", "RouteReport", {"RouteReport": _REPORT}, message, chain_id=chain_id, contract=contract
    )


def fees_of(first: tuple[int, int], second: tuple[int, int]) -> tuple[int, int]:
    """Fees (fixed, in bps) of two bridges in a row, never below what they take together.

    The second takes its share of what the first leaves; bps are rounded up to a whole one, and each rounding adds a
    unit at most.
    """
    (fixed, bps), (next_fixed, next_bps) = first, second
    together = _WHOLE_BPS - (_WHOLE_BPS - bps) * (_WHOLE_BPS - next_bps) // _WHOLE_BPS
    return fixed + next_fixed + 1, together
