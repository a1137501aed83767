"""The file of the daemon's journal: whose it is, that one daemon holds it, and that what is written is whole."""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from oracle.errors import JournalFailed, SettingsError

_SCHEMA_VERSION = 3
_SCHEMA = """
CREATE TABLE IF NOT EXISTS identity (one INTEGER PRIMARY KEY CHECK (one = 1), chain_id INTEGER NOT NULL,
    genesis_hash TEXT NOT NULL, oracle_address TEXT NOT NULL, signs_after INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    epoch INTEGER NOT NULL,
    status TEXT NOT NULL,
    settled INTEGER NOT NULL,
    from_block INTEGER NOT NULL,
    to_block INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    transactions INTEGER NOT NULL,
    window_hash TEXT NOT NULL,
    model_hash TEXT NOT NULL,
    phi_hash TEXT NOT NULL,
    lanes TEXT NOT NULL,
    signers TEXT NOT NULL,
    milliseconds TEXT NOT NULL,
    raw_transaction BLOB,
    transaction_hash TEXT,
    former_hashes TEXT NOT NULL,
    nonce INTEGER,
    max_fee_wei TEXT,
    sent_block INTEGER,
    block_number INTEGER,
    gas_used INTEGER,
    paid_wei TEXT,
    reason TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS one_in_flight ON reports ((1)) WHERE status IN ('signed', 'sent');
CREATE INDEX IF NOT EXISTS unsettled ON reports (id) WHERE settled = 0;
CREATE TABLE IF NOT EXISTS signatures (
    epoch INTEGER NOT NULL,
    reference_block INTEGER NOT NULL,
    reference_hash TEXT NOT NULL,
    signer TEXT NOT NULL,
    digest TEXT NOT NULL,
    signature TEXT NOT NULL,
    report TEXT NOT NULL,
    PRIMARY KEY (epoch, reference_hash, signer));
CREATE TABLE IF NOT EXISTS applied (
    epoch INTEGER PRIMARY KEY,
    block_number INTEGER NOT NULL,
    block_hash TEXT NOT NULL,
    previous_block INTEGER NOT NULL,
    answer TEXT NOT NULL,
    point TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS epoch_nodes (epoch INTEGER PRIMARY KEY, count INTEGER NOT NULL, nodes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS reasons (
    epoch INTEGER NOT NULL, window_hash TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (epoch, window_hash));
CREATE TABLE IF NOT EXISTS signing (one INTEGER PRIMARY KEY CHECK (one = 1), paused INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS follower (one INTEGER PRIMARY KEY CHECK (one = 1), state BLOB NOT NULL);
"""


