"""The answers of the HTTP interface, field by field: servers make them, clients read them.

Exact values are strings of digits, since WAD exceeds what JavaScript's numbers hold.
"""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

_MOST_SIGNATURES = 1_000
Hash = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
Address = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")]
Unsigned = Annotated[str, Field(pattern=r"^\d+$")]
Signed = Annotated[str, Field(pattern=r"^-?\d+$")]
Count = Annotated[int, Field(ge=0, le=2**64 - 1)]
Item = TypeVar("Item")


class Problem(BaseModel):
    """Why there is no answer, as of RFC 9457."""

    type: str = Field(description="`about:blank`: the status says what kind of problem it is.")
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="One sentence.")


class Page(BaseModel, Generic[Item]):
    """Some of many; the header `Link` leads to the next ones too."""

    items: list[Item]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")


class Health(BaseModel):
    """Whether the oracle works."""

    status: Literal["ok", "degraded"]
    problems: list[str]
    head: int | None = Field(description="The block last looked at.")
    report_age_seconds: int | None = Field(description="Age of the last report at that block, in chain time.")
    in_flight: bool | None = Field(description="Whether a report may still be mined; null where the journal fails.")
    refusal: str | None = Field(description="Why the contract refuses the report that is due.")


class BlockAnswer(BaseModel):
    """The block that values are of."""

    number: Count
    hash: Hash
    timestamp_seconds: Count


class Spread(BaseModel):
    """A value over all active nodes."""

    least: float
    mean: float
    most: float


class Difficulty(BaseModel):
    """p that miners meet and the contract it is of; d, Σexp(φ) and p of the controller."""

    height: Count
    timestamp_seconds: Count
    base_difficulty: Unsigned
    sum_exp: float
    sum_exp_wad: Unsigned
    difficulty: Unsigned = Field(description="p that miners meet, in what the engine counts.")
    contract: str = Field(description="Which contract says so: the ledger of rounds, or DifficultyController.")
    round: Count | None = Field(description="The open round of the ledger; null of the controller.")
    controller_difficulty: Unsigned = Field(description="p of the controller, for blocks of the chain.")


class ReportState(BaseModel):
    """The report in force, whoever sent it."""

    epoch: Count = Field(description="0 before the first report.")
    to_block: Count = Field(description="The last block of its window.")
    block: Count = Field(description="The block that applied it.")
    age_seconds: Count
    max_age_seconds: Count
    stale: bool


class ContractAnswer(BaseModel):
    """Where a contract is."""

    address: Address
    block: Count | None = Field(description="The block that created it; null while that is not known.")


class Network(BaseModel):
    """The network after one block."""

    chain_id: Count
    engine: str = Field(description="What makes its blocks: pow, pos or dpos; `chain` where it has no ledger.")
    contracts: dict[str, ContractAnswer]
    block: BlockAnswer
    node_count: Count
    active_count: Count
    theta: Spread | None = Field(description="Null while no node is active.")
    phi: Spread | None = Field(description="Null while no node is active.")
    difficulty: Difficulty | None = Field(description="Null while no node is active, for then p has no divisor.")
    report: ReportState
    paused: bool = Field(description="Whether the guardian has paused reports.")
    signing_paused: bool = Field(description="Whether this operator has paused its own signing.")


class Won(BaseModel):
    """What a node did in the last rounds of the ledger."""

    rounds: Count = Field(description="The last rounds that are counted, of all nodes.")
    blocks: Count = Field(description="Those that the node won.")
    transactions: Count = Field(description="That its blocks confirmed.")
    fill: float | None = Field(description="Mean share of the capacity at θ = 1 that they fill; null of none.")


class NodeStake(BaseModel):
    """What is staked for a node under proof of stake."""

    block: Count = Field(description="When it was read: of some nodes with each block, in turn.")
    term: Count
    stake: Unsigned = Field(description="That counts in this term, in base units.")
    share: float = Field(description="Of all stake.")
    chance: float = Field(description="That the node draws a slot, at the p of the open round.")


class NodeVotes(BaseModel):
    """What a candidate has under delegated proof of stake."""

    block: Count = Field(description="When it was read: of some candidates with each block, in turn.")
    term: Count
    votes: Unsigned = Field(description="That count in this term, in base units.")
    missed_turns: Count = Field(description="Of the last turns that are counted.")
    jailed_until_term: Count | None = Field(description="The first in which it may be released; null out of jail.")


class NodeMiner(BaseModel):
    """The key that a node mines with."""

    block: Count = Field(description="When it was read: of some nodes with each block, in turn.")
    address: Address


class NodeAnswer(BaseModel):
    """Parameters of one node in force."""

    node: Count
    block: Count
    theta0: float
    phi: float
    theta: float
    theta0_wad: Unsigned
    phi_wad: Signed
    theta_wad: Unsigned
    retired: bool
    miner: NodeMiner | None = Field(description="Null until it is read.")
    won: Won | None = Field(description="Null where the chain has no ledger of rounds.")
    stake: NodeStake | None = Field(description="Null but under proof of stake, and until it is read.")
    votes: NodeVotes | None = Field(description="Null but for candidates under delegates, and until it is read.")


