"""Presidio's recognisers by pattern beside the rules of `personal`, where the extra `records` is installed.

They need no model and no network; its recogniser of e-mail addresses is left out, since it fetches a list of domains.
"""

from importlib import import_module
from importlib.util import find_spec

from oracle.storage.personal import FindsPersonal

_NAMES = ("IbanRecognizer", "CreditCardRecognizer", "NhsRecognizer", "UsSsnRecognizer")
_LEAST_SCORE = 0.8  # below, numbers of other kinds are taken for these


def presidio_finder() -> FindsPersonal | None:
    """Says whether a text holds what Presidio takes for personal data; None where it is not installed."""
    if find_spec("presidio_analyzer") is None:
        return None
    ready = import_module("presidio_analyzer.predefined_recognizers")
    recognizers = [getattr(ready, name)() for name in _NAMES]

    def finds(text: str) -> bool:
        return any(
            found.score >= _LEAST_SCORE
            for each in recognizers
            for found in each.analyze(text, each.supported_entities) or []
        )

    return finds
