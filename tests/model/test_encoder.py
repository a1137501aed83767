import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from oracle.errors import BundleError
from oracle.model.bundle import Bundle
from oracle.model.encoder import DEFAULT_SOURCE, ENCODER_FILES, MAX_TOKENS, Encoder, encoder_digests, find_encoder
from oracle.model.pretrained import load_encoder


def test_the_packaged_encoder_is_the_published_model() -> None:
    # The digest that was published for the original all-MiniLM-L6-v2 weights.
    digest = encoder_digests(find_encoder(DEFAULT_SOURCE))["model.safetensors"]
    assert digest == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def test_vectors_have_length_one_and_the_models_size(bundle: Bundle) -> None:
    vector = bundle.reader.encoder.encode_all(["token transfer"])[0]
    assert vector.shape == (384,)
    assert vector.dtype == np.float64
    assert np.linalg.norm(vector) == pytest.approx(1)


def test_like_meanings_lie_closer_than_unlike_ones(bundle: Bundle) -> None:
    sale, offer, lunch = (
        bundle.reader.encoder.encode_all([text])[0]
        for text in ("the public sale opens soon", "our sale starts in a moment", "thanks for lunch")
    )
    assert sale @ offer > sale @ lunch + 0.2


def test_text_past_the_last_token_changes_nothing(bundle: Bundle) -> None:
    long = "word " * 60
    first, second = (bundle.reader.encoder.encode_all([text])[0] for text in (long, long + "and another"))
    assert np.array_equal(first, second)


def test_an_absent_package_and_an_absent_directory_are_named() -> None:
    with pytest.raises(BundleError, match="no_such_encoder is not installed"):
        find_encoder("package:no_such_encoder")
    for name in ("no.such", "", "a b"):
        with pytest.raises(BundleError, match="is not installed"):
            find_encoder(f"package:{name}")
    with pytest.raises(BundleError, match=r"\./nowhere"):
        find_encoder("./nowhere")


TEXTS = (
    "",
    "token transfer",
    "Café — Größe, naïve 日本語 🎟 tickets!",
    "supply-chain step: harbour tickets moved to the shop floor, selling starts at 10:00\tand\x00 ends soon",
    "[CLS] [MASK] ##ing " + "unbelievablylongwordwithoutanyspace" * 5,
    "word " * 60,
)


@pytest.fixture
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("one_thread")  # as ours runs; by several, the library's last bits are others
def test_vectors_are_those_of_the_library_that_trains_to_the_last_bit(small_encoder: Path) -> None:
    for directory in (find_encoder(DEFAULT_SOURCE), small_encoder):
        encoder = Encoder(directory)
        tokenizer, model = load_encoder(directory, torch.float64)
        for text in TEXTS:
            tokens = tokenizer(text, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
            with torch.inference_mode():
                mean = model(**tokens).last_hidden_state[0].mean(dim=0).numpy()
            assert np.array_equal(encoder.encode_all([text])[0], mean / np.linalg.norm(mean)), text


def test_what_is_said_is_the_same_in_any_company(bundle: Bundle) -> None:
    texts = [*TEXTS[1:], "public sale of solar shares opens soon", "claims will not start today"] * 5
    together = bundle.reader.encoder.encode_all(texts)
    alone = np.stack([bundle.reader.encoder.encode_all([text])[0] for text in texts])
    assert np.abs(together - alone).max() < 1e-14
    head = bundle.reader.head
    assert [head.said(vector) for vector in together] == [head.said(vector) for vector in alone]


def test_a_model_of_another_kind_is_run_by_the_library(small_encoder: Path, tmp_path: Path) -> None:
    # The same weights with another activation: no model that we compute ourselves.
    for name in ENCODER_FILES:
        shutil.copy(small_encoder / name, tmp_path / name)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"hidden_act": "relu"}))
    other, ours = (Encoder(directory).encode_all(["token transfer"])[0] for directory in (tmp_path, small_encoder))
    assert other.shape == ours.shape
    assert not np.allclose(other, ours)


@pytest.mark.parametrize(
    ("run_by", "said"), [("gelu", "no model of the kind that its config"), ("relu", "lacks 16 of")]
)
def test_weights_that_do_not_fit_the_configuration_are_refused(
    small_encoder: Path, tmp_path: Path, run_by: str, said: str
) -> None:
    """By us, and by the library, which would draw those that are missing."""
    for name in ENCODER_FILES:
        shutil.copy(small_encoder / name, tmp_path / name)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 2, "hidden_act": run_by}))
    with pytest.raises(BundleError, match=said):
        Encoder(tmp_path)


def test_a_kind_that_the_library_does_not_know_is_refused(small_encoder: Path, tmp_path: Path) -> None:
    for name in ENCODER_FILES:
        shutil.copy(small_encoder / name, tmp_path / name)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"model_type": "no such kind"}))
    with pytest.raises(BundleError, match="no model that transformers knows"):
        Encoder(tmp_path)
