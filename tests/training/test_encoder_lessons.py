"""Lessons of the encoder itself, in small: pretraining, tuning by each method, the probe."""

import itertools
import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from oracle.errors import SettingsError
from oracle.model.encoder import DEFAULT_SOURCE, Encoder, find_encoder
from oracle.model.reader import LABELS
from oracle.training.consensus_dataset import IGNORED, TAGS, ConsensusDataset
from oracle.training.lesson_blocks import VENUE, as_blocks
from oracle.training.pretrain import ENCODER_FOLDER, PRETRAINING, pretrain
from oracle.training.probe import PROBING, probe
from oracle.training.said import CHATTER_FAMILY, said_texts
from oracle.training.spelling import misspelt
from oracle.training.tagged_text import PATTERNS, UNSEEN_PATTERNS, tagged_text, tagged_texts
from oracle.training.trainable import TrainableEncoder
from oracle.training.tuning import ADAPTED, METHODS, SAVED, TUNING, save_tuned, tune_encoder
from oracle.window.blocks import Block
from oracle.workload.crowds import Traffic
from oracle.workload.generator import generate
from oracle.workload.wordings import HELD_OUT, TRAINING, wordings
from tests.examples import transaction

_FEW = {"steps": 4, "validate_every": 2}


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    calls = generate(Traffic(base_load=12, crowds=(), accounts=20, seed=3), VENUE)
    return as_blocks(list(itertools.islice(calls, 16)), random.Random(1))


def test_every_word_of_a_transaction_has_its_tag() -> None:
    paid = transaction(value_wei=25 * 10**16, calldata=b"thanks for lunch")
    text = tagged_text(paid, 1_700_000_000, PATTERNS[0])
    assert text.text.startswith("payment of 0.25 ether from 0x")
    assert text.text.endswith("memo thanks for lunch")
    entities = {
        tag[2:]: [w for w, t in zip(text.words, text.tags, strict=True) if t[2:] == tag[2:]] for tag in text.tags
    }
    assert entities["AMOUNT"] == ["0.25"]
    assert entities["TIME"] == ["14", "November", "2023", "22:13"]
    assert entities["SENDER"] == ["0x" + paid.sender.hex()[:8]]
    assert text.tags[-4:] == ("O",) * 4


def test_labels_stand_at_the_first_token_of_each_word(blocks: list[Block]) -> None:
    texts = tagged_texts(blocks[:2], PATTERNS)
    tokenizer = TrainableEncoder(find_encoder(DEFAULT_SOURCE)).tokenizer
    data = ConsensusDataset(texts, tokenizer)
    assert len(data) == sum(len(block.transactions) for block in blocks[:2])
    for row, text in enumerate(texts):
        labels = [TAGS[label] for label in data[row]["labels"].tolist() if label != IGNORED]
        assert tuple(labels) == text.tags[: len(labels)]
        assert len(labels) == len(text.tags) or len(data[row]["labels"]) == 96
    batch = data.batch([0, 1, 2])
    assert batch["input_ids"].shape == batch["labels"].shape == batch["attention_mask"].shape
    assert (batch["labels"][batch["attention_mask"] == 0] == IGNORED).all()


def test_batches_with_gradients_give_the_vectors_of_the_canonical_path() -> None:
    texts = ["note: free mint for everyone shortly", "payment", "token transfer"]
    directory = find_encoder(DEFAULT_SOURCE)
    encoder = Encoder(directory)
    with torch.no_grad():
        batched = TrainableEncoder(directory)(texts)
    np.testing.assert_allclose(batched, np.stack([encoder.encode_all([text])[0] for text in texts]), atol=2e-6)


