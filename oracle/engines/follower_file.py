"""Where `catalyst node` keeps what it knows of the ledger, so that a restart does not read the chain anew."""

import logging
from pathlib import Path

from oracle.errors import SettingsError, WriteFailed
from oracle.output import write_whole

log = logging.getLogger(__name__)


class FollowerFile:
    """The state of a follower in a file of its own (a `StateJournal`)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_kept = True

    def follower_state(self) -> bytes | None:
        """What was kept last; None where there is no file.

        Raises:
            SettingsError: the file cannot be read.
        """
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SettingsError(
                f"--state {self._path} cannot be read: {error.strerror}; give a file that you may read and write"
            ) from error

    def keep_follower_state(self, state: bytes) -> None:
        """Replace the file. A node that cannot keep its state mines on; the log says so once."""
        try:
            write_whole(self._path, state)
        except WriteFailed as error:
            if self._is_kept:
                log.warning("%s; mining goes on, and the next start reads the ledger from its first block", error)
            self._is_kept = False
        else:
            self._is_kept = True
