"""The page's file of ledgers is what the registry of engines says."""

from deploy.page import PATH, ledgers


def test_the_page_knows_the_ledgers_that_there_are() -> None:
    """`make abi` writes the file anew."""
    assert PATH.read_text() == ledgers()