def test_pretraining_lowers_the_loss_and_leaves_an_encoder(
    small_encoder: Path, blocks: list[Block], tmp_path: Path
) -> None:
    descent = replace(PRETRAINING, steps=30, validate_every=15, learning_rate=2e-2)
    figures = pretrain(tmp_path, str(small_encoder), blocks, seed=1, descent=descent)
    assert figures.loss_after < figures.loss_before - 0.5
    trained, before = Encoder(tmp_path / ENCODER_FOLDER), Encoder(small_encoder)
    assert not np.allclose(trained.encode_all(["payment"]), before.encode_all(["payment"]))
    again = pretrain(tmp_path, str(small_encoder), blocks, seed=1, descent=descent)
    assert again == replace(figures, loss_after=again.loss_after, accuracy_after=again.accuracy_after)
    assert json.loads((tmp_path / "pretraining.json").read_text())["loss_before"] == figures.loss_before
    with pytest.raises(SettingsError, match="at least 8 blocks"):
        pretrain(tmp_path / "few", str(small_encoder), blocks[:3], seed=1)


def test_every_label_has_texts_and_those_held_out_share_none_with_training() -> None:
    (known, of_known), (unseen, of_unseen) = (
        (speech, said_texts(speech, tuple(speech.families))) for speech in map(wordings, (TRAINING, HELD_OUT))
    )
    assert {each.label for each in of_known} == set(LABELS)
    for said in (of_known, of_unseen):
        assert len({each.text for each in said}) == len(said)
        assert all(sum(each.shares) == pytest.approx(1) for each in said)
        assert any(each.family == CHATTER_FAMILY for each in said)
    assert not {each.text for each in of_known} & {each.text for each in of_unseen}
    assert len(known.families) >= 30
    assert len(unseen.families) >= 8


@pytest.mark.parametrize("seed", range(20))
def test_a_misspelt_text_is_still_a_text(seed: int) -> None:
    chance = random.Random(seed)
    written = "minting of moonbirds opens in # minutes, be quick"
    wrong = misspelt(written, chance)
    assert wrong.isascii()
    assert 0.5 * len(written) < len(wrong) < 1.5 * len(written)
    assert misspelt("a", chance)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_tunes_and_those_with_weights_of_their_own_are_written(
    small_encoder: Path, tmp_path: Path, method: str
) -> None:
    torch.manual_seed(0)
    reader, tuned = tune_encoder(tmp_path / "run", str(small_encoder), method, seed=1, descent=replace(TUNING, **_FEW))
    assert tuned.method == method
    assert 0 <= tuned.unseen <= 1
    assert tuned.trained > 0
    if method not in SAVED:
        with pytest.raises(SettingsError, match=method):
            save_tuned(reader, tmp_path / "encoder")
        return
    with torch.no_grad():  # so that adapters, which begin as nothing, do something
        for parameter in reader.encoder.model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.5 * torch.randn_like(parameter))
    save_tuned(reader, tmp_path / "tuned")
    texts = ["note: free mint for everyone shortly", "payment"]
    reader.eval()
    with torch.no_grad():
        expected = reader.encoder(texts)
    adapted = method in ADAPTED
    encoder = Encoder(small_encoder, tmp_path / "tuned") if adapted else Encoder(tmp_path / "tuned")
    got = np.stack([encoder.encode_all([text])[0] for text in texts])
    np.testing.assert_allclose(got, expected, atol=1e-5)
    assert not np.allclose(got, np.stack([Encoder(small_encoder).encode_all([text])[0] for text in texts]), atol=1e-3)


def test_a_tuning_that_there_is_not_is_refused(small_encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no way 'magic'"):
        tune_encoder(tmp_path, str(small_encoder), "magic", seed=1)


def test_the_probe_reports_every_entity(small_encoder: Path, blocks: list[Block], tmp_path: Path) -> None:
    descent = replace(PROBING, steps=40, validate_every=20, learning_rate=2e-2)
    found = probe(tmp_path, str(small_encoder), blocks, frozen=False, seed=1, descent=descent)
    assert set(found.f1) == {"AMOUNT", "KIND", "RECEIVER", "SENDER", "TIME"}
    assert 0 < found.micro_f1 <= 1
    assert "precision" in found.report
    assert json.loads((tmp_path / "probe.json").read_text())["micro_f1"] == found.micro_f1
    assert not set(UNSEEN_PATTERNS) & set(PATTERNS)
