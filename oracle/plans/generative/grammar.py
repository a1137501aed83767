"""Which tokens a model may write next, so that it writes one of a few strings: by llguidance, from a Lark grammar."""

import json
from collections.abc import Sequence

import numpy as np
from llguidance import LLMatcher
from llguidance.hf import from_tokenizer
from numpy.typing import NDArray

from oracle.errors import BundleError
from oracle.plans.generative.causal import Causal


class Grammar:
    """Masks of a model's tokens."""

    def __init__(self, causal: Causal) -> None:
        """Take the tokens of a model.

        Raises:
            BundleError: its tokenizer is not of a kind that llguidance knows.
        """
        try:
            # A model may have scores for more tokens than its tokenizer has.
            size = max(len(causal.tokenizer), int(causal.model.config.vocab_size))
            self._tokens = from_tokenizer(causal.tokenizer, n_vocab=size, slices=[])
        except ValueError as error:
            raise BundleError(
                f"the language model's tokenizer cannot be held to a grammar ({error}): "
                "give a model with tokenizer.json"
            ) from error
        self._begun: dict[tuple[str, ...], LLMatcher] = {}

    def allowed(self, strings: Sequence[str], written: Sequence[int]) -> NDArray[np.int64]:
        """The tokens that may follow, where some of a string is written already.

        Args:
            strings: What may be written, one of them; none begins another.
            written: Tokens so far, each of which was allowed.

        Raises:
            BundleError: the grammar cannot be followed with this model's tokens.
        """
        key = tuple(strings)
        if key not in self._begun:
            lark = "start: " + " | ".join(json.dumps(each) for each in key)
            self._begun[key] = LLMatcher(self._tokens, LLMatcher.grammar_from_lark(lark))
        matcher = self._begun[key].deep_copy()
        if written:
            matcher.consume_tokens(list(written))
        bits = np.unpackbits(np.frombuffer(matcher.compute_bitmask(), np.uint8), bitorder="little")
        if matcher.is_error():
            raise BundleError(
                f"the language model's tokens cannot follow the grammar ({matcher.get_error().splitlines()[0][:120]}): "
                "give another model"
            )
        return np.flatnonzero(bits)

    def text(self, tokens: Sequence[int]) -> str:
        """What tokens spell; half a character is shown as one that no string has."""
        return self._tokens.decode_bytes(list(tokens)).decode(errors="replace")
