"""The coordinator's journal: what was written is there after a kill, for one registry alone."""

from pathlib import Path

import pytest

from oracle.errors import JournalFailed, SettingsError
from oracle.keeping.journal import Journal, KeptFile, NodeRow, Report
from oracle.storage.cid import cid_of
from oracle.storage.file_class import ClassedFile, FileClass, FileFacts, Wishes

REGISTRY, HOLDER, OTHER = ("0x" + digit * 40 for digit in "123")
WISHES = Wishes(replication_factor_min=2, regions=frozenset({"eu"}))
FILE = KeptFile(
    b"\x01" * 32,
    cid_of(b"x"),
    ClassedFile(
        FileFacts("a", "text/plain", 1, {"eu": 2.0}, WISHES),
        FileClass("hot", "private", frozenset({"eu"}), 0.5, ("?",)),
    ),
)


def opened(path: Path) -> Journal:
    return Journal(path, chain_id=1, registry=REGISTRY)


def test_all_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = opened(path)
    journal.add(FILE)
    journal.count_read("a", "us")
    journal.count_read("a", "us")
    first = journal.begin(FILE, "lost holder", HOLDER, None, 10, 20)
    second = journal.begin(FILE, "saving", None, OTHER, 11, 20)
    journal.set_state(first, "done")
    journal.set_node(NodeRow(HOLDER, misses=2))
    journal.report(Report(FILE.id, HOLDER, "wrong", 5))
    journal.report(Report(FILE.id, HOLDER, "wrong", 6))  # once for a reason
    journal.audited(FILE.id, HOLDER, 7)
    journal.challenged(FILE.id, HOLDER, 8)
    journal.challenged(FILE.id, HOLDER, 9)
    journal.close()

    journal = opened(path)
    (file,) = journal.files()
    assert file.classed.facts.reads_by_region == {"eu": 2.0, "us": 2.0}
    assert (file.id, file.cid, file.classed.file_class, file.classed.facts.wishes) == (
        FILE.id, FILE.cid, FILE.classed.file_class, WISHES,
    )  # fmt: skip
    assert journal.open_moves() == [second]
    assert second.state == "copied"  # nothing to copy
    assert [each.name for each in journal.moved(0)] == ["a", "a"]
    assert journal.nodes() == {HOLDER: NodeRow(HOLDER, misses=2)}
    assert journal.reports() == [Report(FILE.id, HOLDER, "wrong", 5)]
    assert journal.last_audits() == {(FILE.id, HOLDER): 7}
    assert journal.challenges() == {(FILE.id, HOLDER): 9}
    journal.close()


def test_a_file_that_is_forgotten_leaves_its_reports_alone(tmp_path: Path) -> None:
    journal = opened(tmp_path / "journal")
    journal.add(FILE)
    journal.count_read("a", "us")
    journal.begin(FILE, "lost holder", HOLDER, None, 10, 20)
    journal.audited(FILE.id, HOLDER, 7)
    journal.challenged(FILE.id, HOLDER, 8)
    report = Report(FILE.id, HOLDER, "wrong", 5)
    journal.report(report)
    journal.drop(FILE)  # a coordinator sees it no more; who drops it can go on where that was cut off
    assert (journal.files(), journal.open_moves()) == ([], [])
    assert [file.id for file in journal.dropped()] == [FILE.id]
    journal.forget(FILE)
    assert journal.dropped() == []
    assert (journal.files(), journal.open_moves(), journal.last_audits(), journal.challenges()) == ([], [], {}, {})
    assert journal.reports() == [report]
    journal.add(FILE)  # again, and nothing of before counts
    (file,) = journal.files()
    assert file.classed.facts.reads_by_region == {"eu": 2.0}
    journal.close()


def test_it_is_of_one_registry(tmp_path: Path) -> None:
    opened(tmp_path / "journal").close()
    with pytest.raises(SettingsError, match="is the journal of registry"):
        Journal(tmp_path / "journal", chain_id=2, registry=REGISTRY)


def test_two_files_need_two_names(tmp_path: Path) -> None:
    journal = opened(tmp_path / "journal")
    journal.add(FILE)
    journal.add(FILE)  # the same again is no other
    with pytest.raises(JournalFailed, match="UNIQUE"):
        journal.add(KeptFile(b"\x02" * 32, FILE.cid, FILE.classed))
    journal.close()


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b"x" * 5_000)
    with pytest.raises(JournalFailed, match="cannot be used"):
        opened(tmp_path / "journal")
