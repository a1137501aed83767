"""An example of every answer about what is built on the network, for the description."""

from oracle.client.answers import BlockAnswer, Page
from oracle.client.application_answers import (
    FileAnswer,
    FileHolder,
    FileSummary,
    PlanAnswer,
    PlanParty,
    PlanPayment,
    PlanStep,
    PlanSummary,
    PoolAnswer,
    ProofAnswer,
    RouteAnswer,
    TransferAnswer,
)

_NEXT = "AQAAAAwwAAAB"
_TOKEN, _POOL = "0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9", "0x5FC8d32690cc91D4c39d9d3abcBD16989F875707"
_SELLER, _BUYER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
_BLOCK = BlockAnswer(number=3120, hash="0x" + "a1" * 32, timestamp_seconds=1_767_256_800)

_PLAN_ID, _FILE_ID, _LOCK_ID, _ROUTE_ID = ("0x" + each * 32 for each in ("f1", "f2", "f3", "f4"))

PLANS = Page[PlanSummary](
    items=[
        PlanSummary(
            id=_PLAN_ID,
            kind="logistics",
            status="active",
            step=0,
            verb="receive",
            steps=1,
            parties=2,
            proposed_block=3121,
        )
    ],
    next=_NEXT,
)
PLAN = PlanAnswer(
    id=_PLAN_ID,
    kind="logistics",
    status="active",
    step=0,
    block=_BLOCK,
    proposed_block=3101,
    activated_at_seconds=1_767_256_600,
    since_seconds=1_767_256_600,
    join_by_seconds=1_767_860_000,
    token=_TOKEN,
    terms_hash="0x" + "b6" * 32,
    model_hash=None,
    arbiter=None,
    arbiter_seconds=0,
    parties=[
        PlanParty(address=_SELLER, deposit="0", held="0", joined=True),
        PlanParty(address=_BUYER, deposit="30000000", held="30000000", joined=True),
    ],
    steps=[
        PlanStep(
            verb="receive",
            actor=1,
            due_from="activation",
            due_seconds=604_800,
            late_days=0,
            penalty_per_day="0",
            penalty_payer=None,
            penalty_payee=None,
            needs_evidence=False,
            witnesses=[],
            quorum=0,
            payments=[PlanPayment(payer=1, payee=0, amount=None)],
            on_done="done",
            on_timeout="refund",
            on_refusal=None,
        )
    ],
)
_FILE = FileSummary(
    id=_FILE_ID,
    cid="bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
    content_digest="0xb94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
    size_bytes=11,
    temperature="hot",
    privacy="public",
    replicas_min=1,
    replicas_max=3,
    regions=["eu-west"],
    max_rent="1000000",
    owner=_BUYER,
    steward=None,
    fund="999000",
    agreements=1,
    held=1,
    registered_block=3102,
)
FILES = Page[FileSummary](items=[_FILE], next=_NEXT)
FILE = FileAnswer(
    **_FILE.model_dump(),
    block=_BLOCK,
    token=_TOKEN,
    holders=[
        FileHolder(
            address=_SELLER,
            region="eu-west",
            status="held",
            since_seconds=1_767_256_500,
            rent="1",
            locked="1000",
            challenged=False,
        )
    ],
)
PROOFS = Page[ProofAnswer](
    items=[ProofAnswer(block=3110, transaction_hash="0x" + "c2" * 32, holder=_SELLER, outcome="answered")], next=None
)
TRANSFER = TransferAnswer(
    id=_LOCK_ID,
    by="lock",
    status="claimed",
    block=3103,
    token=_TOKEN,
    amount="5000",
    sender=_BUYER,
    recipient=_SELLER,
    expires_seconds=1_767_260_000,
    other_chain_id=99,
    other_token=_TOKEN,
    other_amount="4900",
)
TRANSFERS = Page[TransferAnswer](items=[TRANSFER], next=_NEXT)
ROUTE = RouteAnswer(
    id=_ROUTE_ID,
    status="open",
    sequence=1,
    observed_at_seconds=1_767_256_700,
    valid_until_seconds=1_767_260_300,
    p95_seconds=45,
    success_bps=9_900,
    fee_bps=20,
    fee_fixed="3",
    most_amount="1000000",
)
ROUTES = Page[RouteAnswer](items=[ROUTE], next=None)
POOL = PoolAnswer(block=_BLOCK, contract=_POOL, token=_TOKEN, liquid="900000", lent="100000", shares="1000000")
