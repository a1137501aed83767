"""What a block of a node is worth; `tests/contracts/test_pow_ledger.py` asks the ledger the same."""

import pytest
from eth_hash.auto import keccak

from oracle.formulas.lanes import WAD
from oracle.formulas.pow import block_hash, challenge_block, meets, round_challenge, weight_limit

CHALLENGE, BODY = b"\x01" * 32, b"\x02" * 32


def test_a_block_hash_is_over_four_words_numbers_big_endian() -> None:
    words = CHALLENGE + bytes(30) + b"\x01\x02" + BODY + bytes(29) + b"\x03\x04\x05"
    assert block_hash(CHALLENGE, 0x0102, BODY, 0x030405) == keccak(words)


def test_a_challenge_is_over_seed_round_and_entropy() -> None:
    assert round_challenge(b"\x03" * 32, 0x0102, b"\x04" * 32) == keccak(
        b"\x03" * 32 + bytes(30) + b"\x01\x02" + b"\x04" * 32
    )


@pytest.mark.parametrize(
    ("submitted", "block"), [(101, 100), (356, 100), (357, 356), (612, 356), (613, 612), (100 + 5 * 256, 100 + 4 * 256)]
)
def test_entropy_is_of_the_block_that_opened_the_round_or_each_256th_from_there(submitted: int, block: int) -> None:
    assert challenge_block(100, submitted) == block
    assert 1 <= submitted - block <= 256  # those whose hashes a contract is told


@pytest.mark.parametrize(("difficulty", "greatest"), [(1, (1 << 256) - 1), (2, (1 << 255) - 1), (3, (1 << 256) // 3)])
def test_a_hash_meets_p_below_its_part_of_all_hashes_and_not_at_it(difficulty: int, greatest: int) -> None:
    assert meets(greatest.to_bytes(32, "big"), difficulty)
    if difficulty > 1:
        assert not meets((greatest + 1).to_bytes(32, "big"), difficulty)


def test_hashes_are_read_big_endian() -> None:
    assert meets(bytes(31) + b"\xff", 1 << 247)
    assert not meets(b"\xff" + bytes(31), 1 << 247)


@pytest.mark.parametrize(
    ("theta_wad", "capacity", "weight"), [(WAD, 100, 100), (WAD // 2, 101, 50), (WAD - 1, 1, 0), (0, 100, 0)]
)
def test_a_blocks_weight_is_theta_of_the_capacity_rounded_down(theta_wad: int, capacity: int, weight: int) -> None:
    assert weight_limit(theta_wad, capacity) == weight
