"""What a run that serves says of the page."""

from pathlib import Path

from oracle.lab.local.run import where_the_page_is


def test_a_page_that_is_not_built_is_not_promised(tmp_path: Path) -> None:
    assert where_the_page_is("http://host", tmp_path).startswith("http://host/dapp/")
    missing = where_the_page_is("http://host", tmp_path / "dist")
    assert "make dapp" in missing
    assert "/dapp/" not in missing
