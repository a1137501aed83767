import numpy as np
import pytest

from oracle.errors import BundleError
from oracle.model.bundle import Bundle
from oracle.model.encoder import DEFAULT_SOURCE, encoder_digests, find_encoder


def test_the_packaged_encoder_is_the_published_model() -> None:
    # The digest that was published for the original all-MiniLM-L6-v2 weights.
    digest = encoder_digests(find_encoder(DEFAULT_SOURCE))["model.safetensors"]
    assert digest == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def test_vectors_have_length_one_and_the_models_size(bundle: Bundle) -> None:
    vector = bundle.encoder.encode("token transfer")
    assert vector.shape == (384,)
    assert vector.dtype == np.float64
    assert np.linalg.norm(vector) == pytest.approx(1)


def test_like_meanings_lie_closer_than_unlike_ones(bundle: Bundle) -> None:
    sale, offer, lunch = (
        bundle.encoder.encode(text)
        for text in ("the public sale opens soon", "our sale starts in a moment", "thanks for lunch")
    )
    assert sale @ offer > sale @ lunch + 0.2


def test_text_past_the_last_token_changes_nothing(bundle: Bundle) -> None:
    long = "word " * 60
    assert np.array_equal(bundle.encoder.encode(long), bundle.encoder.encode(long + "and another"))


def test_an_absent_package_and_an_absent_directory_are_named() -> None:
    with pytest.raises(BundleError, match="no_such_encoder is not installed"):
        find_encoder("package:no_such_encoder")
    for name in ("no.such", "", "a b"):
        with pytest.raises(BundleError, match="is not installed"):
            find_encoder(f"package:{name}")
    with pytest.raises(BundleError, match=r"\./nowhere"):
        find_encoder("./nowhere")
