"""Answers of a language model that runs here."""

from collections.abc import Sequence
from itertools import takewhile

from oracle.errors import BundleError
from oracle.plans.generative.causal import Causal, Context
from oracle.plans.generative.choosing import shares_of
from oracle.plans.generative.grammar import Grammar
from oracle.plans.generative.prompt import Prompt
from oracle.plans.generative.question import (
    MOST_CHARACTERS,
    Answer,
    Question,
    first_kinds,
    further_kinds,
    meanings_of,
)
from oracle.plans.meanings import KINDS

_MOST_ANSWER_TOKENS = 400


class LocalAnswers:
    """Asks a model about sentences, one at a time; what is common to all questions is read once."""

    def __init__(self, causal: Causal, prompt: Prompt) -> None:
        """Take a model, and what stands before and after each sentence.

        Raises:
            BundleError: it cannot hold a question, or its tokens no grammar.
        """
        self._causal, (self._before, self._after) = causal, prompt
        room = getattr(causal.model.config, "max_position_embeddings", 0)
        if room < len(self._before) + MOST_CHARACTERS + _MOST_ANSWER_TOKENS:
            raise BundleError(f"the language model holds {room} tokens, too few for a question: give another model")
        self._grammar = Grammar(causal)
        self._context = Context(causal)
        self._context.add(self._before)

    def answer(self, question: Question) -> Answer:
        """Chances of what the model says.

        A kind's chance is that of all answers that name it where the likeliest answer does, or that leave the likeliest
        answer by naming it. Answers that differ before are not looked at, so it is no more than the kind's own chance.
        """
        self._context.cut(len(self._before))
        self._context.add([*self._causal.tokens(question.text), *self._after])
        chances = dict.fromkeys(KINDS, 0.0)
        told: list[str] = []
        reached, options = 1.0, first_kinds()
        while True:
            shares, best = self._choice(list(options))
            for string, share in shares.items():
                kind = options[string]
                if kind is not None:
                    chances[kind] = min(1.0, chances[kind] + reached * share)
            named = options[best]
            if named is None:
                break
            told.append(named)
            reached *= shares[best]
            options = further_kinds(told)
        meanings = []
        for number, possible in enumerate(question.options, start=1):
            written = meanings_of(number, possible)
            shares, _ = self._choice(list(written))
            meanings.append({written[string]: share for string, share in shares.items()})
        return Answer(chances, tuple(meanings))

    def _choice(self, strings: list[str]) -> tuple[dict[str, float], str]:
        """The probability of each string, and the likeliest one, which is then written."""
        spelt = [self._causal.tokens(each) for each in strings]
        begun = _common(spelt) if len(spelt) > 1 else []
        self._context.add(begun)
        shares = shares_of(self._context, self._grammar, strings, begun)
        best = max(strings, key=lambda each: shares[each])
        self._context.add(spelt[strings.index(best)][len(begun) :])
        return shares, best


def _common(spelt: Sequence[Sequence[int]]) -> list[int]:
    """The tokens that all begin with."""
    return [tokens[0] for tokens in takewhile(lambda each: len(set(each)) == 1, zip(*spelt, strict=False))]
