"""The committed artefacts in `abi/`: ABI and bytecode of each contract."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from oracle.errors import SettingsError

ABI_DIR = Path(__file__).resolve().parents[2] / "abi"


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
    loaded = artefact(name)
    expected = bytes.fromhex(loaded["runtimeBytecode"][2:])
    if len(code) != len(expected):
        return False
    masked = bytearray(code)
    for span in loaded["immutableReferences"]:
        masked[span["start"] : span["start"] + span["length"]] = bytes(span["length"])
    return bytes(masked) == expected
