"""The table of faults in docs/storage.md is that of a run, and a fault that was not mended would show."""

import json
from pathlib import Path

from oracle.lab.storage.faults_page import SECTION, table
from oracle.markdown import section_of

_DOCS = Path(__file__).parents[3] / "docs"
ROWS = json.loads((_DOCS / "storage-faults.json").read_text())


def test_the_page_has_the_faults_that_were_counted() -> None:
    assert section_of((_DOCS / "storage.md").read_text(), SECTION) == table(ROWS)


def test_a_file_that_is_lost_or_not_whole_again_is_told() -> None:
    worse = {**ROWS[0], "lost": 1, "is_whole": False}
    assert f"| {worse['fault']} | {worse['files']} | 1 | never |" in table([worse])
