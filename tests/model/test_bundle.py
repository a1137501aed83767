"""A bundle is what its manifest says, or it is refused by name."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from oracle.errors import BundleError
from oracle.model.bundle import (
    DEFAULT_BUNDLE,
    Bundle,
    PolicyConfig,
    load_bundle,
    model_hash,
    read_manifest,
    write_bundle,
)
from oracle.model.encoder import DEFAULT_SOURCE, ENCODER_FILES, find_encoder
from oracle.model.reader import LABELS, Head


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(DEFAULT_BUNDLE, tmp_path / "bundle")
    return tmp_path / "bundle"


def _flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("name", ["config.json", "reader.safetensors", "training.json", "adapter.safetensors"])
@pytest.mark.parametrize("harm", [_flip_a_byte, Path.unlink], ids=["tampered", "missing"])
def test_names_the_file_that_was_tampered_with_or_is_missing(
    copy: Path, name: str, harm: Callable[[Path], None]
) -> None:
    harm(copy / name)
    with pytest.raises(BundleError, match=name):
        load_bundle(copy)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 3}', '{"format": 4, "encoder": 3, "files": {}}'])
def test_refuses_a_manifest_that_is_none(copy: Path, content: str) -> None:
    (copy / "manifest.json").write_text(content)
    with pytest.raises(BundleError, match=r"manifest\.json"):
        load_bundle(copy)


def test_names_a_directory_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="nowhere"):
        load_bundle(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ENCODER_FILES)
def test_refuses_an_encoder_whose_files_differ(copy: Path, tmp_path: Path, name: str) -> None:
    other = tmp_path / "encoder"
    other.mkdir()
    for file in ENCODER_FILES:
        (other / file).symlink_to(find_encoder(DEFAULT_SOURCE) / file)
    (other / name).unlink()
    (other / name).write_bytes(b"{}")
    with pytest.raises(BundleError, match=name):
        load_bundle(copy, encoder_source=str(other))


def test_accepts_any_directory_with_the_same_encoder(copy: Path, bundle: Bundle, tmp_path: Path) -> None:
    other = tmp_path / "encoder"
    shutil.copytree(find_encoder(DEFAULT_SOURCE), other)
    assert load_bundle(copy, encoder_source=str(other)).model_hash == bundle.model_hash


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("added_tokens.json", '{"token": 30521}'),
        ("special_tokens_map.json", '{"cls_token": "token", "sep_token": "transfer"}'),
        ("adapter_config.json", '{"peft_type": "LORA"}'),
        ("vocab.txt", "token"),
    ],
)
def test_files_that_no_digest_covers_change_no_vector(
    bundle: Bundle, copy: Path, tmp_path: Path, name: str, content: str
) -> None:
    other = tmp_path / "encoder"
    shutil.copytree(find_encoder(DEFAULT_SOURCE), other)
    (other / name).write_text(content)
    vector = load_bundle(copy, encoder_source=str(other)).reader.encoder.encode_all(["token transfer"])[0]
    assert np.array_equal(vector, bundle.reader.encoder.encode_all(["token transfer"])[0])


def test_the_hash_commits_to_every_file_of_policy_and_encoder() -> None:
    manifest = read_manifest(DEFAULT_BUNDLE)
    hashes = {model_hash(manifest)}
    for part in (manifest["files"], manifest["encoder"]["files"]):
        for name in part:
            kept, part[name] = part[name], "0" * 64
            hashes.add(model_hash(manifest))
            part[name] = kept
    assert len(hashes) == 1 + len(manifest["files"]) + len(manifest["encoder"]["files"])


def _rewrite(directory: Path, name: str, content: bytes) -> None:
    """Change a file of a bundle, and the manifest with it."""
    (directory / name).write_bytes(content)
    manifest = json.loads((directory / "manifest.json").read_text())
    manifest["files"][name] = hashlib.sha256(content).hexdigest()
    (directory / "manifest.json").write_text(json.dumps(manifest))


def test_refuses_a_configuration_that_this_version_does_not_know(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    _rewrite(copy, "config.json", json.dumps(config | {"hidden_size": 7}).encode())
    with pytest.raises(BundleError, match="does not fit this version"):
        load_bundle(copy)


def test_refuses_a_bundle_that_was_made_for_another_controller(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    _rewrite(copy, "config.json", json.dumps(config | {"controller": "planner 0"}).encode())
    with pytest.raises(BundleError, match="made for controller 'planner 0', and this version has 'planner 1'"):
        load_bundle(copy)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"weight": np.zeros((len(LABELS) + 1, 384)), "bias": np.zeros(len(LABELS))}, "no layer of 6 labels"),
        ({"weight": np.zeros((len(LABELS), 384)), "bias": np.zeros(2)}, "no layer of 6 labels"),
        ({"weight": np.full((len(LABELS), 384), np.nan), "bias": np.zeros(len(LABELS))}, "no finite number"),
        ({"weight": np.zeros((len(LABELS), 16)), "bias": np.zeros(len(LABELS))}, "made for vectors of 16, not 384"),
        ({"weight": np.zeros((len(LABELS), 384))}, "cannot be read"),
    ],
    ids=["more labels", "a short bias", "not finite", "another encoder", "no bias"],
)
def test_refuses_a_layer_that_is_none(copy: Path, arrays: dict[str, np.ndarray], said: str) -> None:
    _rewrite(copy, "reader.safetensors", save(arrays))
    with pytest.raises(BundleError, match=said):
        load_bundle(copy)


def _head() -> Head:
    random = np.random.default_rng(3)
    return Head(random.standard_normal((len(LABELS), 384)), random.standard_normal(len(LABELS)))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    head, config = _head(), PolicyConfig(margin=0.123, text_cap=0.2)
    written = write_bundle(
        tmp_path / "new", config=config, head=head, encoder_source=DEFAULT_SOURCE, training={"seed": 3}
    )
    read = load_bundle(tmp_path / "new")
    assert read.model_hash == written
    assert read.config == config
    assert np.array_equal(read.reader.head.weight, head.weight)
    assert np.array_equal(read.reader.head.bias, head.bias)


def test_no_adapter_of_an_earlier_bundle_in_the_same_place_stays(copy: Path) -> None:
    assert (copy / "adapter.safetensors").exists()
    write_bundle(copy, config=PolicyConfig(), head=_head(), encoder_source=DEFAULT_SOURCE, training={})
    assert not (copy / "adapter.safetensors").exists()
    load_bundle(copy)


def test_the_bundle_in_the_package_holds_no_pickle() -> None:
    assert {path.name for path in DEFAULT_BUNDLE.iterdir()} == {
        "manifest.json",
        "config.json",
        "reader.safetensors",
        "training.json",
        "adapter.safetensors",
        "MODEL_CARD.md",
    }
