"""A bundle is what its manifest says, or it is refused by name."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from oracle.errors import BundleError
from oracle.model.bundle import DEFAULT_BUNDLE, Bundle, load_bundle, model_hash, read_manifest, write_bundle
from oracle.model.encoder import DEFAULT_SOURCE, ENCODER_FILES, find_encoder
from oracle.model.policy import Policy, PolicyConfig


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(DEFAULT_BUNDLE, tmp_path / "bundle")
    return tmp_path / "bundle"


def _flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("name", ["config.json", "policy.safetensors", "training.json", "adapter.safetensors"])
@pytest.mark.parametrize("harm", [_flip_a_byte, Path.unlink], ids=["tampered", "missing"])
def test_names_the_file_that_was_tampered_with_or_is_missing(
    copy: Path, name: str, harm: Callable[[Path], None]
) -> None:
    harm(copy / name)
    with pytest.raises(BundleError, match=name):
        load_bundle(copy)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 2}', '{"format": 3, "encoder": 3, "files": {}}'])
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
    vector = load_bundle(copy, encoder_source=str(other)).encoder.encode("token transfer")
    assert np.array_equal(vector, bundle.encoder.encode("token transfer"))


def test_the_hash_commits_to_every_file_of_policy_and_encoder() -> None:
    manifest = read_manifest(DEFAULT_BUNDLE)
    hashes = {model_hash(manifest)}
    for part in (manifest["files"], manifest["encoder"]["files"]):
        for name in part:
            kept, part[name] = part[name], "0" * 64
            hashes.add(model_hash(manifest))
            part[name] = kept
    assert len(hashes) == 1 + len(manifest["files"]) + len(manifest["encoder"]["files"])


def test_refuses_weights_that_do_not_fit_the_configuration(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"hidden_size": 7}))
    manifest = json.loads((copy / "manifest.json").read_text())
    import hashlib

    manifest["files"]["config.json"] = hashlib.sha256((copy / "config.json").read_bytes()).hexdigest()
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="does not fit"):
        load_bundle(copy)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    torch.manual_seed(3)
    policy = Policy(PolicyConfig()).double()
    written = write_bundle(tmp_path / "new", policy=policy, encoder_source=DEFAULT_SOURCE, training={"seed": 3})
    read = load_bundle(tmp_path / "new")
    assert read.model_hash == written
    for name, tensor in policy.state_dict().items():
        assert torch.equal(tensor, read.policy.state_dict()[name])


def test_no_adapter_of_an_earlier_bundle_in_the_same_place_stays(copy: Path) -> None:
    assert (copy / "adapter.safetensors").exists()
    write_bundle(copy, policy=Policy(PolicyConfig()).double(), encoder_source=DEFAULT_SOURCE, training={})
    assert not (copy / "adapter.safetensors").exists()
    load_bundle(copy)


def test_the_bundle_in_the_package_holds_no_pickle() -> None:
    assert {path.name for path in DEFAULT_BUNDLE.iterdir()} == {
        "manifest.json",
        "config.json",
        "policy.safetensors",
        "training.json",
        "adapter.safetensors",
        "MODEL_CARD.md",
    }