class JournalFile:
    """An open journal, for one daemon at a time; several threads may use it."""

    def __init__(
        self, path: Path, *, chain_id: int, genesis_hash: bytes, oracle_address: str, signs_after: int | None = 0
    ) -> None:
        """Open or create.

        Args:
            path: The file.
            chain_id: Of the chain.
            genesis_hash: Of the chain, 32 bytes.
            oracle_address: Of the contract.
            signs_after: Of a file that is made: the last block at which nothing is signed, as something may have been
                signed there that the file does not know of. None: a missing file is not made.

        Raises:
            SettingsError: the file cannot be opened, is damaged, is no journal, is of another deployment, is another
                daemon's, or is missing and not to be made. Nothing was written to it.
        """
        self.path = path
        self._lock = threading.Lock()
        if path.is_dir():
            raise SettingsError(f"state file {path} is a folder; give --state a file in it")
        if signs_after is None and not path.exists():
            raise SettingsError(
                f"state file {path} is missing though reports are in force, and without it an operator could sign two "
                "of one epoch: give --state the file, or make it anew from the chain by `catalyst journal recover`"
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock_file: int | None = _exclusive(path)
        except OSError as error:
            raise SettingsError(
                f"state file {path} cannot be opened: {error.strerror}; give --state a file in a writable folder"
            ) from error
        self._database: sqlite3.Connection | None = None
        try:
            with journal_failures(path):
                self._open(chain_id, "0x" + genesis_hash.hex(), oracle_address, signs_after or 0)
        except JournalFailed as error:
            self.close()
            raise SettingsError(str(error)) from error
        except SettingsError:
            self.close()
            raise

    def _open(self, chain_id: int, genesis_hash: str, oracle_address: str, signs_after: int) -> None:
        database = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        self._database = database
        database.row_factory = sqlite3.Row
        self._refuse_others(database)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(_SCHEMA)
        self._identify(database, chain_id, genesis_hash, oracle_address, signs_after)

    def _refuse_others(self, database: sqlite3.Connection) -> None:
        """Raise if the file is no sound journal of this version, before the first write to it."""
        version = database.execute("PRAGMA user_version").fetchone()[0]
        present = _tables(database)
        if version not in (0, _SCHEMA_VERSION):
            raise SettingsError(
                f"state file {self.path} has schema {version}, this version writes {_SCHEMA_VERSION}; let the version "
                "that wrote it end its last report, then give --state another path"
            )
        with closing(sqlite3.connect(":memory:")) as fresh:
            fresh.executescript(_SCHEMA)
            expected = _tables(fresh)
        foreign = sorted(name for name in present if present[name] != expected.get(name))
        if foreign or (present and "identity" not in present):
            raise SettingsError(
                f"state file {self.path} is a database of something else (table {', '.join(foreign) or 'missing'}); "
                "give --state the oracle's own file"
            )
        (check,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if check != "ok":
            raise JournalFailed(damaged(self.path, check))

    def _identify(
        self, database: sqlite3.Connection, chain_id: int, genesis_hash: str, oracle_address: str, signs_after: int
    ) -> None:
        present = database.execute("SELECT chain_id, genesis_hash, oracle_address FROM identity").fetchone()
        mine = (chain_id, genesis_hash, oracle_address)
        if present is None:
            database.execute("INSERT INTO identity VALUES (1, ?, ?, ?, ?)", (*mine, signs_after))
        elif tuple(present) != mine:
            raise SettingsError(
                f"state file {self.path} belongs to oracle {present['oracle_address']} on chain {present['chain_id']}, "
                f"not to {oracle_address} on chain {chain_id}; give --state another path"
            )
        if not database.execute("PRAGMA user_version").fetchone()[0]:
            database.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")

    def close(self) -> None:
        """Release the file; calling again does no harm."""
        if self._database is not None:
            self._database.close()
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: at the end it is on disk as a whole, or not at all.

        Raises:
            JournalFailed: it cannot be written now.
        """
        assert self._database is not None  # noqa: S101 - set once opened
        with self._lock, journal_failures(self.path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:  # SQLite itself has ended it after some failures
                    self._database.execute("ROLLBACK")
                raise

    def read(self, query: str, arguments: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Rows of a query.

        Raises:
            JournalFailed: it cannot be read now.
        """
        assert self._database is not None  # noqa: S101 - set once opened
        with (
            self._lock,
            journal_failures(self.path),
            closing(self._database.execute(query, arguments)) as cursor,
        ):
            return cursor.fetchall()

    @property
    def signs_after(self) -> int:
        """The last block at which nothing is signed."""
        return int(self.read("SELECT signs_after FROM identity")[0]["signs_after"])


@contextmanager
def journal_failures(path: Path) -> Iterator[None]:
    """Turn failures of the disk and the file into JournalFailed; leave this project's own defects as they are."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
            remedy = "nothing is sent until it can be; make room on its disk"
        else:
            remedy = f"check the disk, and who may write {path}, what is named after it, and its folder"
        raise JournalFailed(f"journal {path} cannot be used ({error}): {remedy}") from error
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:
            raise  # a rule of the schema, or a closed database
        raise JournalFailed(damaged(path, str(error))) from error
    except (ValueError, TypeError) as error:  # what a column holds
        raise JournalFailed(damaged(path, str(error))) from error


def damaged(path: Path, what: str) -> str:
    """That a journal is damaged, in one sentence."""
    return (
        f"journal {path} is damaged, or no journal ({' '.join(what.split())}): it is the record of what was signed, so "
        "nothing is signed until `catalyst journal recover` has made it anew from the chain"
    )


def _tables(database: sqlite3.Connection) -> dict[str, list[str]]:
    """Names of columns by table."""
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
    return {
        name: [column[0] for column in database.execute("SELECT name FROM pragma_table_info(?)", (name,)).fetchall()]
        for name in names
        if not name.startswith("sqlite_")
    }


def refuse_in_use(path: Path) -> None:
    """See that no daemon holds a journal.

    Raises:
        SettingsError: one does.
    """
    os.close(_exclusive(path))


def _exclusive(path: Path) -> int:
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise SettingsError(
            f"state file {path} is in use by another daemon; stop it or give --state another path"
        ) from None
    return descriptor
