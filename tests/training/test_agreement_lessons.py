"""Lessons on agreements: pieces as the reader sees them, and places that survive what is done to the text."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from oracle.model.encoder import DEFAULT_SOURCE, find_encoder
from oracle.plans.bundle import DEFAULT_BUNDLE, load_reader
from oracle.plans.meanings import MARK, MEANINGS
from oracle.plans.reading.evidence import Thresholds
from oracle.plans.reading.read import Reading
from oracle.training.agreements.export import export_reader
from oracle.training.agreements.figures import judge
from oracle.training.agreements.lesson import Lesson, lessons_of
from oracle.training.agreements.train import TrainableReader, mistakes
from oracle.training.agreements.varying import marked, rewritten
from oracle.training.spelling import misspelt
from oracle.training.trainable import TrainableEncoder
from oracle.workload.agreements.wordings import TRAINING, wordings


@pytest.fixture(scope="module")
def lessons() -> list[Lesson]:
    return lessons_of(range(40), wordings(TRAINING))


def test_pieces_hold_what_is_told_where_it_stands(lessons: list[Lesson]) -> None:
    told = [
        (piece.text[each.start : each.end], MEANINGS[each.meaning])
        for lesson in lessons
        for piece in lesson.pieces
        for each in piece.told
    ]
    assert {("[name]", "debtor"), ("[money]", "debt"), ("[time]", "delivery"), ("[date]", "none")} <= set(told)
    assert all(text[0] == "[" and text[-1] == "]" for text, _ in told)
    assert any(len(lesson.pieces) > 1 and sum(lesson.kinds) == 1 for lesson in lessons)


@given(st.integers(0, 10_000))
def test_places_survive_other_letters_and_marks(seed: int) -> None:
    chance = random.Random(seed)
    lesson = chance.choice(lessons_of(range(1), wordings(TRAINING)))
    for piece in lesson.pieces:
        spelt = rewritten(piece, lambda text: misspelt(text, chance))
        words = [piece.text[each.start : each.end] for each in piece.told]
        assert [spelt.text[each.start : each.end] for each in spelt.told] == words
        for number, word in enumerate(words):
            one = marked(spelt, number)
            found = [one.text[each.start : each.end] for each in one.told]
            assert found == [*words[:number], f"{MARK} {word} {MARK}", *words[number + 1 :]]


def test_a_reader_goes_on_from_a_bundle_and_is_written_as_it_was(tmp_path: Path, lessons: list[Lesson]) -> None:
    reader = TrainableReader(TrainableEncoder(find_encoder(DEFAULT_SOURCE)))
    reader.open_encoder()
    reader.begin_with(DEFAULT_BUNDLE)
    reader.eval()
    export_reader(reader, tmp_path, thresholds=Thresholds(), encoder_source=DEFAULT_SOURCE, training={})
    written, shipped = load_reader(tmp_path).reader, load_reader().reader
    pieces = [piece for lesson in lessons[:6] for piece in lesson.pieces]
    places = [[(each.start, each.end) for each in piece.told] for piece in pieces]
    texts = [piece.text for piece in pieces]
    for mine, theirs in zip(
        written.encoder.encode_places(texts, places), shipped.encoder.encode_places(texts, places), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)
    with torch.inference_mode():
        kinds, meanings = reader.scores(pieces)
        known = [lesson for lesson in lessons if lesson.pieces][:40]
        assert 0 <= mistakes(reader, known) < 0.4
        assert mistakes(reader, [replace(each, kinds=tuple(1 - said for said in each.kinds)) for each in known]) >= 1
    vectors, found = shipped.encoder.encode_places(texts, places)
    np.testing.assert_allclose(kinds.numpy(), shipped.kinds.scores(vectors), atol=2e-3)
    np.testing.assert_allclose(meanings.numpy(), shipped.meanings.scores(found), atol=2e-3)


def test_the_order_of_milestones_is_not_judged() -> None:
    parts = [{"share_bps": 4_000, "due_seconds": 5, "event": "a"}, {"share_bps": 6_000, "due_date": "2027-01-02"}]
    reading = Reading("charity", {"charity": "Ann"}, {"milestones": parts[::-1]})
    assert judge(reading, "charity", {"charity": "Ann"}, {"milestones": parts}, ()).exact
    other = [parts[0] | {"share_bps": 4_001}, parts[1]]
    assert judge(reading, "charity", {"charity": "Ann"}, {"milestones": other}, ()).wrong_offer
