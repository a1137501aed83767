"""Files and folders that a command writes: tried before the work, written whole after it."""

import os
import tempfile
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
            part = _part(path)
            is_left_over = part.exists()
            part.open("ab").close()
            if not is_left_over:
                part.unlink()
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


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all; a device or a pipe is written as it is.

    Raises:
        WriteFailed: it cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        part = _part(path)
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(path.resolve())
        except OSError:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise WriteFailed(
            f"{path} cannot be written: {error.strerror}; make room, and run the command again"
        ) from error


def _part(path: Path) -> Path:
    # Beside what a link points to, so that it is replaced and not the link.
    target = path.resolve()
    return target.with_name(target.name + ".part")
