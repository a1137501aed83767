"""Pages that are compared with what makes them, and written anew where REFERENCE_WRITE is set (`make reference`)."""

import os

from oracle.markdown import wrapped
from oracle.output import write_whole
from tests.conftest import ROOT


def compare(name: str, made: str) -> None:
    """Fail where a file of this path differs from what was made."""
    text = wrapped(made) if name.endswith(".md") else made
    path = ROOT / name
    if os.environ.get("REFERENCE_WRITE"):
        write_whole(path, text)
    assert path.is_file() and path.read_text() == text, f"{name} is not what the code says: run `make reference`"
