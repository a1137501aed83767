"""What the vector files hold: inputs chosen here, results by the code that the oracle runs."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import mpmath
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from oracle.control.feedback import FeedbackController
from oracle.formulas.asert import MAX_UINT256, Anchor, next_target
from oracle.formulas.difficulty import sum_exp, theta_wad
from oracle.formulas.exp_table import exp_table, q85_to_wad, sum_exp_q85
from oracle.formulas.lanes import MAX_LANE, MIN_LANE, WAD, halve, lane_to_wad, pack, phi_hash, word_bytes
from oracle.model.bundle import DEFAULT_BUNDLE, model_hash, read_manifest
from oracle.report.signing import Report, sign_report, typed_data
from oracle.window.blocks import Block, Transaction
from oracle.window.rounds import Round, Rounds
from oracle.window.window import Cadence, Nodes, PhiBounds, Window, canonical_bytes, window_hash

Json = dict[str, Any]

# The example account of EIP-712: its private key is keccak256("cow"). Never give it money.
COW: LocalAccount = Account.from_key(keccak(b"cow"))
# What that account's first transaction creates, on any chain.
COWS_FIRST_CONTRACT = to_checksum_address("0x77045E71a7A2c50903d88e564cD72fab11e82051")
# Chain id of the embedded chain (eth-tester), on which tests compare digests with the contract's.
EMBEDDED_CHAIN_ID = 131_277_322_940_537

SAMPLE_LANES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("one node at phi = 0", (0,)),
    ("least and greatest lane", (MIN_LANE, MAX_LANE)),
    ("all bits of a lane", (-1,)),
    ("a word that is just full", tuple(100 * node - 750 for node in range(16))),
    ("a second word with one lane", tuple(-100 * node for node in range(17))),
    ("a hundred nodes", tuple(1638 + (node * 7919) % 2001 - 1000 for node in range(100))),
)


def hexadecimal(data: bytes) -> str:
    """0x and two digits a byte, lower case."""
    return "0x" + data.hex()


def lanes() -> Json:
    """Lanes, the words that hold them, and phiHash."""
    return {
        "packing": [
            {
                "name": name,
                "lanes": list(some),
                "words": [f"0x{word:064x}" for word in pack(some)],
                "phi": hexadecimal(word_bytes(pack(some))),
                "phi_hash": hexadecimal(phi_hash(pack(some))),
                "phi_wad": [str(lane_to_wad(lane)) for lane in some],
            }
            for name, some in SAMPLE_LANES
        ],
        "halving": [
            {"lane": lane, "times": times, "halved": halve(lane, times)}
            for lane in (MIN_LANE, -3, -1, 0, 1, 3, 16_385, MAX_LANE)
            for times in (1, 2, 15, 16)
        ],
        "theta": [
            {"theta0_wad": str(theta0), "lane": lane, "theta_wad": str(theta_wad(theta0, lane))}
            for theta0, lane in (
                (WAD // 2, 0),
                (WAD // 2, 1),
                (WAD // 2, -1),
                (3 * WAD // 10 + 7, 16_384),
                (WAD, -32_768),
            )
        ],
    }


def difficulty() -> Json:
    """The sum of exp(phi) and p, as the contracts compute them, and the exact sum beside."""
    high, low = exp_table()
    cases = []
    for name, some in SAMPLE_LANES:
        sum_q85 = sum_exp_q85(some)
        sum_wad = q85_to_wad(sum_q85)
        for d in (1, 327_680, 10**18 + 1, (1 << 200) + 12_345):
            cases.append(
                {
                    "name": name,
                    "lanes": list(some),
                    "sum_exp_q85": str(sum_q85),
                    "sum_exp_wad": str(sum_wad),
                    "sum_exp_exact": mpmath.nstr(sum_exp(some), 40, strip_zeros=False),
                    "d": str(d),
                    "p": str(max(1, d * WAD // sum_wad)),
                }
            )
    return {"table": {"high": list(high), "low": list(low)}, "cases": cases}


def asert() -> Json:
    """Targets by aserti3, and d of a chain by its anchor."""
    targets = []
    for anchor_target, late, half_life in (
        (1 << 200, 0, 2880),
        (1 << 200, 1, 2880),
        (1 << 200, -1, 2880),
        (1 << 200, 2880, 2880),
        (1 << 200, -2880, 2880),
        (0xFFFF << 208, -100_000, 172_800),
        (12_345, 7 * 86_400, 172_800),
        (MAX_UINT256, 10**6, 2880),
        (1, -(10**6), 2880),
    ):
        for height_diff in (0, 1000):
            case = {
                "anchor_target": anchor_target,
                "time_diff_seconds": late + 10 * (height_diff + 1),
                "height_diff": height_diff,
                "interval_seconds": 10,
                "half_life_seconds": half_life,
                "max_target": MAX_UINT256,
            }
            targets.append(_strings(case) | {"target": str(next_target(**case))})
    anchor = Anchor(
        difficulty=6_553_600, height=40, timestamp_seconds=1_767_225_600, interval_seconds=10, half_life_seconds=2880
    )
    scheduled = [
        {
            "height": anchor.height + blocks,
            "timestamp_seconds": anchor.timestamp_seconds + 10 * blocks + late,
            "d": str(
                anchor.base_difficulty_at(
                    height=anchor.height + blocks, timestamp_seconds=anchor.timestamp_seconds + 10 * blocks + late
                )
            ),
        }
        for blocks, late in ((0, 0), (1, 0), (1, 7), (100, -300), (100, 300), (5000, 2880), (5000, -2880), (9, 100_000))
    ]
    return {
        "targets": targets,
        "anchor": asdict(anchor) | {"difficulty": str(anchor.difficulty)},
        "schedule": scheduled,
    }


def _strings(values: dict[str, int]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def windows() -> Json:
    """Windows, their canonical bytes and windowHash."""
    return {
        "cases": [
            {
                "name": name,
                "window": _window_json(window),
                "canonical_bytes": hexadecimal(canonical_bytes(window)),
                "window_hash": hexadecimal(window_hash(window)),
            }
            for name, window in _windows()
        ]
    }


def _windows() -> Sequence[tuple[str, Window]]:
    def digest(text: str) -> bytes:
        return bytes(keccak(text.encode()))

    payment = Transaction(
        hash=digest("payment"),
        sender=digest("sender")[:20],
        receiver=digest("receiver")[:20],
        value_wei=15 * 10**17,
        gas_price_wei=2 * 10**9,
        gas_limit=21_000,
        calldata=b"",
    )
    memo = replace(payment, hash=digest("memo"), value_wei=0, gas_limit=25_000, calldata=b"sale opens soon")
    creation = replace(payment, hash=digest("creation"), receiver=None, gas_limit=900_000, calldata=bytes(range(70)))
    first = Block(
        number=41,
        hash=digest("block 41"),
        parent_hash=digest("block 40"),
        timestamp_seconds=1_767_225_610,
        gas_used=921_000,
        gas_limit=30_000_000,
        transactions=(payment, creation),
    )
    second = replace(
        first,
        number=42,
        hash=digest("block 42"),
        parent_hash=first.hash,
        timestamp_seconds=1_767_225_627,
        gas_used=23_000,
        transactions=(memo,),
    )
    whole = Window(
        chain_id=31_337,
        blocks=(first, second),
        nodes=Nodes(
            theta0_wad=(WAD // 2, 3 * WAD // 10, 0, WAD),
            lanes=(0, -1638, 0, 16_384),
            active=(True, True, False, True),
        ),
        capacity_transactions=100,
        interval_seconds=10,
        bounds=PhiBounds(16_384, 3_276, WAD // 10, WAD),
        cadence=Cadence(epoch_blocks=10, lag_blocks=3),
    )
    rounds = Rounds(
        won=(
            Round(40, 1_767_225_600, 0, 2_000, 8_000, 90, 30, 31 * 10**9),
            Round(42, 1_767_225_627, 3, 1_990, 7_960, 95, 5, 5 * 10**9),
        ),
        half_life_seconds=2_880,
        unit_seconds=None,
    )
    empty = replace(first, gas_used=0, transactions=())
    return (
        ("two blocks, three transactions, a retired node, no ledger", whole),
        ("the same with a backlog of 300 that a ledger tells", replace(whole, backlog_transactions=300)),
        ("the same with a backlog of 0 that a ledger tells", replace(whole, backlog_transactions=0)),
        ("a backlog and two rounds of hashing", replace(whole, backlog_transactions=300, rounds=rounds)),
        ("two rounds of slots", replace(whole, backlog_transactions=300, rounds=replace(rounds, unit_seconds=1))),
        ("no report yet, a ledger without rounds", replace(whole, cadence=Cadence(0, 0), rounds=Rounds((), 9, None))),
        (
            "one block without transactions, one node",
            replace(whole, blocks=(empty,), nodes=Nodes((1,), (-1,), (True,))),
        ),
        ("no node", replace(whole, blocks=(second,), nodes=Nodes((), (), ()))),
    )


def _window_json(window: Window) -> Json:
    nodes = window.nodes
    return {
        "chain_id": window.chain_id,
        "capacity_transactions": window.capacity_transactions,
        "interval_seconds": window.interval_seconds,
        "blocks": [
            {
                "number": block.number,
                "hash": hexadecimal(block.hash),
                "timestamp_seconds": block.timestamp_seconds,
                "gas_used": block.gas_used,
                "gas_limit": block.gas_limit,
                "transactions": [
                    {
                        "hash": hexadecimal(transaction.hash),
                        "sender": hexadecimal(transaction.sender),
                        "receiver": None if transaction.receiver is None else hexadecimal(transaction.receiver),
                        "value_wei": str(transaction.value_wei),
                        "gas_price_wei": str(transaction.gas_price_wei),
                        "gas_limit": transaction.gas_limit,
                        "calldata": hexadecimal(transaction.calldata),
                    }
                    for transaction in block.transactions
                ],
            }
            for block in window.blocks
        ],
        "nodes": [
            {"theta0_wad": str(theta0), "lane": lane, "active": active}
            for theta0, lane, active in zip(nodes.theta0_wad, nodes.lanes, nodes.active, strict=True)
        ],
        "bounds": asdict(window.bounds)
        | {name: str(getattr(window.bounds, name)) for name in ("theta_min_wad", "theta_max_wad")},
        "cadence": asdict(window.cadence),
        "backlog_transactions": window.backlog_transactions,
        "rounds": None if window.rounds is None else _rounds_json(window.rounds),
    }


def _rounds_json(rounds: Rounds) -> Json:
    large = ("difficulty", "base_difficulty", "gas_prices_wei")
    won = [asdict(each) | {name: str(getattr(each, name)) for name in large} for each in rounds.won]
    return {"half_life_seconds": rounds.half_life_seconds, "unit_seconds": rounds.unit_seconds, "won": won}


def model_hashes() -> Json:
    """What modelHash is of, for the bundle in the package and for the feedback."""
    manifest = read_manifest(DEFAULT_BUNDLE)
    files = {f"encoder/{name}": digest for name, digest in manifest["encoder"]["files"].items()} | manifest["files"]
    feedback = FeedbackController()
    return {
        "bundle": {
            "files": [{"name": name, "sha256": digest} for name, digest in sorted(files.items())],
            "model_hash": hexadecimal(model_hash(manifest)),
        },
        "feedback": {
            "name": "feedback 2",
            "parameters": asdict(feedback),
            "text": '["feedback 2", {"constant": 0.05, "gain": 0.4, "limit": 0.5, "window_blocks": 32}]',
            "model_hash": hexadecimal(feedback.model_hash),
        },
    }


def reports() -> Json:
    """Reports as EIP-712 documents: every hash on the way to the digest, and a signature."""
    hundred = SAMPLE_LANES[-1][1]
    plain = Report(
        epoch=1,
        from_block=41,
        to_block=42,
        deadline=1_767_226_227,
        window_hash=bytes.fromhex(windows()["cases"][0]["window_hash"][2:]),
        model_hash=FeedbackController().model_hash,
        phi_hash=phi_hash(pack(hundred)),
    )
    greatest = (1 << 64) - 1
    edge = replace(
        plain,
        epoch=greatest,
        from_block=greatest - 2,
        to_block=greatest - 1,
        deadline=greatest,
        window_hash=bytes(32),
        model_hash=b"\xff" * 32,
        phi_hash=phi_hash(pack(SAMPLE_LANES[1][1])),
    )
    return {
        "private_key": hexadecimal(bytes(COW.key)),
        "address": COW.address,
        "cases": [
            _report_json(name, report, some, chain_id=chain_id, oracle_address=address)
            for name, report, some, chain_id, address in (
                ("a report of a hundred nodes", plain, hundred, EMBEDDED_CHAIN_ID, COWS_FIRST_CONTRACT),
                ("each number at its greatest", edge, SAMPLE_LANES[1][1], EMBEDDED_CHAIN_ID, COWS_FIRST_CONTRACT),
                ("the first on another chain", plain, hundred, 1, COWS_FIRST_CONTRACT),
                ("the first for another contract", plain, hundred, EMBEDDED_CHAIN_ID, "0x" + "22" * 20),
            )
        ],
    }


def _report_json(name: str, report: Report, some: Sequence[int], *, chain_id: int, oracle_address: str) -> Json:
    document = typed_data(report, chain_id=chain_id, oracle_address=oracle_address)
    message = encode_typed_data(full_message=document)
    signed = sign_report(
        report, some, committee={0: COW}, threshold=1, chain_id=chain_id, oracle_address=oracle_address
    )
    (signature,) = signed.signatures
    return {
        "name": name,
        "domain": document["domain"],
        "message": {
            field: hexadecimal(value) if isinstance(value, bytes) else str(value)
            for field, value in document["message"].items()
        },
        "domain_separator": hexadecimal(message.header),
        "struct_hash": hexadecimal(message.body),
        "digest": hexadecimal(bytes(keccak(b"\x19\x01" + message.header + message.body))),
        "signature": {"r": hexadecimal(signature.r), "vs": hexadecimal(signature.vs)},
        "signer": COW.address,
    }


FILES = {
    "lanes.json": lanes,
    "difficulty.json": difficulty,
    "asert.json": asert,
    "window.json": windows,
    "model_hash.json": model_hashes,
    "report.json": reports,
}
