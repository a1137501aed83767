"""Who draws a slot by stake: 1 - (1 - 1/p)^alpha in integers; twin of `contracts/libraries/SlotLottery.sol`."""

from eth_hash.auto import keccak

MAX_P = 2**32
SLOTS_OF_AN_INTERVAL = 10  # p at phi = 0, unless an operator chooses another slot
ONE = 1 << 128
_COARSE_BITS = 8
_LOGARITHM_TERMS = 41
_EXPONENTIAL_TERMS = 33


def chance_q128(p: int, stake: int, total: int) -> int:
    """The chance of a stake to draw a slot, times 2**128.

    Args:
        p: Expected slots for a block; 0 counts as 1, more than MAX_P as MAX_P.
        stake: At most `total`.
        total: All active stake, below 2**128.
    """
    if stake == 0:
        return 0
    if p <= 1:
        return ONE
    y = minus_log_q128(p) * stake // total >> _COARSE_BITS << _COARSE_BITS
    inner = ONE
    for k in range(_EXPONENTIAL_TERMS, 1, -1):
        inner = ONE - y * inner // (k << 128)
    return y * inner >> 128


def minus_log_q128(p: int) -> int:
    """-ln(1 - 1/p) times 2**128, rounded down, for p of 2 and more."""
    odd = 2 * min(p, MAX_P) - 1
    power = (1 << 161) // odd
    total = 0
    for k in range(1, 2 * _LOGARITHM_TERMS, 2):
        total += power // k
        power //= odd * odd
    return total >> 32


def slot_draw(seed: bytes, slot: int, node: int) -> bytes:
    """The hash that decides whether a node draws a slot: keccak256(seed || slot || node), words of 32 bytes."""
    return bytes(keccak(seed + slot.to_bytes(32, "big") + node.to_bytes(32, "big")))


def wins(draw: bytes, chance: int) -> bool:
    """Whether a draw, a hash of 32 bytes, wins at a chance times 2**128."""
    return int.from_bytes(draw, "big") >> 128 < chance
