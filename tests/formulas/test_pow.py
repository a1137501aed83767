"""What a block of a node is worth; `tests/contracts/test_pow_ledger.py` asks the ledger the same."""

import pytest
from eth_hash.auto import keccak

from oracle.formulas.lanes import WAD
from oracle.formulas.pow import block_hash, meets, weight_limit

CHALLENGE, BODY = b"\x01" * 32, b"\x02" * 32


def test_a_block_hash_is_over_four_words_numbers_big_endian() -> None:
    words = CHALLENGE + bytes(30) + b"\x01\x02" + BODY + bytes(29) + b"\x03\x04\x05"
    assert block_hash(CHALLENGE, 0x0102, BODY, 0x030405) == keccak(words)


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
