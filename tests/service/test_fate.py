"""What a chain at hand makes of a report, told by a chain and contracts of the test's own."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from oracle.errors import ConnectionFailed, ReadReverted
from oracle.service.follow import fate, said
from oracle.service.status import Status
from oracle.service.store import ReportRow
from tests.examples import transaction
from tests.service.rows import HASH, REPORT_CALLDATA, sent_row

DEPTH = 2
OTHER = b"\x0f" * 32


@dataclass
class _Sealed:
    number: int
    block: Any


@dataclass
class _Ledger:
    """A chain and its contracts: the head, what was mined, and in which block each epoch came into force."""

    head_block: int = 50
    seconds: int = 900
    receipts: dict[bytes, dict[str, int]] = field(default_factory=dict)
    pool: set[bytes] = field(default_factory=set)
    epoch_since: int | None = None  # block from which on epoch 2 is in force
    brought_by: bytes | None = None
    other_calldata: bytes = b""
    failure: Exception | None = None
    asked: list[int] = field(default_factory=list)

    def head(self) -> int:
        return self.head_block

    def receipt(self, transaction_hash: bytes) -> dict[str, int] | None:
        return self.receipts.get(transaction_hash)

    def timestamp(self, block: int) -> int:
        assert block == self.head_block
        return self.seconds

    def knows_transaction(self, transaction_hash: bytes) -> bool:
        return transaction_hash in self.pool

    def epoch(self, block: int) -> int:
        assert block <= max([self.head_block, *(each["blockNumber"] for each in self.receipts.values())])
        return 2 if self.epoch_since is not None and block >= self.epoch_since else 1

    def sealed_block(self, number: int) -> _Sealed:
        if self.failure is not None:
            raise self.failure
        self.asked.append(number)
        others = [transaction(1), replace(transaction(2, calldata=self.other_calldata), hash=OTHER)]
        return _Sealed(number, type("Block", (), {"transactions": tuple(others)}))

    def applied_by(self, epoch: int, sealed: _Sealed) -> bytes | None:
        assert (epoch, sealed.number) == (2, self.epoch_since)
        return self.brought_by


def _fate(row: ReportRow, ledger: _Ledger) -> ReportRow:
    return fate(row, chain=ledger, contracts=ledger, settled_block=ledger.head() - DEPTH)  # type: ignore[arg-type]


def _mined(block: int, status: int = 1, gas: int = 300_000) -> dict[str, int]:
    return {"blockNumber": block, "status": status, "gasUsed": gas, "effectiveGasPrice": 7}


@pytest.mark.parametrize(("block", "settled"), [(48, True), (49, False), (50, False), (53, False)])
@pytest.mark.parametrize(("status", "outcome"), [(1, Status.APPLIED), (0, Status.REVERTED)])
def test_what_was_mined_is_applied_or_reverted_and_settles_with_depth(
    block: int, settled: bool, status: int, outcome: Status
) -> None:
    row = sent_row(status=Status.REORGED, reason="of before")
    now = _fate(row, _Ledger(receipts={HASH: _mined(block, status)}))
    mined = replace(row, status=outcome, block_number=block, gas_used=300_000, paid_wei=2_100_000, reason=None)
    assert now == replace(mined, settled=settled)


def test_a_report_settles_by_the_block_of_its_receipt_where_that_is_ahead_of_the_head() -> None:
    ledger = _Ledger(head_block=50, receipts={HASH: _mined(53, status=0)}, epoch_since=53)
    assert _fate(sent_row(), ledger).status == "superseded"  # at block 53 its epoch is in force


def test_the_time_of_sending_ends_with_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oracle.service.follow.time.time", lambda: 100.5)
    row = sent_row(milliseconds={"encode": 1.5, "sent_at": 100.25})
    assert _fate(row, _Ledger(receipts={HASH: _mined(50)})).milliseconds == {"encode": 1.5, "submit": 250.0}
    assert row.milliseconds == {"encode": 1.5, "sent_at": 100.25}


def test_an_open_report_stays_as_it_is_up_to_its_deadline() -> None:
    for status in (Status.SIGNED, Status.SENT, Status.REORGED):
        row = sent_row(status=status)
        assert _fate(row, _Ledger(seconds=1000)) == row


@pytest.mark.parametrize(
    ("status", "in_pool", "outcome"),
    [
        (Status.SIGNED, False, Status.UNSENT),
        (Status.SIGNED, True, Status.EXPIRED),
        (Status.SENT, False, Status.EXPIRED),
        (Status.SENT, True, Status.EXPIRED),
        (Status.REORGED, False, Status.EXPIRED),
    ],
)
def test_past_its_deadline_a_report_is_expired_and_unsent_only_where_no_node_has_it(
    status: Status, in_pool: bool, outcome: Status
) -> None:
    row = sent_row(status=status)
    now = _fate(row, _Ledger(seconds=1001, pool={HASH} if in_pool else set()))
    assert now == replace(row, status=outcome, settled=True)


@pytest.mark.parametrize("ended", ["applied", "reverted", "superseded"])
def test_an_end_whose_block_is_gone_opens_the_report_again(ended: str) -> None:
    row = sent_row(status=ended, block_number=40, gas_used=5, reason="it was so")
    now = _fate(row, _Ledger())
    assert now == replace(row, status=Status.REORGED, block_number=None, gas_used=None, reason=None)


@pytest.mark.parametrize(("since", "settled"), [(48, True), (49, False), (50, False)])
@pytest.mark.parametrize("reverted", [False, True])
def test_a_report_whose_epoch_another_brought_is_superseded(since: int, settled: bool, reverted: bool) -> None:
    ledger = _Ledger(epoch_since=since, brought_by=OTHER, other_calldata=b"another report")
    if reverted:
        ledger.receipts[HASH] = _mined(50, status=0)
    row = sent_row(block_number=9, gas_used=8)
    assert _fate(row, ledger) == replace(
        row,
        status=Status.SUPERSEDED,
        block_number=None,
        gas_used=None,
        settled=settled,
        reason=f"transaction 0x{OTHER.hex()} brought it in block {since}",
    )
    assert ledger.asked == [since]


@pytest.mark.parametrize("since", [4, 5, 17, 36, 49, 50])
def test_the_block_that_brought_the_epoch_is_found_wherever_it_is(since: int) -> None:
    ledger = _Ledger(epoch_since=since, brought_by=HASH)
    now = _fate(sent_row(gas_used=4), ledger)
    assert (now.status, now.block_number, now.gas_used) == ("applied", since, 4)
    assert ledger.asked == [since]


def test_a_report_that_was_seen_applied_stays_so_where_the_node_lost_its_receipt() -> None:
    row = sent_row(status=Status.APPLIED, block_number=40, gas_used=5, reason="a copy")
    for by in (HASH, None):
        assert _fate(row, _Ledger(epoch_since=40, brought_by=by)) == replace(row, settled=True)


def test_where_no_transaction_of_the_block_brought_the_epoch_the_report_is_superseded() -> None:
    row = sent_row()
    now = _fate(row, _Ledger(epoch_since=50, brought_by=None))
    assert now == replace(row, status=Status.SUPERSEDED, reason="brought in block 50")


@pytest.mark.parametrize(("receipt", "gas"), [(_mined(50, gas=77), 77), (None, None)])
def test_a_copy_of_the_report_that_another_sent_applies_it(receipt: dict[str, int] | None, gas: int | None) -> None:
    copy = b"a relay's own call" + REPORT_CALLDATA[4:228] + b"whatever follows"
    ledger = _Ledger(epoch_since=50, brought_by=OTHER, other_calldata=copy)
    if receipt is not None:
        ledger.receipts[OTHER] = receipt
    row = sent_row()
    assert _fate(row, ledger) == replace(
        row,
        status=Status.APPLIED,
        block_number=50,
        gas_used=gas,
        reason=f"applied by transaction 0x{OTHER.hex()}, a copy of it",
    )


@pytest.mark.parametrize("failure", [ConnectionFailed("no old states"), ReadReverted("reverted", "0x")])
def test_where_the_block_cannot_be_read_the_report_has_no_success_that_is_known(failure: Exception) -> None:
    ledger = _Ledger(epoch_since=50, failure=failure)
    row = sent_row()
    told = "brought by a transaction that the node does not tell of"
    assert _fate(row, ledger) == replace(row, status=Status.SUPERSEDED, reason=told)
    applied = sent_row(status=Status.APPLIED, block_number=50)
    assert _fate(applied, ledger) == applied


def test_a_line_of_the_log_says_what_is_known() -> None:
    assert said(sent_row(status=Status.EXPIRED)) == "expired"
    assert said(sent_row(status=Status.APPLIED, block_number=5, gas_used=6)) == "applied in block 5, 6 gas"
    assert said(sent_row(status=Status.SUPERSEDED, reason="so")) == "superseded: so"
