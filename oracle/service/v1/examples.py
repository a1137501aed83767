"""An example of every answer, for the description; a test compares each with its schema."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from oracle.client.answers import (
    AuditEntry,
    BlockAnswer,
    Committee,
    Consensus,
    ContractAnswer,
    Difficulty,
    EpochAnswer,
    Health,
    LimitsAnswer,
    Network,
    NodeAnswer,
    NodeMiner,
    Page,
    PastNode,
    Point,
    Reason,
    ReportAnswer,
    ReportFields,
    ReportState,
    RoundAnswer,
    SignatureAnswer,
    SignaturesAnswer,
    SigningState,
    Spread,
    WholeReport,
    Won,
    Word,
    WorkState,
)

_NEXT = "AQAAAAAAAAAy"
_ORACLE, _CONTROLLER = "0x5FbDB2315678afecb367f032d93F642f64180aa3", "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
_LEDGER, _OPERATOR = "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def _hash(of: int) -> str:
    return "0x" + f"{of:02x}" * 32


def shown(example: BaseModel | Mapping[str, Any]) -> dict[int | str, dict[str, Any]]:
    """The entry of the description for answers like this one."""
    content = example.model_dump(mode="json") if isinstance(example, BaseModel) else example
    return {200: {"content": {"application/json": {"example": content}}}}


_BLOCK = BlockAnswer(number=3120, hash=_hash(0xA1), timestamp_seconds=1_767_256_800)
NETWORK = Network(
    chain_id=31337,
    engine="pow",
    contracts={
        "PhiOracle": ContractAnswer(address=_ORACLE, block=2),
        "DifficultyController": ContractAnswer(address=_CONTROLLER, block=3),
        "PowLedger": ContractAnswer(address=_LEDGER, block=4),
    },
    block=_BLOCK,
    node_count=100,
    active_count=99,
    theta=Spread(least=0.405, mean=0.595, most=0.691),
    phi=Spread(least=-0.095, mean=0.095, most=0.191),
    difficulty=Difficulty(
        height=3120,
        timestamp_seconds=1_767_256_800,
        base_difficulty="6553600",
        sum_exp=109.470,
        sum_exp_wad="109470000000000000000",
        difficulty="59866",
        contract="PowLedger",
        round=612,
        controller_difficulty="59866",
    ),
    report=ReportState(epoch=311, to_block=3110, block=3113, age_seconds=70, max_age_seconds=600, stale=False),
    paused=False,
    signing_paused=False,
)
NODE = NodeAnswer(
    node=7,
    block=3120,
    theta0=0.5,
    phi=0.095245361328125,
    theta=0.595245361328125,
    theta0_wad="500000000000000000",
    phi_wad="95245361328125000",
    theta_wad="595245361328125000",
    retired=False,
    miner=NodeMiner(block=3118, address=_OPERATOR),
    won=Won(rounds=201, blocks=2, transactions=913, fill=0.4565),
    stake=None,
    votes=None,
)
NODES = Page[NodeAnswer](items=[NODE], next=_NEXT)
ROUNDS = Page[RoundAnswer](
    items=[
        RoundAnswer(
            block=3119,
            timestamp_seconds=1_767_256_788,
            node=7,
            difficulty="59866",
            base_difficulty="6553600",
            transactions=412,
            fill=0.412,
        )
    ],
    next=_NEXT,
)
CONSENSUS = Consensus(
    engine="pow",
    block=_BLOCK,
    work=WorkState(challenge=_hash(0xE1), target="0x0000" + "4b" * 30),
    stake=None,
    delegates=None,
)
EPOCH = EpochAnswer(
    epoch=311,
    from_block=3079,
    to_block=3110,
    window_hash=_hash(0xB1),
    model_hash=_hash(0xB2),
    phi_hash=_hash(0xB3),
    signers=[0, 2],
    transaction_hash=_hash(0xB4),
    block=BlockAnswer(number=3113, hash=_hash(0xA2), timestamp_seconds=1_767_256_730),
    previous_sum_exp_wad="99518000000000000000",
    sum_exp_wad="109470000000000000000",
    difficulty="59866",
    reason=Reason(
        numbers_phi=-0.0953,
        text_phi=0.1875,
        words=[
            Word(
                text="the evening sale commences within the next 9 blocks",
                added_phi=0.125,
                alone_phi=0.0625,
                first_block=3104,
                last_block=3104,
            )
        ],
        of=3,
    ),
)
EPOCHS = Page[EpochAnswer](items=[EPOCH], next=_NEXT)
HISTORY = Page[Point](
    items=[
        Point(
            epoch=311,
            block=3113,
            timestamp_seconds=1_767_256_730,
            difficulty="59866",
            base_difficulty="6553600",
            sum_exp=109.47,
            least_theta=0.405,
            mean_theta=0.595,
            most_theta=0.691,
            mean_phi=0.095,
        )
    ],
    next=None,
)
_PAST = PastNode(
    epoch=311,
    block=3113,
    timestamp_seconds=1_767_256_730,
    node=7,
    theta0=0.5,
    phi=0.095245361328125,
    theta=0.595245361328125,
    theta0_wad="500000000000000000",
    phi_wad="95245361328125000",
    theta_wad="595245361328125000",
    retired=False,
)
NODE_HISTORY = EPOCH_NODES = Page[PastNode](items=[_PAST], next=_NEXT)
COMMITTEE = Committee(
    operators=[_OPERATOR],
    threshold=1,
    model_hash=_hash(0xB2),
    limits=LimitsAnswer(
        max_phi=0.5,
        max_step=0.25,
        max_sum_ratio_bps=11_000,
        min_spacing_blocks=4,
        max_age_seconds=600,
        relax_period_seconds=600,
    ),
)
DEPLOYMENT = {
    "chainId": 31337,
    "genesisHash": _hash(0xA0),
    "options": {"--nodes": "100"},
    "contracts": {"PhiOracle": {"address": _ORACLE, "transactionHash": _hash(0xC1), "blockNumber": 2}},
}
_REPORT = ReportAnswer(
    epoch=311,
    status="applied",
    from_block=3079,
    to_block=3110,
    deadline=1_767_257_300,
    transactions=214,
    window_hash=_hash(0xB1),
    model_hash=_hash(0xB2),
    phi_hash=_hash(0xB3),
    signers=[0, 2],
    transaction_hash=_hash(0xB4),
    block_number=3113,
    gas_used=190_412,
    milliseconds={"encode": 41.7, "decide": 6.2, "sign": 3.1, "submit": 2_014.0},
    reason=None,
)
REPORTS = Page[ReportAnswer](items=[_REPORT], next=_NEXT)
WHOLE_REPORT = WholeReport(**_REPORT.model_dump(), lanes=[3121, 3121, -102])
SIGNATURES = SignaturesAnswer(
    epoch=311,
    signatures=[
        SignatureAnswer(
            reference_block=3110,
            reference_hash=_hash(0xA3),
            signer=_OPERATOR,
            digest=_hash(0xB5),
            signature="0x" + "5a" * 64,
            report=ReportFields(
                epoch=311,
                from_block=3079,
                to_block=3110,
                deadline=1_767_257_300,
                window_hash=_hash(0xB1),
                model_hash=_hash(0xB2),
                phi_hash=_hash(0xB3),
            ),
        )
    ],
)
SIGNING_PAUSED, SIGNING_RESUMED = SigningState(signing_paused=True), SigningState(signing_paused=False)
AUDIT = Page[AuditEntry](
    items=[
        AuditEntry(
            number=1,
            time="2026-01-01T08:40:00.000Z",
            key="5f3a9c0e71b2",
            action="pause reporting",
            client="127.0.0.1",
            outcome="done",
            before=_hash(0),
            hash=_hash(0xD1),
        )
    ],
    next=None,
)
_EVENTS: dict[str, Any] = {
    "description": "A stream of events",
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "example": f"retry: 1000\n\nid: 311\nevent: epoch\ndata: {EPOCH.model_dump_json()}\n\n",
        }
    },
}
EVENTS: dict[int | str, dict[str, Any]] = {200: _EVENTS}
HEALTH = Health(status="ok", problems=[], head=3120, report_age_seconds=70, in_flight=False, refusal=None)
DEGRADED = Health(
    status="degraded",
    problems=["the last report is 1220 s old and stale"],
    head=3240,
    report_age_seconds=1_220,
    in_flight=True,
    refusal=None,
)
_METRICS: dict[str, Any] = {
    "description": "Prometheus text format",
    "content": {"text/plain": {"schema": {"type": "string"}, "example": "catalyst_epoch 311.0\n"}},
}
_RPC: dict[str, Any] = {
    "description": "An answer of JSON-RPC, or a list of them",
    "content": {
        "application/json": {"schema": {}, "example": {"jsonrpc": "2.0", "id": 1, "result": "0xc30"}},
    },
}
METRICS: dict[int | str, dict[str, Any]] = {200: _METRICS}
RPC: dict[int | str, dict[str, Any]] = {200: _RPC}
RPC_REQUEST: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {},
                "example": {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []},
            }
        },
    }
}
