"""The order in which `make test` hands out files."""

from tests.conftest import LONGEST, ROOT


def test_every_file_that_is_to_come_first_is_there() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / name).is_file()] == []
