"""Nonces, fees and bytes of the transactions that carry reports, on a node of the test's own."""

from dataclasses import dataclass, field, replace

import pytest
from eth_account import Account

from oracle.chain.transactions import Fees, content
from oracle.errors import ConnectionFailed, SettingsError
from oracle.service.status import Status
from oracle.service.store import ReportRow
from oracle.service.submit import Submitter
from tests.service.rows import HASH, ORACLE, PAYER, RAW, REPORT_CALLDATA, sent_row, signed_transaction

CAP_WEI = 1000


@dataclass
class _Node:
    """A node's pool and the journal, which both tell what came in."""

    mined_nonce: int = 7
    pool: set[bytes] = field(default_factory=set)
    away: bool = False
    sent: list[tuple[bytes, bytes]] = field(default_factory=list)
    journal: list[tuple[str, ReportRow]] = field(default_factory=list)
    left: ReportRow | None = None
    chain_id: int = 1
    base_fee_wei: int = 10
    payer: str = PAYER.address

    head_block: int = 50
    taken_since: int = 0  # the block that has the last of the mined nonces

    def head(self) -> int:
        return self.head_block

    def nonce(self, address: str, *, block: int | None = None) -> int:
        assert address == self.payer
        return self.mined_nonce - (block is not None and block < self.taken_since)

    def base_fee(self) -> int:
        return self.base_fee_wei

    def priority_fee(self) -> int:
        return 2

    def knows_transaction(self, transaction_hash: bytes) -> bool:
        return transaction_hash in self.pool

    def send_raw(self, raw: bytes, transaction_hash: bytes) -> None:
        self.sent.append((raw, transaction_hash))
        if self.away:
            raise ConnectionFailed("the node is away")

    def left_in_pool(self, nonce: int) -> ReportRow | None:
        assert nonce == self.mined_nonce
        return self.left

    def add(self, row: ReportRow) -> ReportRow:
        assert not self.sent  # the journal first
        self.journal.append(("add", row))
        return replace(row, id=1)

    def update(self, row: ReportRow) -> ReportRow:
        self.journal.append(("update", row))
        return row


def _submitter(node: _Node, account: object = PAYER) -> Submitter:
    return Submitter(
        chain=node,  # type: ignore[arg-type]
        account=account,  # type: ignore[arg-type]
        oracle_address=ORACLE,
        max_fee_wei=CAP_WEI,
        store=node,  # type: ignore[arg-type]
    )


