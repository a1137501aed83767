"""Types of options that name files and folders: each is tried while options are read, before any work.

The exception are defaults that a run may not use; the commands try those where they do.
"""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rich_click as click

from oracle.errors import SettingsError
from oracle.output import check_file, check_folder


class _Tried(click.Path):
    """A path that is looked at once it is read; `look` takes it and the option, and raises SettingsError."""

    def __init__(self, look: Callable[[Path, str], None]) -> None:
        super().__init__()
        self._look = look

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        try:
            self._look(path, max(param.opts, key=len) if param is not None else "the path")
        except SettingsError as error:
            # As of other mistakes in options: after it, mistyped variables are looked for.
            raise click.UsageError(str(error), ctx) from error
        return path


def _check_readable(path: Path, option: str, *, is_folder: bool) -> None:
    try:
        if is_folder:
            next(path.iterdir(), None)
        else:
            path.open("rb").close()
    except OSError as error:
        kind = "folder" if is_folder else "file"
        raise SettingsError(
            f"{option} {path} cannot be read: {error.strerror}; give the path of a {kind} that you may read"
        ) from error


INPUT_FILE = _Tried(functools.partial(_check_readable, is_folder=False))
INPUT_FOLDER = _Tried(functools.partial(_check_readable, is_folder=True))
OUTPUT_FILE = _Tried(check_file)  # written by the command
OUTPUT_FOLDER = _Tried(check_folder)  # written into, and made where there is none
NEW_FOLDER = _Tried(functools.partial(check_folder, is_new=True))  # made by the command; an empty one will do
