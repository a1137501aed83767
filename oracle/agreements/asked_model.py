"""Answers of a language model behind a URL that speaks as OpenAI's API does: `POST URL/chat/completions`.

The server is asked to keep to a JSON schema, and is not trusted to: an answer that breaks it is no answer. Where it
tells how likely its tokens were, chances come from them; where it does not, all that it says is in doubt.
"""

import json
import math
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from oracle.chain.http_client import BadStatus, Bounds, HttpClient, NoAnswer, RequestFailed
from oracle.chain.redact import shown_url
from oracle.errors import ConnectionFailed, SettingsError
from oracle.plans.generative.question import (
    IN_DOUBT,
    MOST_KINDS,
    OVERRIDE,
    Answer,
    Question,
    instructions,
)
from oracle.plans.meanings import KINDS

BOUNDS = Bounds(connect_seconds=5.0, wait_seconds=60.0, whole_seconds=90.0, most_bytes=256 * 1024)
_TRIES = 3
_PAUSE_SECONDS = 0.5  # before the second try; twice as long before the third
_SILENT = 3  # sentences in a row without any answer, after which the rest is not asked
_MOST_ANSWER_TOKENS = 400
_STRING = re.compile(r'"([^"\\]*)"')
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Place:
    """Where a model is asked."""

    url: str  # up to and with /v1
    model: str  # as the server calls it

    @property
    def name(self) -> str:
        """Both, without what the URL may hide."""
        return f"{shown_url(self.url)}#{self.model}"


def place_of(source: str) -> Place:
    """The place that URL#MODEL names.

    Raises:
        SettingsError: it names none.
    """
    url, _, model = source.partition("#")
    try:
        parts = urlsplit(url)
        whole = parts.scheme in {"http", "https"} and parts.hostname
    except ValueError:
        whole = False
    if not whole or not model:
        raise SettingsError(
            f"{shown_url(url)}: give http(s)://HOST/v1#MODEL, with the model's name as the server has it"
        )
    return Place(url.rstrip("/"), model)


class AskedModel:
    """Asks a server about sentences, one at a time, each within bounds."""

    def __init__(
        self, place: Place, key: str | None = None, *, bounds: Bounds = BOUNDS, pause_seconds: float = _PAUSE_SECONDS
    ) -> None:
        """Nothing is asked yet.

        Args:
            place: Where, and which model.
            key: Sent as a bearer's token; stands in no message.
            bounds: Of each answer.
            pause_seconds: Before the second try.

        Raises:
            SettingsError: the key would travel unencrypted to another machine, or is none.
        """
        if key is not None and not re.fullmatch(r"[\x21-\x7e]{1,512}", key):
            raise SettingsError("the key of the language model's server is no token: give printable ASCII, no spaces")
        parts = urlsplit(place.url)
        if key is not None and parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise SettingsError(f"{shown_url(place.url)} would be sent the key unencrypted: give an https URL")
        self._place, self._bounds, self._pause_seconds = place, bounds, pause_seconds
        self._client = HttpClient(f"{place.url}/chat/completions", bearer=key)
        self._answered, self._silent = False, 0

    def answer(self, question: Question) -> Answer | None:
        """Chances of what the model says; None where no valid answer comes.

        Raises:
            ConnectionFailed: the server answers not even the first question.
        """
        if self._silent >= _SILENT:
            return None
        try:
            given = self._asked(self._request(question))
        except NoAnswer:
            self._silent, self._answered = 0, True
            return None
        except RequestFailed as error:
            if not self._answered:
                raise ConnectionFailed(
                    f"language model {self._place.name} does not answer ({error}): start its server, or give another"
                ) from error
            self._silent += 1
            return None
        self._silent, self._answered = 0, True
        return answer_of(given, question)

    def _asked(self, body: bytes) -> Any:
        """What the server answers, asked again where that may help."""
        for tried in range(1, _TRIES + 1):
            try:
                return self._client.post(body, self._bounds)
            except RequestFailed as error:
                if tried == _TRIES or (isinstance(error, BadStatus) and not error.may_pass):
                    raise
                time.sleep(self._pause_seconds * 2 ** (tried - 1))
        raise AssertionError("the last try returns or raises")

    def _request(self, question: Question) -> bytes:
        return json.dumps(
            {
                "model": self._place.model,
                "messages": [{"role": "system", "content": instructions()}, {"role": "user", "content": question.text}],
                "temperature": 0,
                "seed": 0,
                "max_tokens": _MOST_ANSWER_TOKENS,
                "logprobs": True,
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "sentence", "strict": True, "schema": schema_of(question)},
                },
            }
        ).encode()


