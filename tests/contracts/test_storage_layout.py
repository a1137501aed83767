"""Where each value lies in storage is pinned: other software reads these slots, and their packing costs gas."""

from oracle.markdown import section_of
from tests.contracts.storage import PAGE, SECTION, committed_layouts, compiled_layouts, section


def test_the_layout_is_the_one_pinned() -> None:
    """`python -m tests.contracts.storage` pins another, where a change of it is meant."""
    assert compiled_layouts() == committed_layouts()


def test_no_two_entries_share_a_byte() -> None:
    for name, entries in committed_layouts().items():
        ends = 0
        for entry in sorted(entries, key=lambda entry: (entry["slot"], entry["offset"])):
            begins = 32 * entry["slot"] + entry["offset"]
            assert begins >= ends, f"{name}.{entry['label']}"
            ends = begins + entry["bytes"]


def test_the_page_shows_the_layout_pinned() -> None:
    assert section() == section_of(PAGE.read_text(), SECTION)
