"""The readers beside the shipped one: the nearest phrase finds its own, and a language model learns and resumes."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from oracle.plans.generative.question import Question, asked_of
from oracle.training.agreements.clauses import Clause, clauses_of
from oracle.training.agreements.lesson import lessons_of
from oracle.training.agreements.nearest import NearestAnswers
from oracle.training.agreements.others import answer_accuracy, keep, measure
from oracle.workload.agreements.wordings import HELD_OUT, TRAINING, TUNING, wordings


@pytest.fixture(scope="module")
def clauses() -> list[Clause]:
    return clauses_of(lessons_of(range(40), wordings(TRAINING)))


def test_clauses_hold_what_lessons_say(clauses: list[Clause]) -> None:
    debts = [clause for clause in clauses if clause.meanings == ("debtor", "creditor", "debt")]
    assert debts
    for debt in debts:
        assert debt.kinds == ("clearing/obligation",)
        assert re.findall(r"\[(\w+ \d)\]", debt.question.text) == ["name 1", "name 2", "money 3"]
        assert re.sub(r" \d\]", "]", debt.question.text) == debt.text
    assert all(
        meaning is None or meaning in options
        for clause in clauses
        for meaning, options in zip(clause.meanings, clause.question.options, strict=True)
    )


def test_the_nearest_phrase_of_a_phrase_is_itself(clauses: list[Clause]) -> None:
    kinds, meanings = answer_accuracy(NearestAnswers(clauses), clauses[:100])
    assert kinds > 0.9
    assert meanings > 0.9
    # Alone, a phrase is all that is near.
    for clause in clauses[:10]:
        answer = NearestAnswers([clause]).answer(clause.question)
        assert tuple(kind for kind, chance in answer.kinds.items() if chance > 0.99) == clause.kinds


def test_what_is_near_nothing_says_nothing(clauses: list[Clause]) -> None:
    answer = NearestAnswers(clauses).answer(Question("xyzzy", ()))
    assert set(answer.kinds.values()) == {0.0}
    told = NearestAnswers(clauses[:1]).answer(asked_of("plugh [share] plugh"))
    assert set(told.meanings[0].values()) == {1 / len(told.meanings[0])}


def test_readers_are_measured_alike_and_their_figures_are_kept_beside_each_other(
    tmp_path: Path, clauses: list[Clause]
) -> None:
    asked = dict.fromkeys((TRAINING, TUNING, HELD_OUT), clauses[:10])
    thresholds, figures = measure(NearestAnswers(clauses), agreements=2, clauses=asked, say=lambda _: None)
    assert 0 < thresholds.doubt < thresholds.sure
    assert all(row["agreements"] == 2 and row["clauses"] == 10 for row in figures.values())
    path = tmp_path / "others.json"
    keep("one", {"figures": figures}, path)
    keep("another", {"figures": {}}, path)
    keep("one", {"figures": {"new": 1}}, path)
    assert path.read_text().index("another") < path.read_text().index("one")


def test_a_language_model_learns_resumes_and_is_read_as_it_was_trained(tmp_path: Path, tiny_model: Path) -> None:
    from oracle.plans.generative.bundle import load_generative, write_generative
    from oracle.plans.generative.local import LocalAnswers
    from oracle.plans.generative.prompt import plain_prompt
    from oracle.plans.reading.evidence import Thresholds
    from oracle.training.agreements.generative import DESCENT, factors_of, train_generative

    descent = replace(DESCENT, steps=6, validate_every=3, learning_rate=1e-2)
    given: dict[str, Any] = {"seed": 1, "descent": descent, "agreements": 10, "validated": 4}
    one, trained = train_generative(tmp_path / "one", str(tiny_model), **given)
    assert trained.loss < trained.loss_before

    saved = torch.load(tmp_path / "one" / "generative.pt", weights_only=True)
    assert saved["step"] == 6
    assert set(saved["weights"]) == {name for name in saved["weights"] if "lora" in name}  # megabytes, not the model

    factors = factors_of(one.model)
    out = tmp_path / "reader"
    write_generative(out, factors=factors, thresholds=Thresholds(), source=str(tiny_model), training={})
    question = asked_of("[name] owes [name] [money] for the [date] steel.")
    loaded = load_generative(str(out)).reader.answers.answer(question)
    as_trained = LocalAnswers(one, plain_prompt(one)).answer(question)
    assert loaded is not None
    for got, wanted in zip(loaded.meanings, as_trained.meanings, strict=True):
        assert got == pytest.approx(wanted, abs=1e-4)
    assert loaded.kinds == pytest.approx(as_trained.kinds, abs=1e-4)
    again, more = train_generative(tmp_path / "one", str(tiny_model), **given)
    assert more == trained
    assert all(torch.equal(factor, factors[name]) for name, factor in factors_of(again.model).items())