def schema_of(question: Question) -> dict[str, Any]:
    """The JSON schema of answers to a question."""
    targets = {
        str(number): {"type": "string", "enum": list(options)} for number, options in enumerate(question.options, 1)
    }
    kinds = {"type": "array", "items": {"type": "string", "enum": list(KINDS)}, "maxItems": MOST_KINDS}
    return {
        "type": "object",
        "properties": {"kinds": kinds, **targets},
        "required": ["kinds", *targets],
        "additionalProperties": False,
    }


def answer_of(given: Any, question: Question) -> Answer | None:
    """The answer in what a server sent; None where it is none to this question."""
    try:
        choice = given["choices"][0]
        content = choice["message"]["content"]
        said = json.loads(content)
        kinds, meanings = said["kinds"], [said[str(number)] for number in range(1, len(question.options) + 1)]
        valid = (
            len(said) == 1 + len(meanings)
            and isinstance(kinds, list)
            and len(kinds) <= MOST_KINDS
            and all(kind in KINDS for kind in kinds)
            and len(set(kinds)) == len(kinds)
            and all(meaning in options for meaning, options in zip(meanings, question.options, strict=True))
        )
    except (KeyError, IndexError, TypeError, ValueError, RecursionError):
        return None
    if not valid:
        return None
    spans = _spans(content, _token_chances(choice, content))
    chances = dict.fromkeys(KINDS, 0.0) | {kind: spans.get(("kinds", kind), IN_DOUBT) for kind in kinds}
    # What the list could have said in its place may be that the sentence changes others.
    chances[OVERRIDE] = max(chances[OVERRIDE], 1 - spans.get(("kinds", ""), IN_DOUBT))
    return Answer(
        chances,
        tuple(
            _around(meaning, options, spans.get((str(number), meaning), IN_DOUBT))
            for number, (meaning, options) in enumerate(zip(meanings, question.options, strict=True), start=1)
        ),
    )


def _around(meaning: str, options: tuple[str, ...], chance: float) -> dict[str, float]:
    """The chance of a meaning, and what is left shared evenly among the others."""
    rest = (1 - chance) / (len(options) - 1)
    return {option: chance if option == meaning else rest for option in options}


def _token_chances(choice: Any, content: str) -> list[tuple[int, int, float]]:
    """Begin, end and log-probability of each token of the content; none where the server does not tell, or wrongly."""
    try:
        tokens = [(str(each["token"]), float(each["logprob"])) for each in choice["logprobs"]["content"]]
    except (KeyError, TypeError, ValueError):
        return []
    found, at = [], 0
    for token, logarithm in tokens:
        found.append((at, at + len(token), logarithm))
        at += len(token)
    if "".join(token for token, _ in tokens) != content or not all(each <= 0 for _, _, each in found):
        return []
    return found


def _spans(content: str, tokens: list[tuple[int, int, float]]) -> dict[tuple[str, str], float]:
    """The probability of each value by its key, and of the whole list of kinds as that of no value."""
    if not tokens:
        return {}

    def chance(begin: int, end: int) -> float:
        return math.exp(math.fsum(each for start, stop, each in tokens if start < end and begin < stop))

    found, key = dict[tuple[str, str], float](), ""
    for match in _STRING.finditer(content):
        if match[1] == "kinds" or match[1].isdigit():
            key = match[1]
        else:
            found[key, match[1]] = chance(*match.span())
    begin = content.find("[")
    return found | {("kinds", ""): chance(begin, content.find("]", begin) + 1)}
