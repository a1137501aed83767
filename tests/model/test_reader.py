"""What a text says: laws of the layer, whatever its weights, and that the default bundle reads sense."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.model.bundle import Bundle
from oracle.model.reader import AHEAD, LABELS, SILENT, Head

_HIDDEN = 8


@settings(max_examples=200)
@given(st.integers(0, 2**31), st.floats(0.01, 1e3))
def test_whatever_the_weights_what_a_text_says_is_bounded(seed: int, scale: float) -> None:
    random = np.random.default_rng(seed)
    head = Head(scale * random.standard_normal((len(LABELS), _HIDDEN)), scale * random.standard_normal(len(LABELS)))
    vector = random.standard_normal(_HIDDEN)
    said = head.said(vector / np.linalg.norm(vector))
    assert 0 <= said.announces <= 1
    assert 0 <= said.against <= 1
    assert said.announces == 0 or said.against == 0  # it is sure of one thing at most
    assert sum(said.when) == pytest.approx(1 if said.announces else 0, abs=1e-5)
    assert len(said.when) == len(AHEAD)


def test_a_text_of_which_the_layer_is_not_sure_says_exactly_nothing() -> None:
    head = Head(np.zeros((len(LABELS), _HIDDEN)), np.zeros(len(LABELS)))
    said = head.said(np.ones(_HIDDEN) / np.sqrt(_HIDDEN))
    # Four of six labels are that a crowd comes.
    assert said.announces == pytest.approx(2 * 4 / 6 - 1, abs=1e-6)
    assert Head(head.weight, np.log([5.0, 1, 1, 1, 1, 1])).said(np.ones(_HIDDEN)) == SILENT


def test_the_last_bits_of_an_embedding_change_nothing(bundle: Bundle) -> None:
    for text in ("minting of moonbirds opens soon", "thanks for lunch today", "the sale is called off"):
        vector = bundle.reader.encoder.encode_all([text])[0]
        said = bundle.reader.head.said(vector)
        for nudge in (1e-15, -1e-15):
            assert bundle.reader.head.said(vector * (1 + nudge)) == said


def test_the_empty_text_says_nothing(bundle: Bundle) -> None:
    assert bundle.reader.read("") == SILENT


def test_threads_change_nothing_that_is_read(bundle: Bundle) -> None:
    threads, found = torch.get_num_threads(), []
    texts = ("doors to the season passes shop open in # minutes", "we will not open the claims today")
    try:
        for count in (1, 2, 4):
            torch.set_num_threads(count)
            bundle.reader.forget()
            found.append([bundle.reader.read(text) for text in texts])
    finally:
        torch.set_num_threads(threads)
    assert found[0] == found[1] == found[2]


# Texts of no family and no list of the workload, by what they say.
COMES = [
    "our genesis collection can be minted by anyone starting very soon, be fast",
    "claims open in # minutes, everyone who staked can withdraw",
    "attention all holders: swap window opens shortly, expect congestion",
    "public sale kicks off in # blocks, get your wallets ready",
    "la venta de entradas empieza en # minutos, preparad las carteras",
]
CALLED_OFF = [
    "mint is paused indefinitely after the exploit",
    "claims will not start today",
    "the public sale has been cancelled, please send nothing",
    "due to a bug the launch is postponed, no new date yet",
]
NEUTRAL = [
    "powering the next wave of blockchain innovation!",
    "thanks for the coffee yesterday",
    "price feed updated by the keeper",
    "happy new year to everybody reading this",
    "payment for invoice # of march",
    "i love you anna, marry me",
]


@pytest.mark.parametrize("text", COMES)
def test_an_announcement_in_words_of_its_own_announces(bundle: Bundle, text: str) -> None:
    assert bundle.reader.read(text).announces > 0.5


@pytest.mark.parametrize("text", CALLED_OFF)
def test_a_cancellation_in_words_of_its_own_calls_off(bundle: Bundle, text: str) -> None:
    said = bundle.reader.read(text)
    assert said.announces == 0
    assert said.against > 0.5


@pytest.mark.parametrize("text", NEUTRAL)
def test_small_talk_says_exactly_nothing(bundle: Bundle, text: str) -> None:
    assert bundle.reader.read(text).announces == 0
