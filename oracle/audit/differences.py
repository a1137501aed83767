"""In what an applied report first differs, by name, from what its window and state give. Pure functions."""

from dataclasses import dataclass

from oracle.audit.recompute import Recomputed
from oracle.errors import FormulaMismatch
from oracle.formulas.difficulty import check_sum_exp
from oracle.formulas.lanes import UNITS_PER_ONE, unpack
from oracle.report.limits import bounded_lanes
from oracle.report.signing import digest, signer_of


@dataclass(frozen=True)
class Difference:
    """What differs. `name` is that of the report's field or of the check."""

    name: str
    says: str


def first_difference(found: Recomputed, chain_id: int, oracle_address: str, life_seconds: int) -> Difference | None:
    """What differs first, from the report's fields to what the contract made of them; None where all is equal.

    `life_seconds` is from the timestamp of a report's reference block to its deadline.
    """
    applied, proposal = found.applied, found.proposal
    report, nodes = applied.published.report, applied.before.nodes
    expected = proposal.report
    for name, got, wanted in (
        ("epoch", report.epoch, expected.epoch),
        ("fromBlock", report.from_block, expected.from_block),
        ("windowHash", report.window_hash, expected.window_hash),
        ("modelHash", report.model_hash, expected.model_hash),
        ("modelHash", report.model_hash, applied.before.state.model_hash),
    ):
        if got != wanted:
            return Difference(name, f"the report has {_said(got)}, recomputed it is {_said(wanted)}")
    lanes = unpack(applied.published.phi_words, nodes.count)
    difference = _of_lanes(lanes, found) or _of_bounds(lanes, found)
    if difference is not None:
        return difference
    life = report.deadline - expected.deadline
    if life != life_seconds:
        return Difference("deadline", f"the report lives {life} s from its reference block on, not {life_seconds} s")
    return _of_signatures(found, chain_id, oracle_address) or _of_sum(lanes, found)


def _of_lanes(lanes: list[int], found: Recomputed) -> Difference | None:
    expected = found.proposal.lanes + (0,) * (len(lanes) - len(found.proposal.lanes))
    for node, (got, wanted) in enumerate(zip(lanes, expected, strict=True)):
        if got != wanted:
            phi, recomputed = got / UNITS_PER_ONE, wanted / UNITS_PER_ONE
            return Difference("lanes", f"φ of node {node} is {phi:+.6f} in the report, recomputed {recomputed:+.6f}")
    return None


def _of_bounds(lanes: list[int], found: Recomputed) -> Difference | None:
    before = found.applied.before
    low, high = before.theta_bounds_wad
    kept = bounded_lanes(lanes, nodes=before.nodes, limits=before.state.limits, theta_min_wad=low, theta_max_wad=high)
    for node, (got, wanted) in enumerate(zip(lanes, kept, strict=True)):
        if got != wanted:
            return Difference(
                "bounds", f"φ of node {node}, {got / UNITS_PER_ONE:+.6f}, is outside the contract's limits"
            )
    return None


def _of_signatures(found: Recomputed, chain_id: int, oracle_address: str) -> Difference | None:
    published, state = found.applied.published, found.applied.before.state
    signed = digest(published.report, chain_id=chain_id, oracle_address=oracle_address)
    addresses = [signer_of(signed, signature) for signature in published.signatures]
    operators = list(state.operators)
    for at, address in enumerate(addresses):
        if address not in operators:
            return Difference("signatures", f"signature {at} is by {address or 'no key'}, who was no operator")
    signers = sorted({operators.index(str(address)) for address in addresses})
    if len(signers) < state.threshold or len(signers) != len(addresses):
        return Difference("signatures", f"{len(signers)} operators signed, and {state.threshold} had to")
    said = [index for index in range(32) if found.applied.event["signers"] >> index & 1]
    if signers != said:
        return Difference("signers", f"the event names operators {said}, the signatures are of {signers}")
    return None


def _of_sum(lanes: list[int], found: Recomputed) -> Difference | None:
    active = [lane for lane, is_active in zip(lanes, found.applied.before.nodes.active, strict=True) if is_active]
    try:
        check_sum_exp(got_wad=found.applied.event["sumExpWad"], active_lanes=active)
    except FormulaMismatch as error:
        return Difference("Σexp(φ)", str(error))
    return None


def _said(value: int | bytes) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
