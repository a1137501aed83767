"""The answers about what is built on the network: plans, files, transfers, routes.

Amounts are strings of digits, in the smallest units of the token that the answer names.
"""

from typing import Literal

from pydantic import BaseModel, Field

from oracle.client.answers import Address, BlockAnswer, Count, Hash, Unsigned

PlanStatus = Literal["proposed", "active", "disputed", "done", "refunded", "arbitrated", "amended"]
StepVerb = Literal["receive", "accept", "pay", "grant", "revoke", "attest", "net"]
StepDueFrom = Literal["step_before", "activation", "date"]
StepTarget = Count | Literal["done", "arbiter", "refund"]
AgreementState = Literal["offered", "held", "leaving"]
TransferStatus = Literal["locked", "open", "claimed", "disputed", "settled", "refunded"]
RouteStatus = Literal["open", "closed", "over"]


class PlanSummary(BaseModel):
    """A plan, and where it stands."""

    id: Hash
    kind: str = Field(description="Of agreement, such as `logistics`.")
    status: PlanStatus
    step: Count | None = Field(description="The present one, from 0; null but while it is active.")
    verb: StepVerb | None = Field(description="Of that step.")
    steps: Count = Field(description="How many there are.")
    parties: Count = Field(description="How many there are.")
    proposed_block: Count


class PlanParty(BaseModel):
    """One party of a plan."""

    address: Address
    deposit: Unsigned
    held: Unsigned = Field(description="What it holds in the plan now.")
    joined: bool


class PlanPayment(BaseModel):
    """What a step pays when it is done."""

    payer: Count | None = Field(description="A party, from 0; null for all, each by its share of what all hold.")
    payee: Count
    amount: Unsigned | None = Field(description="Null for all that the payer holds.")


class PlanStep(BaseModel):
    """Who acts, until when, what is paid, and where each outcome leads: to a later step, or to an end."""

    verb: StepVerb
    actor: Count = Field(description="A party, from 0.")
    due_from: StepDueFrom = Field(description="What `due_seconds` counts from; `date`: it is a timestamp.")
    due_seconds: Count
    late_days: Count = Field(description="Days after that in which it can be done at a penalty.")
    penalty_per_day: Unsigned
    penalty_payer: Count | None
    penalty_payee: Count | None
    needs_evidence: bool
    witnesses: list[Count] = Field(description="Parties that can attest to it.")
    quorum: Count = Field(description="How many of them must.")
    payments: list[PlanPayment]
    on_done: StepTarget
    on_timeout: StepTarget
    on_refusal: StepTarget | None = Field(description="Null where the actor may not refuse.")


class PlanAnswer(BaseModel):
    """A plan in full, after one block."""

    id: Hash
    kind: str
    status: PlanStatus
    step: Count | None = Field(description="The present one, from 0; null but while it is active.")
    block: BlockAnswer
    proposed_block: Count
    activated_at_seconds: Count | None = Field(description="When all had joined; null before.")
    since_seconds: Count = Field(description="Since when it stands where it does.")
    join_by_seconds: Count
    token: Address | None = Field(description="Null where nothing is deposited.")
    terms_hash: Hash = Field(description="keccak256 of the text that was read.")
    model_hash: Hash | None = Field(description="Of the model that read it; null where none did.")
    arbiter: Count | None = Field(description="The party that decides disputes; null where there is none.")
    arbiter_seconds: Count
    parties: list[PlanParty]
    steps: list[PlanStep]


class FileSummary(BaseModel):
    """A file, what its owner wants, and how it stands."""

    id: Hash
    cid: str | None = Field(description="CIDv1 in base32; null where the codec is none of the network's.")
    content_digest: Hash = Field(description="SHA-256, as in the CID.")
    size_bytes: Count
    temperature: Literal["hot", "warm", "cold", "archive"]
    privacy: Literal["public", "private", "personal"]
    replicas_min: Count
    replicas_max: Count
    regions: list[str] = Field(description="Where it may be kept; empty for anywhere.")
    max_rent: Unsigned = Field(description="Of one holder and period.")
    owner: Address
    steward: Address | None = Field(description="Who may offer it to holders beside the owner.")
    fund: Unsigned = Field(description="What is left to pay rent from.")
    agreements: Count = Field(description="Offers among them.")
    held: Count = Field(description="Those that holders have accepted.")
    registered_block: Count


class FileHolder(BaseModel):
    """One holder's agreement about a file."""

    address: Address
    region: str = Field(description="As the holder says.")
    status: AgreementState
    since_seconds: Count = Field(description="Since when it holds the file; of an offer, until when it stands.")
    rent: Unsigned = Field(description="Of a period.")
    locked: Unsigned = Field(description="What of its bond stands for this file.")
    challenged: bool = Field(description="Whether a challenge is open.")


class FileAnswer(FileSummary):
    """A file with its holders, after one block."""

    block: BlockAnswer
    token: Address
    holders: list[FileHolder]


class ProofAnswer(BaseModel):
    """How a challenge of a holder ended."""

    block: Count
    transaction_hash: Hash
    holder: Address
    outcome: Literal["answered", "convicted"]


class TransferAnswer(BaseModel):
    """A transfer to another chain that began here, or one from there that ends here, as this chain knows it."""

    id: Hash
    by: Literal["lock", "pool"] = Field(description="A lock of HashLock, or an order of RelayPool.")
    status: TransferStatus
    block: Count = Field(description="In which it began here.")
    token: Address
    amount: Unsigned = Field(description="In units of the token of this chain.")
    sender: Address
    recipient: Address = Field(description="Of a lock, who is paid here; of an order, who is paid there.")
    expires_seconds: Count = Field(description="When a lock is refunded; until when an order must be filled.")
    other_chain_id: Count
    other_token: Address
    other_amount: Unsigned = Field(description="In units of the token of the other chain.")


class RouteAnswer(BaseModel):
    """What operators signed of a route last."""

    id: Hash
    status: RouteStatus = Field(description="`over`: its time has passed; `closed`: it carries nothing.")
    sequence: Count = Field(description="Of the report, ascending for each route.")
    observed_at_seconds: Count
    valid_until_seconds: Count
    p95_seconds: Count = Field(description="Time that 95 of 100 transfers take at most.")
    success_bps: Count = Field(description="Transfers that succeed, of 10 000.")
    fee_bps: Count = Field(description="What it takes of an amount, of 10 000, beside `fee_fixed`.")
    fee_fixed: Unsigned
    most_amount: Unsigned = Field(description="The most that it carries.")


class PoolAnswer(BaseModel):
    """The liquidity of RelayPool after one block."""

    block: BlockAnswer
    contract: Address
    token: Address
    liquid: Unsigned = Field(description="What is there and not lent.")
    lent: Unsigned
    shares: Unsigned = Field(description="Of all who gave it.")