class RoundAnswer(BaseModel):
    """A round of the ledger that was won."""

    block: Count = Field(description="Of the chain, in which it was won; a block holds one at most.")
    timestamp_seconds: Count
    node: Count = Field(description="That won it.")
    difficulty: Unsigned = Field(description="p that it met.")
    base_difficulty: Unsigned = Field(description="d of the round.")
    transactions: Count = Field(description="That its block confirmed.")
    fill: float = Field(description="Their share of the capacity at θ = 1.")


class WorkState(BaseModel):
    """What is searched under proof of work."""

    challenge: Hash | None = Field(description="Null while it cannot be drawn: it takes the hash of a block to come.")
    target: Hash | None = Field(description="The largest hash that wins; null while no node is active.")


class StakeState(BaseModel):
    """Slots and stake under proof of stake."""

    slot: Count
    term: Count
    total_stake: Unsigned = Field(description="That counts in this term, in base units.")


class DelegatesState(BaseModel):
    """Who takes turns under delegated proof of stake."""

    term: Count
    order: list[Count] = Field(description="Nodes, in the order of their turns.")
    next_turn: Count = Field(description="Whose turn is next: a place in `order`.")
    candidates: list[Count] = Field(description="Nodes that may be elected.")


class Consensus(BaseModel):
    """What the consensus has of its own, after one block; all null where the chain has no ledger of rounds."""

    engine: str = Field(description="As in `/v1/network`.")
    block: BlockAnswer
    work: WorkState | None
    stake: StakeState | None
    delegates: DelegatesState | None


class Word(BaseModel):
    """One text of a window, and what it did."""

    text: str
    added_phi: float = Field(description="Its part of what all texts add to mean φ.")
    alone_phi: float = Field(description="What mean φ would lack without it alone.")
    first_block: Count
    last_block: Count


class Reason(BaseModel):
    """Where a report's mean φ comes from, before the contract's limits: numbers + text."""

    numbers_phi: float
    text_phi: float
    words: list[Word] = Field(description="The largest parts first, at most 20.")
    of: Count = Field(description="How many texts say something of the load to come.")


class EpochAnswer(BaseModel):
    """A report that was applied, whoever sent it, as the chain tells it."""

    epoch: Count
    from_block: Count
    to_block: Count
    window_hash: Hash
    model_hash: Hash
    phi_hash: Hash
    signers: list[Count] = Field(description="By index in the committee of that block.")
    transaction_hash: Hash
    block: BlockAnswer
    previous_sum_exp_wad: Unsigned
    sum_exp_wad: Unsigned
    difficulty: Unsigned | None = Field(description="p that miners met after that block.")
    reason: Reason | None = Field(description="Null where this oracle did not derive the report, or φ reads no text.")


class Point(BaseModel):
    """What a chart shows of one epoch."""

    epoch: Count
    block: Count
    timestamp_seconds: Count
    difficulty: Unsigned | None
    base_difficulty: Unsigned | None
    sum_exp: float
    least_theta: float | None = Field(default=None, description="Null of epochs that an older version kept.")
    mean_theta: float | None
    most_theta: float | None = Field(default=None, description="Likewise.")
    mean_phi: float | None


class PastNode(BaseModel):
    """Parameters of one node after the block that applied the report of an epoch."""

    epoch: Count
    block: Count
    timestamp_seconds: Count
    node: Count
    theta0: float
    phi: float
    theta: float
    theta0_wad: Unsigned
    phi_wad: Signed
    theta_wad: Unsigned
    retired: bool


class LimitsAnswer(BaseModel):
    """The contract's bounds on reports."""

    max_phi: float
    max_step: float
    max_sum_ratio_bps: Count
    min_spacing_blocks: Count
    max_age_seconds: Count
    relax_period_seconds: Count


class Committee(BaseModel):
    """Who may sign reports, from which model, within which bounds."""

    operators: list[Address]
    threshold: Count
    model_hash: Hash
    limits: LimitsAnswer


class ReportAnswer(BaseModel):
    """A report of this operator's journal, without its lanes and its signed bytes."""

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

    epoch: Count
    from_block: Count
    to_block: Count
    deadline: Count
    window_hash: Hash
    model_hash: Hash
    phi_hash: Hash


class SignatureAnswer(BaseModel):
    """One operator's signature of a report."""

    reference_block: Count
    reference_hash: Hash = Field(description="Of the settled block at which the report's inputs were read.")
    signer: Address
    digest: Hash = Field(description="What was signed.")
    signature: str = Field(pattern=r"^0x[0-9a-f]{128}$", description="r and vs, as of EIP-2098.")
    report: ReportFields


class SignaturesAnswer(BaseModel):
    """All signatures of an epoch that a daemon's operators made."""

    epoch: Count
    signatures: Annotated[list[SignatureAnswer], Field(max_length=_MOST_SIGNATURES)]


class SigningState(BaseModel):
    """Whether this operator signs reports."""

    signing_paused: bool


class AuditEntry(BaseModel):
    """An act of a key, or one that it was refused; each entry holds the hash of the one before."""

    number: int = Field(ge=1)
    time: str = Field(description="RFC 3339, in UTC.")
    key: str = Field(description="Id of the key.")
    action: str
    client: str = Field(description="Address that asked.")
    outcome: str = Field(description="`done`, or why it was refused.")
    before: Hash = Field(description="Of the entry before; zeros of the first.")
    hash: Hash = Field(description="Of this entry without this field.")
