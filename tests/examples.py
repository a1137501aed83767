"""Small windows, blocks and transactions for tests."""

from collections.abc import Sequence
from dataclasses import replace

from eth_hash.auto import keccak

from oracle.window.blocks import Block, Transaction
from oracle.window.window import Cadence, Nodes, PhiBounds, Window, build_window

WAD = 10**18
POST = keccak(b"post(string)")[:4]


def address(seed: int) -> bytes:
    return bytes(keccak(b"address" + seed.to_bytes(4, "big"))[:20])


def transaction(
    index: int = 0,
    *,
    sender: int = 0,
    receiver: bytes | None = b"\x11" * 20,
    value_wei: int = 10**15,
    gas_price_wei: int = 4 * 10**9,
    gas_limit: int = 50_000,
    calldata: bytes = b"",
) -> Transaction:
    return Transaction(
        hash=bytes(keccak(b"transaction" + index.to_bytes(4, "big") + calldata)),
        sender=address(sender),
        receiver=receiver,
        value_wei=value_wei,
        gas_price_wei=gas_price_wei,
        gas_limit=gas_limit,
        calldata=calldata,
    )


BOUNDS = PhiBounds(max_phi_lane=1 << 14, max_step_lane=3276, theta_min_wad=WAD // 10, theta_max_wad=WAD)
CADENCE = Cadence(epoch_blocks=10, lag_blocks=3)


def block_hash(number: int) -> bytes:
    return bytes(keccak(b"block" + number.to_bytes(4, "big")))


def block(number: int, transactions: Sequence[Transaction] = (), *, interval_seconds: int = 10) -> Block:
    return Block(
        number=number,
        hash=block_hash(number),
        parent_hash=block_hash(number - 1),
        timestamp_seconds=1_700_000_000 + interval_seconds * number,
        gas_used=21_000 * len(transactions),
        gas_limit=30_000_000,
        transactions=tuple(transactions),
    )


def nodes(count: int = 4, *, theta0_wad: int = WAD // 2, lane: int = 0) -> Nodes:
    return Nodes(theta0_wad=(theta0_wad,) * count, lanes=(lane,) * count, active=(True,) * count)


def window(blocks: Sequence[Block], *, at: Nodes | None = None, capacity: int = 32) -> Window:
    return build_window(
        chain_id=1,
        blocks=blocks,
        nodes=at or nodes(),
        capacity_transactions=capacity,
        interval_seconds=10,
        bounds=BOUNDS,
        cadence=CADENCE,
        is_traffic=lambda _: True,
    )


def busy_window(texts: Sequence[str], *, blocks: int = 32, per_block: int = 12) -> Window:
    """A window of equal blocks whose first transactions carry `texts` as memos, equal in everything else."""
    numbered = []
    for number in range(1, blocks + 1):
        transactions = []
        for index in range(per_block):
            memo = texts[index].encode().ljust(80) if index < len(texts) else b""
            # Equal lengths keep every number of the window equal, whatever the words.
            plain = transaction(1000 * number + index, sender=index, calldata=b"")
            transactions.append(replace(plain, calldata=memo))
        numbered.append(block(number, transactions))
    return window(numbered)
