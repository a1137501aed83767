"""The answers of the HTTP interface, field by field: the models behind its OpenAPI description."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from oracle.formulas.lanes import WAD, lane_to_wad
from oracle.service.snapshot import Snapshot

_UNSIGNED = r"^\d+$"
_SIGNED = r"^-?\d+$"
_MOST_SIGNATURES = 1_000
_Hash = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=0, le=2**64 - 1)]


class Problem(BaseModel):
    """Why there is no answer."""

    detail: str = Field(description="One sentence.")


class Health(BaseModel):
    """Whether the oracle works."""

    status: Literal["ok", "degraded"]
    problems: list[str]
    head: int | None = Field(description="The block last looked at.")
    report_age_seconds: int | None = Field(description="Age of the last report at that block, in chain time.")
    in_flight: bool | None = Field(description="Whether a report may still be mined; null where the journal fails.")
    refusal: str | None = Field(description="Why the contract refuses the report that is due.")


class ReportAnswer(BaseModel):
    """A report of the journal, without its lanes and its signed bytes."""

    epoch: int
    status: str
    from_block: int
    to_block: int
    deadline: int
    transactions: int
    window_hash: str
    model_hash: str
    phi_hash: str
    signers: list[int]
    transaction_hash: str | None
    block_number: int | None
    gas_used: int | None
    milliseconds: dict[str, float]
    reason: str | None


class WholeReport(ReportAnswer):
    """A report of the journal with the lane of every node."""

    lanes: list[int]


class ReportFields(BaseModel):
    """A report, as it is signed."""

    epoch: _Count
    from_block: _Count
    to_block: _Count
    deadline: _Count
    window_hash: _Hash
    model_hash: _Hash
    phi_hash: _Hash


class SignatureAnswer(BaseModel):
    """One operator's signature of a report."""

    reference_block: _Count
    reference_hash: _Hash = Field(description="Of the settled block at which the report's inputs were read.")
    signer: str = Field(pattern=r"^0x[0-9a-fA-F]{40}$")
    digest: _Hash = Field(description="What was signed.")
    signature: str = Field(pattern=r"^0x[0-9a-f]{128}$", description="r and vs, as of EIP-2098.")
    report: ReportFields


class SignaturesAnswer(BaseModel):
    """All signatures of an epoch that a daemon's operators made."""

    epoch: _Count
    signatures: Annotated[list[SignatureAnswer], Field(max_length=_MOST_SIGNATURES)]


class NodeAnswer(BaseModel):
    """Parameters of one node in force. Exact values are strings, since WAD exceeds what JavaScript's numbers hold."""

    node: int
    block: int
    theta0: float
    phi: float
    theta: float
    theta0_wad: str = Field(pattern=_UNSIGNED)
    phi_wad: str = Field(pattern=_SIGNED)
    theta_wad: str = Field(pattern=_UNSIGNED)
    retired: bool


class Difficulty(BaseModel):
    """p that miners meet and the contract it is of; d, Σexp(φ) and p of the controller; their freshness."""

    height: int
    timestamp_seconds: int
    base_difficulty: str = Field(pattern=_UNSIGNED)
    sum_exp: float
    sum_exp_wad: str = Field(pattern=_UNSIGNED)
    difficulty: str = Field(pattern=_UNSIGNED, description="p that miners meet: expected hashes for their next block.")
    contract: str = Field(description="Which contract says so: the ledger of rounds, or DifficultyController.")
    round: int | None = Field(description="The open round of the ledger; null of the controller.")
    controller_difficulty: str = Field(pattern=_UNSIGNED, description="p of the controller, for blocks of the chain.")
    stale: bool
    report_age_seconds: int


def node_answer(snapshot: Snapshot, node: int) -> NodeAnswer:
    """One node of a snapshot; IndexError if there is no such node."""
    if node < 0:
        raise IndexError(node)
    nodes = snapshot.nodes
    theta0_wad, phi_wad = nodes.theta0_wad[node], lane_to_wad(nodes.lanes[node])
    return NodeAnswer(
        node=node,
        block=snapshot.block,
        theta0=theta0_wad / WAD,
        phi=phi_wad / WAD,
        theta=(theta0_wad + phi_wad) / WAD,
        theta0_wad=str(theta0_wad),
        phi_wad=str(phi_wad),
        theta_wad=str(theta0_wad + phi_wad),
        retired=not nodes.active[node],
    )


def difficulty_answer(snapshot: Snapshot) -> Difficulty | None:
    """The difficulty of a snapshot; None if no active node is registered."""
    reading, met = snapshot.difficulty, snapshot.miners_difficulty
    if reading is None or met is None:
        return None
    return Difficulty(
        height=reading.height,
        timestamp_seconds=reading.timestamp_seconds,
        base_difficulty=str(reading.base_difficulty),
        sum_exp=reading.sum_exp_wad / WAD,
        sum_exp_wad=str(reading.sum_exp_wad),
        difficulty=str(met.difficulty),
        contract=met.contract,
        round=met.round,
        controller_difficulty=str(reading.difficulty),
        stale=snapshot.stale,
        report_age_seconds=snapshot.age_seconds,
    )
