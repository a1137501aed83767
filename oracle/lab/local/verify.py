"""Recompute from the chain what it holds: theta, sum of exp(phi), d and p of reports; d and p of rounds that open."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from oracle.chain.contracts import Contracts
from oracle.chain.ledger import OpenRound
from oracle.errors import FormulaMismatch
from oracle.formulas.asert import Anchor
from oracle.formulas.difficulty import check_difficulty, check_sum_exp, check_theta
from oracle.formulas.lanes import UNITS_PER_ONE, WAD, unpack
from oracle.service.store import ReportRow
from oracle.window.window import Nodes


@dataclass(frozen=True)
class EpochResult:
    """What one epoch did, as read from the chain. WAD and difficulties are exact integers."""

    epoch: int
    from_block: int
    to_block: int
    applied_in_block: int
    transactions: int
    signers: tuple[int, ...]
    mean_phi: float
    theta_min: float
    theta_max: float
    sum_exp_wad: int
    base_difficulty: int
    difficulty: int
    gas_used: int
    milliseconds: dict[str, float]
    window_hash: bytes  # 32 bytes, as all hashes
    model_hash: bytes
    transaction_hash: bytes
    max_relative_error: float

    def as_json(self) -> dict[str, Any]:
        """For `--json`; integers above 2**53 as strings, hashes as 0x-hexadecimal."""
        return asdict(self) | {
            "sum_exp_wad": str(self.sum_exp_wad),
            "base_difficulty": str(self.base_difficulty),
            "difficulty": str(self.difficulty),
            "window_hash": "0x" + self.window_hash.hex(),
            "model_hash": "0x" + self.model_hash.hex(),
            "transaction_hash": "0x" + self.transaction_hash.hex(),
        }


def verify_epoch(contracts: Contracts, row: ReportRow) -> EpochResult:
    """Compare what the chain returns at the report's block with the formulas.

    Raises:
        FormulaMismatch: a value differs: lanes, theta or d at all, sum of exp(phi) or p by more than 1e-12 relative.
    """
    assert row.block_number is not None and row.transaction_hash is not None  # noqa: S101 - applied rows have both
    block = row.block_number
    nodes = contracts.nodes(block)
    if nodes.lanes != row.lanes + (0,) * (nodes.count - len(row.lanes)):  # nodes that joined since have none
        raise FormulaMismatch(f"epoch {row.epoch}: the lanes on chain are not those that were signed")
    thetas = contracts.thetas(block)
    for node, theta in enumerate(thetas):
        check_theta(node=node, got_wad=theta, theta0_wad=nodes.theta0_wad[node], lane=nodes.lanes[node])
    reading = contracts.difficulty(block)
    expected = contracts.anchor.base_difficulty_at(height=reading.height, timestamp_seconds=reading.timestamp_seconds)
    if reading.base_difficulty != expected:
        raise FormulaMismatch(f"d on chain is {reading.base_difficulty} but ASERT gives {expected}")
    errors = (
        check_sum_exp(got_wad=reading.sum_exp_wad, active_lanes=nodes.active_lanes),
        check_difficulty(
            got=reading.difficulty, base_difficulty=reading.base_difficulty, active_lanes=nodes.active_lanes
        ),
    )
    active = [theta for theta, is_active in zip(thetas, nodes.active, strict=True) if is_active]
    return EpochResult(
        epoch=row.epoch,
        from_block=row.from_block,
        to_block=row.to_block,
        applied_in_block=block,
        transactions=row.transactions,
        signers=row.signers,
        mean_phi=sum(nodes.active_lanes) / len(active) / UNITS_PER_ONE,
        theta_min=min(active) / WAD,
        theta_max=max(active) / WAD,
        sum_exp_wad=reading.sum_exp_wad,
        base_difficulty=reading.base_difficulty,
        difficulty=reading.difficulty,
        gas_used=row.gas_used or 0,
        milliseconds=row.milliseconds,
        window_hash=row.window_hash,
        model_hash=row.model_hash,
        transaction_hash=row.transaction_hash,
        max_relative_error=float(max(errors)),
    )


def verify_opening(round_: OpenRound, anchor: Anchor, nodes: Nodes, opening_words: Sequence[int]) -> None:
    """Compare d and p of a round with the formulas.

    Args:
        round_: That is open.
        anchor: Of the ledger's d; height 0 is the ledger's own block.
        nodes: As they were when it opened.
        opening_words: Phi at its opening.

    Raises:
        FormulaMismatch: d differs at all, or p by more than 1e-12 relative.
    """
    expected = anchor.base_difficulty_at(height=round_.number - 1, timestamp_seconds=round_.opened_at_seconds)
    if round_.base_difficulty != expected:
        raise FormulaMismatch(f"d of round {round_.number} is {round_.base_difficulty} but ASERT gives {expected}")
    lanes = unpack(opening_words, nodes.count)
    active = [lane for lane, is_active in zip(lanes, nodes.active, strict=True) if is_active]
    check_difficulty(got=round_.difficulty, base_difficulty=expected, active_lanes=active)
