"""Functions compiled by numba, kept for the next start, and never taken from another version of this package.

numba keeps what it compiled beside a function's own source and looks at that file alone. If a function that it calls
has changed in another file, as after an upgrade of a checkout, it would go on with the old one; and operators sign what
such functions say. So what is kept lies in a folder named after the sources of all rooms that compile. The folder is in
the user's own cache, since what lies there is run. Where it cannot be made, each start compiles anew.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])
_ROOMS = ("formulas", "control", "plant")


def sources_digest() -> str:
    """Names the sources of all compiled functions, and numba's version."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256(numba.__version__.encode())
    for room in _ROOMS:
        for path in sorted((package / room).glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _kept_in() -> Path | None:
    """The folder; None where there can be none, or another user could write what is run from it."""
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        folder = Path(base) / "catalyst" / f"compiled-{sources_digest()}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except (OSError, RuntimeError):  # a user without a home is a RuntimeError
        return None
    is_own = found.st_uid == os.getuid() and not found.st_mode & 0o022
    return folder if is_own and os.access(folder, os.W_OK) else None


_FOLDER = _kept_in()
if _FOLDER is not None:
    vars(numba.config)["CACHE_DIR"] = str(_FOLDER)


def compiled(function: F) -> F:
    """The function, compiled at its first call, without any rule of arithmetic relaxed."""
    return cast(F, numba.njit(function, cache=_FOLDER is not None))
