"""`catalyst bench adversary` in small: the search finds what says most, and no text exceeds the bound."""

from pathlib import Path

import numpy as np
import pytest

from oracle.control.announced import AHEAD
from oracle.control.evidence import SPREAD
from oracle.lab.bench.adversary import _ANY_DOWN, _ANY_UP, ANY, SHARE, beside
from oracle.lab.bench.hostile_texts import find_text
from oracle.model.bundle import load_bundle
from oracle.plant.planned import EvidenceByT
from tests.lab.bench.conftest import EFFORT, Measured

pytestmark = pytest.mark.long


def test_the_search_finds_texts_that_say_more_than_where_it_began(small_bundle: Path) -> None:
    reader = load_bundle(small_bundle).reader
    known = [f"words of number {number} and more of them" for number in ("one", "two", "three", "four", "five")]

    def against(text: str) -> float:
        return float(reader.head.weight[1] @ reader.encoder.encode_all([text])[0])

    def find(changes: int) -> str:
        return find_text(reader, known, lambda said: said.against, candidates=5, starts=2, changes=changes)

    assert reader.read(find(60)).against >= max(reader.read(text).against for text in known)
    assert find(20) == find(20)
    assert np.isfinite(against(find(20)))


def test_every_attack_is_measured_at_every_share(adversary_measured: Measured) -> None:
    measured, said = adversary_measured
    assert len(measured["rows"]) == len(said) == 2 * len(EFFORT.shares) * 2 * 3
    assert {row["share"] for row in measured["rows"]} == set(EFFORT.shares) >= {SHARE}
    assert {row["text"] for row in measured["rows"]} > {ANY}
    # What announces more costs less for each hundredth of phi, and none moves it without paying.
    assert all(row["fees_for_a_hundredth"] is None or row["fees_for_a_hundredth"] > 0 for row in measured["rows"])


def test_whoever_pays_a_share_takes_that_share_and_adds_at_most_it() -> None:
    random = np.random.default_rng(1)
    honest = EvidenceByT(random.random((2, 5, AHEAD)) / AHEAD, random.random((2, 5)) / 2)
    raised = random.random((2, 5)) < 0.5
    found = beside(honest, 0.3, _ANY_UP, raised, _ANY_DOWN, ~raised)
    np.testing.assert_allclose(found.against, 0.7 * honest.against + 0.3 * ~raised)
    np.testing.assert_allclose(found.announced.sum(axis=-1), 0.7 * honest.announced.sum(axis=-1) + 0.3 * raised)
    assert SPREAD.shape == (len(_ANY_UP.when), AHEAD)
