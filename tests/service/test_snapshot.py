"""What readers are told after a step, from a chain and contracts of the test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from oracle.chain.contracts import DifficultyReading, MinersDifficulty
from oracle.chain.proof.headers import Header
from oracle.errors import ConnectionFailed, ReadReverted
from oracle.service.snapshot import Snapshot, look
from oracle.window.window import Nodes
from tests.examples import block_hash, nodes

READING = DifficultyReading(height=9, timestamp_seconds=99, base_difficulty=5, sum_exp_wad=4, difficulty=3)
MET = MinersDifficulty(difficulty=3, contract="PowLedger", round=2)


@dataclass
class _Ledger:
    """A chain and its contracts, all of whose reads are at the head."""

    head_block: int = 9
    away: bool = False
    reverts: str = ""  # the error with which p is not told
    moves: bool = False  # the head is replaced while it is read

    def head(self) -> int:
        if self.away:
            raise ConnectionFailed("the node is away")
        return self.head_block

    def header(self, number: int) -> Header:
        assert number == self.head_block
        return Header(
            number=number,
            hash=block_hash(number),
            parent_hash=block_hash(number - 1),
            timestamp_seconds=99,
            base_fee_wei=0,
            transactions_root=b"",
            receipts_root=b"",
            logs_bloom=b"",
            proven=False,
        )

    def block_hash(self, number: int) -> bytes:
        assert number == self.head_block
        return block_hash(number)

    @contextmanager
    def pinned(self, number: int, hash_: bytes) -> Iterator[None]:
        assert (number, hash_) == (self.head_block, block_hash(self.head_block))
        yield

    def staleness(self, block: int) -> tuple[bool, int, int]:
        assert block == self.head_block
        return True, 33, 600

    def difficulty(self, block: int) -> DifficultyReading:
        assert block == self.head_block
        if self.reverts:
            raise ReadReverted("the contract reverts", self.reverts)
        return READING

    def miners_difficulty(self, block: int) -> MinersDifficulty:
        assert block == self.head_block
        return MET

    def nodes(self, block: int) -> Nodes:
        assert block == self.head_block
        if self.moves:
            self.block_hash = lambda number: bytes(32)  # type: ignore[method-assign]
        return nodes(3)


def _look(ledger: _Ledger, before: Snapshot | None = None) -> Snapshot | None:
    return look(ledger, ledger, before)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock: what is in the list."""
    seconds = [5.0]
    monkeypatch.setattr("oracle.service.snapshot.time.monotonic", lambda: seconds[0])
    return seconds


FIRST = Snapshot(
    number=0,
    block=9,
    block_hash=block_hash(9),
    timestamp_seconds=99,
    base_fee_wei=0,
    nodes=nodes(3),
    difficulty=READING,
    miners_difficulty=MET,
    stale=True,
    age_seconds=33,
    since=5.0,
    looked_at=5.0,
)


def test_a_look_reads_all_at_the_head() -> None:
    assert _look(_Ledger()) == FIRST


def test_at_the_same_block_the_values_stay_and_the_time_of_the_look_moves(clock: list[float]) -> None:
    clock[0] = 8.0
    before = replace(FIRST, number=4, age_seconds=1, problem="was away")
    assert _look(_Ledger(), before) == replace(before, looked_at=8.0, problem=None)


def test_at_another_block_a_new_snapshot_is_the_next_in_number(clock: list[float]) -> None:
    clock[0] = 8.0
    expected = replace(FIRST, number=5, block=10, block_hash=block_hash(10), since=8.0, looked_at=8.0)
    assert _look(_Ledger(head_block=10), replace(FIRST, number=4)) == expected


def test_without_an_active_node_there_is_no_difficulty() -> None:
    assert _look(_Ledger(reverts="NoActiveNodes")) == replace(FIRST, difficulty=None, miners_difficulty=None)


def test_another_refusal_of_the_contract_is_a_look_that_failed() -> None:
    assert _look(_Ledger(head_block=10, reverts="PointTooEarly"), FIRST) == replace(
        FIRST, problem="the contract reverts"
    )


def test_a_look_that_fails_keeps_what_was_known_and_says_why() -> None:
    assert _look(_Ledger(away=True)) is None
    assert _look(_Ledger(away=True), FIRST) == replace(FIRST, problem="the node is away")


def test_what_was_read_of_a_block_that_was_replaced_meanwhile_is_not_told() -> None:
    assert _look(_Ledger(moves=True)) is None
