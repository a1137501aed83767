"""The shipped reader: loads, refuses what was changed, reads an agreement of our own, and offers nothing hostile."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from oracle.errors import BundleError
from oracle.markdown import section_of
from oracle.model.layers import Floats
from oracle.plans.bundle import DEFAULT_BUNDLE, ReaderBundle, load_reader
from oracle.plans.meanings import found_in
from oracle.plans.reading.read import read_agreement
from oracle.training.agreements.page import SECTION, table
from oracle.workload.agreements.wordings import HELD_OUT, TRAINING, TUNING, wordings

HOSTILE = sorted((Path(__file__).parent / "hostile").glob("*.txt"))
PAGE = Path(__file__).parents[2] / "docs" / "plans.md"


@pytest.fixture(scope="module")
def shipped() -> ReaderBundle:
    return load_reader()


@pytest.mark.parametrize("text", HOSTILE, ids=lambda path: path.stem)
def test_no_hostile_text_is_offered(shipped: ReaderBundle, text: Path) -> None:
    reading = read_agreement(text.read_text(), shipped.reader, shipped.thresholds)
    assert not reading.is_offered
    if json.loads(text.with_suffix(".json").read_text())["must"] == "refuse":
        assert reading.refusals or reading.questions


@pytest.mark.parametrize("name", ["heads.safetensors", "adapter.safetensors", "config.json", "training.json"])
def test_a_file_that_was_changed_is_refused(tmp_path: Path, name: str) -> None:
    shutil.copytree(DEFAULT_BUNDLE, tmp_path / "bundle")
    path = tmp_path / "bundle" / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(BundleError, match=f"{name} is not the file of the manifest"):
        load_reader(tmp_path / "bundle")


def test_the_page_shows_the_figures_of_the_shipped_bundle() -> None:
    assert section_of(PAGE.read_text(), SECTION) == table()


def test_no_wording_of_one_set_is_in_another() -> None:
    sets = [wordings(part).by_kind for part in (TRAINING, TUNING, HELD_OUT)]
    for kind in sets[0]:
        lines = [line for each in sets for line in each[kind]]
        assert len(lines) == len(set(lines)), kind
        assert all(each[kind] for each in sets), kind
        if kind != "common/other":
            assert len(lines) >= 20, kind
            assert len(sets[2][kind]) >= 5, kind


def test_a_sentence_is_encoded_once_and_read_alike_in_any_company(shipped: ReaderBundle) -> None:
    class Counting:
        """The encoder, and what it was asked to read."""

        hidden_size = shipped.reader.encoder.hidden_size
        encode_all, encode_marked = shipped.reader.encoder.encode_all, shipped.reader.encoder.encode_marked
        texts: ClassVar[list[str]] = []

        def encode_places(
            self, texts: Sequence[str], places: Sequence[Sequence[tuple[int, int]]]
        ) -> tuple[Floats, Floats]:
            self.texts.extend(texts)
            return shipped.reader.encoder.encode_places(texts, places)

    names = ["Ann Lee", "Bob Ray"]
    sentences = [
        found_in(text, names)
        for text in ("Ann Lee owes Bob Ray EUR 50.", "Bob Ray owes Ann Lee EUR 70.", "It rains in Leeds.")
    ]
    counting = replace(shipped.reader, encoder=Counting())
    together = counting.read([*sentences, sentences[0]])
    # Names and amounts are told by what they are: the first two sentences are one to the encoder.
    assert Counting.texts == ["[name] owes [name] [money].", "It rains in Leeds."]
    assert together[0] == together[3]
    for read, sentence in zip(together, sentences, strict=False):
        (alone,) = shipped.reader.read([sentence])
        assert read.kinds == pytest.approx(alone.kinds, abs=1e-11)
        for mine, theirs in zip(read.meanings, alone.meanings, strict=True):
            assert mine.target == theirs.target
            assert mine.chances == pytest.approx(theirs.chances, abs=1e-11)


def test_what_is_behind_the_tokens_that_are_read_may_mean_anything(shipped: ReaderBundle) -> None:
    long = f"{'字' * 400} EUR 50"
    (read,) = shipped.reader.read([found_in(long, [])])
    (meaning,) = read.meanings
    assert len(set(meaning.chances.values())) == 1
    assert shipped.reader.read([]) == []
