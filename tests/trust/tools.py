"""Halmos and slither, in an environment of their own: they pin versions that the project's packages do not take."""

from pathlib import Path

import pytest

from deploy.compile import ROOT

_BIN = ROOT / "build" / "trust-tools" / "bin"


def tool(name: str) -> Path:
    """An executable of that environment; the test fails where it is not there, and is never skipped."""
    path = _BIN / name
    if not path.exists():
        pytest.fail(f"{path.relative_to(ROOT)} is not there; run `make trust-tools` (`make test` does)")
    return path