@pytest.fixture(autouse=True)
def at_half_past(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oracle.service.submit.time.time", lambda: 77.5)


def test_terms_are_the_next_nonce_and_twice_the_base_fee_and_a_tip() -> None:
    assert _submitter(_Node()).terms() == (7, Fees(max_fee_wei=22, priority_fee_wei=2))


def test_terms_never_exceed_the_cap() -> None:
    assert _submitter(_Node(base_fee_wei=900)).terms() == (7, Fees(max_fee_wei=CAP_WEI, priority_fee_wei=2))
    with pytest.raises(SettingsError, match="raise --max-fee-gwei"):
        _submitter(_Node(base_fee_wei=CAP_WEI + 1)).terms()


def test_terms_outbid_what_an_ended_report_left_in_the_pool() -> None:
    node = _Node(pool={HASH}, left=sent_row(status=Status.EXPIRED))
    assert _submitter(node).terms() == (7, Fees(max_fee_wei=51, priority_fee_wei=4))  # a quarter above 40 and 3


def test_terms_outbid_nothing_that_is_gone_or_anothers() -> None:
    plain = (7, Fees(max_fee_wei=22, priority_fee_wei=2))
    assert _submitter(_Node(left=sent_row(status=Status.EXPIRED))).terms() == plain
    unsent = sent_row(status=Status.EXPIRED, raw_transaction=None)
    assert _submitter(_Node(pool={HASH}, left=unsent)).terms() == plain
    unhashed = sent_row(status=Status.EXPIRED, transaction_hash=None)
    assert _submitter(_Node(pool={HASH}, left=unhashed)).terms() == plain
    other = Account.from_key(b"\x12" * 32)
    assert _submitter(_Node(pool={HASH}, left=sent_row(), payer=other.address), other).terms() == plain


@pytest.mark.parametrize(("gas_limit", "given"), [(500_000, 500_000), (1 << 24, 1 << 24), (1 << 25, 1 << 24)])
def test_a_new_report_is_journalled_then_sent(gas_limit: int, given: int) -> None:
    node = _Node()
    fresh = sent_row(status=Status.SIGNED, raw_transaction=None, transaction_hash=None, nonce=None, max_fee_wei=None)
    terms = (7, Fees(max_fee_wei=40, priority_fee_wei=3))
    row = _submitter(node).send(fresh, calldata=REPORT_CALLDATA, gas_limit=gas_limit, terms=terms)
    raw, transaction_hash = signed_transaction(gas=given)
    assert node.sent == [(raw, transaction_hash)]
    journalled = replace(
        fresh,
        raw_transaction=raw,
        transaction_hash=transaction_hash,
        nonce=7,
        max_fee_wei=40,
        sent_block=50,
        milliseconds={"encode": 1.5, "sent_at": 77.5},
    )
    assert row == replace(journalled, id=1, status=Status.SENT)
    assert node.journal == [("add", journalled), ("update", row)]


def test_a_report_that_the_node_does_not_take_stays_signed_in_the_journal() -> None:
    node = _Node(away=True)
    fresh = sent_row(status=Status.SIGNED)
    with pytest.raises(ConnectionFailed):
        _submitter(node).send(fresh, calldata=REPORT_CALLDATA, gas_limit=1, terms=(7, Fees(40, 3)))
    ((how, row),) = node.journal
    assert (how, row.status) == ("add", "signed")


def test_what_the_node_holds_is_not_sent_again() -> None:
    node = _Node(pool={HASH}, mined_nonce=8)
    row = sent_row(id=3)
    assert _submitter(node).keep_pending(row) == row
    assert (node.sent, node.journal) == ([], [])
    signed = sent_row(id=3, status=Status.SIGNED)
    assert _submitter(node).keep_pending(signed) == row
    assert node.journal == [("update", row)]


def test_what_the_node_lost_is_sent_again_byte_for_byte() -> None:
    node = _Node()
    row = sent_row(id=3, status=Status.REORGED)
    assert _submitter(node).keep_pending(row) == row
    assert node.sent == [(RAW, HASH)]


def test_where_another_transaction_took_the_nonce_the_same_report_goes_out_under_the_next() -> None:
    node = _Node(mined_nonce=8)
    row = _submitter(node).keep_pending(sent_row(id=3))
    raw, transaction_hash = signed_transaction(nonce=8, max_fee_wei=22, tip_wei=2)
    assert node.sent == [(raw, transaction_hash)]
    assert (row.id, row.nonce, row.max_fee_wei, row.raw_transaction) == (3, 8, 22, raw)
    assert row.transaction_hash == transaction_hash
    assert (content(raw).data, content(raw).gas_limit) == (REPORT_CALLDATA, 500_000)
    assert [how for how, _ in node.journal] == ["update"]
    assert row.former_hashes == (HASH,)


@pytest.mark.parametrize(("since", "sent"), [(48, True), (49, False), (50, False)])
def test_a_nonce_counts_as_taken_once_no_backend_can_lag_behind_it(since: int, sent: bool) -> None:
    node = _Node(mined_nonce=8, taken_since=since)
    row = _submitter(node).keep_pending(sent_row(id=3))
    assert (len(node.sent), row.nonce) == ((1, 8) if sent else (0, 7))


@pytest.mark.parametrize(
    ("sent_block", "base_fee_wei", "raised"),
    [(50, 100, False), (49, 20, False), (49, 100, True), (48, 20, True), (47, 1, True)],
)
def test_a_bid_that_blocks_pass_over_is_raised_under_the_same_nonce(
    sent_block: int, base_fee_wei: int, raised: bool
) -> None:
    """At once where the base fee has risen above it, else after two blocks."""
    node = _Node(pool={HASH}, base_fee_wei=base_fee_wei)
    before = sent_row(id=3, sent_block=sent_block)
    row = _submitter(node).keep_pending(before)
    assert (row != before) == raised
    if raised:
        assert (row.nonce, row.former_hashes, row.sent_block) == (7, (HASH,), 50)
        assert (row.max_fee_wei or 0) >= max(base_fee_wei, 40 * 5 // 4)
        assert content(row.raw_transaction or b"").data == REPORT_CALLDATA


def test_no_bid_is_raised_above_the_cap() -> None:
    node = _Node(pool={HASH}, base_fee_wei=CAP_WEI + 1)
    with pytest.raises(SettingsError, match="--max-fee-gwei"):
        _submitter(node).keep_pending(sent_row(id=3, sent_block=40))
    assert node.sent == []
