"""The committed artefacts in `abi/`: ABI and bytecode of each contract."""

import json
from functools import cache
from typing import Any

from oracle.errors import SettingsError
from oracle.shipped import shipped

ABI_DIR = shipped("abi", "abi")


@cache
def artefact(name: str) -> dict[str, Any]:
    """The artefact of contract `name`, as `deploy/compile.py` wrote it."""
    path = ABI_DIR / f"{name}.json"
    try:
        loaded: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read: {error}; run `make abi` in a checkout of the project") from error
    return loaded


def runtime_matches(name: str, code: bytes) -> bool:
    """Whether `code` on chain is the artefact's runtime code, up to the immutables that the constructor filled in."""
    return first_difference(name, code) is None


def first_difference(name: str, code: bytes) -> int | None:
    """The first byte at which `code` on chain is not the artefact's runtime code, immutables left out; None: it is.

    There is no metadata in the code to leave out: the compiler is told to append none.
    """
    loaded = artefact(name)
    expected = bytes.fromhex(loaded["runtimeBytecode"][2:])
    masked = bytearray(code)
    for span in loaded["immutableReferences"]:
        end = min(span["start"] + span["length"], len(masked))
        masked[span["start"] : end] = bytes(max(0, end - span["start"]))
    differing = (at for at, (found, wanted) in enumerate(zip(masked, expected, strict=False)) if found != wanted)
    return next(differing, None if len(code) == len(expected) else min(len(code), len(expected)))
