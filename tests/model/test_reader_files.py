"""The files of a trained reader are what their manifest says, on the encoder that it names, or they are refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oracle.errors import BundleError
from oracle.model.encoder import DEFAULT_SOURCE, find_encoder
from oracle.model.layers import Layer, layer_octets, read_layers
from oracle.model.reader_files import (
    read_reader_manifest,
    reader_encoder,
    reader_hash,
    reader_parts,
    standing_on,
    write_reader_files,
)

OWN = "heads.safetensors"
LAYER = Layer(np.arange(6.0).reshape(2, 3), np.array([0.5, -0.5]))
CONFIG = {"sure": 0.9}


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, bytes]:
    """A reader on the packaged encoder, and its hash."""
    directory = tmp_path / "reader"
    hashed = write_reader_files(
        directory,
        {OWN: layer_octets({"kinds": LAYER})},
        config=CONFIG,
        training={"steps": 3},
        stands_on=standing_on(DEFAULT_SOURCE),
    )
    return directory, hashed


def _manifest(directory: Path) -> dict[str, Any]:
    return read_reader_manifest(directory, (OWN,), reader="a reader of tests")


def test_what_was_written_is_read_again_under_one_hash(written: tuple[Path, bytes]) -> None:
    directory, hashed = written
    manifest = _manifest(directory)

    assert reader_hash(manifest) == hashed
    assert reader_encoder(manifest, None) == find_encoder(DEFAULT_SOURCE)
    (layer,) = read_layers(directory / OWN, "kinds")
    assert (layer.weight.tolist(), layer.bias.tolist()) == (LAYER.weight.tolist(), LAYER.bias.tolist())
    assert reader_parts(directory, lambda config: config) == CONFIG
    np.testing.assert_array_equal(layer.scores(np.array([[1.0, 0.0, 0.0]])), [[0.5, 3 * 3**0.5 - 0.5]])


@pytest.mark.parametrize("name", [OWN, "config.json", "training.json"])
def test_a_file_that_was_changed_or_is_missing_is_named(written: tuple[Path, bytes], name: str) -> None:
    path = written[0] / name
    octets = path.read_bytes()
    for harm in (lambda: path.write_bytes(octets + b" "), path.unlink):
        harm()
        with pytest.raises(BundleError, match=f"{name} is not the file of the manifest"):
            _manifest(written[0])


def test_another_encoder_is_refused_wherever_it_is_said_to_be(
    written: tuple[Path, bytes], small_encoder: Path, tmp_path: Path
) -> None:
    manifest = _manifest(written[0])
    with pytest.raises(BundleError, match=f"the encoder in {small_encoder} is not the one"):
        reader_encoder(manifest, str(small_encoder))
    same = shutil.copytree(find_encoder(DEFAULT_SOURCE), tmp_path / "same")
    assert reader_encoder(manifest, str(same)) == same


@pytest.mark.parametrize("change", [{"format": 2}, {"encoder": None}, {"files": None}])
def test_a_manifest_of_something_else_is_refused(written: tuple[Path, bytes], change: dict[str, Any]) -> None:
    path = written[0] / "manifest.json"
    changed = json.loads(path.read_text()) | change
    path.write_text(json.dumps({name: value for name, value in changed.items() if value is not None}))

    with pytest.raises(BundleError, match="is no manifest of a reader of tests of format 1"):
        _manifest(written[0])


def test_what_this_version_does_not_know_is_refused(written: tuple[Path, bytes]) -> None:
    directory, _ = written
    for make in (lambda config: config["doubt"], lambda _: read_layers(directory / OWN, "meanings")):
        with pytest.raises(BundleError, match="does not fit this version"):
            reader_parts(directory, make)
