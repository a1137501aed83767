"""The bundle that reads Chinese, as far as it can be looked at without its encoder."""

import json
from pathlib import Path

import pytest

from oracle.errors import BundleError
from oracle.model.bundle import load_bundle
from oracle.model.manifest import DEFAULT_BUNDLE, model_hash, read_manifest
from tests.conftest import ROOT

BUNDLE = ROOT / "oracle/model/multilingual_bundle"


def test_it_is_whole_says_that_it_reads_chinese_and_how_well() -> None:
    manifest = read_manifest(BUNDLE)
    assert manifest["encoder"]["source"] == "unpacked:multilingual-e5-small"
    assert json.loads((BUNDLE / "config.json").read_text())["reads_chinese"] is True
    figures = json.loads((BUNDLE / "training.json").read_text())["figures"]["reading"]
    default = json.loads((DEFAULT_BUNDLE / "training.json").read_text())["figures"]["reading"]
    assert figures["unseen Chinese"]["announced_against_neutral"] > 0.97
    assert figures["unseen Chinese"]["announced_against_called_off"] > 0.95
    assert set(figures) - set(default) == {"unseen Chinese"}
    assert model_hash(manifest).hex() in (BUNDLE / "MODEL_CARD.md").read_text()


def test_without_its_encoder_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(BundleError, match=r"multilingual\.txt, then `catalyst train unpack`"):
        load_bundle(BUNDLE)
