"""A valid report with any one byte changed is refused.

`make test` changes each bit of the calldata and sets each byte to a few values more; `make test-long` and `make trust`
set each byte to each of its 255 other values.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from oracle.formulas.lanes import pack
from tests.trust.evm import Reverted
from tests.trust.runs import FACTOR, spaced
from tests.trust.scene import STRANGER, Scene
from tests.trust.signing import address

LANES = [50 * node - 500 for node in range(20)]
_SELECTOR = 4
# Where things lie in the calldata of submitReport: report, two offsets, then each list behind its length.
_FIELDS = range(4, 228)
_SIGNATURES = range(324, 516)


def all_values() -> list[int]:
    """What to change a byte by, so that it takes each other value."""
    return list(range(1, 256))


def some_values(rng: random.Random) -> list[int]:
    """What to change a byte by: each of its bits, and a few values more."""
    return sorted({1 << bit for bit in range(8)} | {rng.randrange(1, 256) for _ in range(8)})


def single_bytes(data: bytes, positions: range, values: Callable[[], list[int]]) -> Iterator[bytes]:
    """`data` with each byte at `positions` changed by each of the values drawn for it."""
    for position in positions:
        for value in values():
            yield data[:position] + bytes([data[position] ^ value]) + data[position + 1 :]


def several_bytes(data: bytes, cases: int, seed: int) -> Iterator[bytes]:
    """`data` with two to six bytes after the selector, or bits in two of them, changed."""
    rng = random.Random(seed)
    for _ in range(cases):
        changed = bytearray(data)
        for position in rng.sample(range(_SELECTOR, len(data)), rng.randint(2, 6)):
            changed[position] ^= rng.choice([1 << rng.randrange(8), rng.randrange(1, 256)])
        yield bytes(changed)


def refusals(scene: Scene, cases: Iterator[bytes]) -> Counter[str]:
    """How often each error came; fails where a case is taken, or any slot differs in the end."""
    before = scene.state()
    found: Counter[str] = Counter()
    sender = address(STRANGER)
    for case in cases:
        try:
            scene.chain.call(scene.oracle.address, case, sender=sender)
        except Reverted as error:
            found[error.name] += 1
        else:
            pytest.fail(f"a changed report was taken: {case.hex()}")
    assert scene.state() == before
    return found


def full_calldata(scene: Scene) -> bytes:
    """A report that the contract takes now."""
    scene.space()
    return scene.oracle.data("submitReport", *scene.submission(LANES))


def test_no_report_with_a_bit_changed_is_taken() -> None:
    rng = random.Random(3)
    _refuses_what_is_changed(lambda: some_values(rng), 1_000)


@pytest.mark.long
def test_no_report_with_one_byte_changed_is_taken(measured: Callable[[str], None]) -> None:
    found = _refuses_what_is_changed(all_values, 10_000 * FACTOR)
    measured(
        f"reports with bytes changed: {spaced(found.total())} refused of {spaced(found.total())}, of them "
        f"{spaced(255 * len(_FIELDS))} in a field and {spaced(255 * len(_SIGNATURES))} in a signature"
    )


def _refuses_what_is_changed(values: Callable[[], list[int]], several: int) -> Counter[str]:
    """The refusals of a report with single bytes changed, and with several of them in so many cases."""
    scene = Scene()
    data = full_calldata(scene)
    assert data[_FIELDS.stop : _FIELDS.stop + 32] == (9 * 32).to_bytes(32, "big")
    found = refusals(scene, single_bytes(data, range(_SELECTOR, len(data)), values))
    found += refusals(scene, several_bytes(data, several, seed=1))
    # Each check that stands between a changed report and its effect was the one that refused, at least once.
    assert {"NotOperator", "InvalidSignature", "EpochNotConsecutive", "WrongModel", "WrongPhiHash", ""} <= set(found)
    scene.chain.call(scene.oracle.address, data, sender=address(STRANGER))  # and unchanged, it is good
    return found


def test_no_sparse_report_with_one_byte_changed_is_taken(measured: Callable[[str], None]) -> None:
    """A flipped bit and eight values more of each byte."""
    scene = Scene()
    scene.space()
    report, signatures, words = scene.submission(LANES)
    data = scene.oracle.data("submitSparseReport", report, signatures, [0b11], words)
    rng = random.Random(2)

    def cases() -> Iterator[bytes]:
        for position in range(_SELECTOR, len(data)):
            if at <= position < at + 31:  # bits beyond the last word: test_adversary.py
                continue
            drawn = {1 << rng.randrange(8), *(rng.randrange(1, 256) for _ in range(8 * FACTOR))}
            for value in (1, 2, 3) if position == at + 31 else sorted(drawn):
                yield data[:position] + bytes([data[position] ^ value]) + data[position + 1 :]

    at = data.index((0b11).to_bytes(32, "big"), _SIGNATURES.stop)
    found = refusals(scene, cases())
    measured(f"sparse reports with a byte changed: {spaced(found.total())} refused of {spaced(found.total())}")
    scene.chain.call(scene.oracle.address, data, sender=address(STRANGER))
    assert scene.oracle.read("phiWords", 0, 2) == tuple(pack(LANES))
