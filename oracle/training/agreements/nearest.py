"""The baseline without a model of language: what the nearest phrases said that training has seen, by TF-IDF.

    p(kind | sentence)  = Σ cos(sentence, n) · [n says kind] / Σ cos(sentence, n)     over the nearest phrases n

and so for a target, of phrases with a target of its type, each told by the words around it.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from oracle.plans.generative.question import OPTIONS, Answer, Question
from oracle.plans.meanings import KINDS
from oracle.training.agreements.clauses import Clause

_NEIGHBOURS = 5
_AROUND = 6  # words on each side of a target
_NUMBERED = re.compile(rf"\[(?P<word>{'|'.join(OPTIONS)}) \d+\]")
_TOKENS = r"\[?\w+\]?|[§#%:;()/-]"


class NearestAnswers:
    """Answers questions about sentences by the phrases nearest to them."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        """Take what training has seen."""
        kinds: dict[str, tuple[str, ...]] = {}
        meanings: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for clause in clauses:
            kinds.setdefault(_plain(clause.question.text), clause.kinds)
            for (word, around), meaning in zip(_targets(clause.question.text), clause.meanings, strict=True):
                meanings[word].setdefault(around, (meaning,))
        self._kinds = _Phrases(kinds)
        self._meanings = {word: _Phrases(phrases) for word, phrases in meanings.items()}

    def answer(self, question: Question) -> Answer:
        """Chances of what the nearest phrases say."""
        told = self._kinds.votes(_plain(question.text))
        meanings = []
        for (word, around), options in zip(_targets(question.text), question.options, strict=True):
            votes = self._meanings[word].votes(around) if word in self._meanings else {}
            total = sum(votes.values())
            even = 0.0 if total else 1 / len(options)
            meanings.append({option: votes.get(option, 0.0) / total if total else even for option in options})
        return Answer({kind: min(1.0, told.get(kind, 0.0)) for kind in KINDS}, tuple(meanings))


class _Phrases:
    """Phrases with what each says."""

    def __init__(self, said: Mapping[str, tuple[str, ...]]) -> None:
        self._said = list(said.values())
        self._words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=_TOKENS)
        self._rows = self._words.fit_transform(list(said))

    def votes(self, phrase: str) -> dict[str, float]:
        """The part of the nearness of the nearest phrases that says each thing; empty where none is near."""
        near = (self._rows @ self._words.transform([phrase]).T).toarray().ravel()
        nearest = np.argsort(-near, kind="stable")[:_NEIGHBOURS]
        total = float(near[nearest].sum())
        votes: dict[str, float] = defaultdict(float)
        for at in nearest if total > 0 else ():
            for each in self._said[at]:
                votes[each] += float(near[at]) / total
        return dict(votes)


def _plain(text: str) -> str:
    return _NUMBERED.sub(lambda match: f"[{match['word']}]", text)


def _targets(text: str) -> list[tuple[str, str]]:
    """Of each target its type, and the words around it, itself between marks."""
    found = []
    for match in _NUMBERED.finditer(text):
        before = _plain(text[: match.start()]).split()[-_AROUND:]
        after = _plain(text[match.end() :]).split()[:_AROUND]
        found.append((match["word"], " ".join([*before, f"§[{match['word']}]§", *after])))
    return found
