"""Files and folders that a command writes: tried before the work, written whole after it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oracle.errors import SettingsError, WriteFailed


def check_file(path: Path, what: str) -> None:
    """Try whether `write_whole` could write a file now; leaves nothing behind.

    Raises:
        SettingsError: it could not; names the file by `what`, the option that asks for it.
    """
    try:
        if path.is_dir():
            raise SettingsError(f"{what} {path} is a folder; give a file")
        if path.exists() and not os.access(path, os.W_OK):
            raise SettingsError(f"{what} {path} may not be written by you; give another file")
        if path.is_file() or not path.exists():
            tempfile.TemporaryFile(dir=path.resolve().parent).close()
    except OSError as error:
        raise SettingsError(
            f"{what} {path} cannot be written: {error.strerror}; give a file in a folder that exists and that you "
            "may write to"
        ) from error


def check_folder(path: Path, what: str, *, is_new: bool = False) -> None:
    """Try whether a folder, or the nearest above it that exists, takes files now; leaves nothing behind.

    Args:
        path: The folder.
        what: The option that asks for it.
        is_new: Whether it must be empty or absent.

    Raises:
        SettingsError: it does not, is no folder, or is not empty where it must be; names it.
    """
    try:
        nearest = path
        while not nearest.exists() and nearest != nearest.parent:
            nearest = nearest.parent
        if not nearest.is_dir():
            raise SettingsError(f"{what} {path} cannot be a folder, since {nearest} is a file; give a folder")
        if is_new and path.exists() and any(path.iterdir()):
            raise SettingsError(f"{what} {path} is not empty; give a new directory")
        tempfile.TemporaryDirectory(dir=nearest).cleanup()
    except OSError as error:
        raise SettingsError(
            f"{what} {path} cannot be used: {error.strerror}; give a folder that you may write to"
        ) from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Names what cannot be written, where a library writes.

    Raises:
        WriteFailed: the block ended with an OSError.
    """
    try:
        yield
    except OSError as error:
        raise WriteFailed(
            f"{path} cannot be written: {error.strerror or error}; make room, and run the command again"
        ) from error


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; it is on disk on return. A device or a pipe is written as it is.

    Raises:
        WriteFailed: it cannot be written; an earlier file stays as it was.
    """
    octets = content.encode() if isinstance(content, str) else content
    with writing(path):
        if path.exists() and not path.is_file():
            path.write_bytes(octets)
            return
        # What a link points to is replaced, and not the link.
        target = path.resolve()
        _replace(target, octets)
        # The new name is on disk only once its folder is.
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _replace(target: Path, octets: bytes) -> None:
    # A name of its own: two processes may write the same file.
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        part.replace(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise
