"""A copy of the journal that SQLite makes while the daemon holds it, which is what `.backup` of its program does."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from oracle.service.store import Store
from tests.service.rows import sent_row


def _open(path: Path) -> Store:
    return Store(path, chain_id=7, genesis_hash=b"\x01" * 32, oracle_address="0x" + "ab" * 20)


def test_a_backup_has_what_was_committed_and_a_copied_file_may_not(tmp_path: Path) -> None:
    with closing(_open(tmp_path / "oracle.sqlite")) as store:
        store.add(sent_row())
        with (
            closing(sqlite3.connect(tmp_path / "oracle.sqlite")) as source,
            closing(sqlite3.connect(tmp_path / "backup.sqlite")) as target,
        ):
            source.backup(target)
        shutil.copy(tmp_path / "oracle.sqlite", tmp_path / "copied.sqlite")
        kept = store.latest(5)
    with closing(_open(tmp_path / "backup.sqlite")) as restored:
        assert restored.latest(5) == kept
    with closing(sqlite3.connect(tmp_path / "copied.sqlite")) as copied:
        tables = {name for (name,) in copied.execute("SELECT name FROM sqlite_master")}
        assert "reports" not in tables or copied.execute("SELECT count(*) FROM reports").fetchone() == (0,)
