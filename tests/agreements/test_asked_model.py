"""A language model behind a URL: what a real server on this machine answers, rightly, wrongly, late, or too much."""

import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.agreements.asked_model import AskedModel, Place, answer_of, place_of
from oracle.chain.http_client import Bounds
from oracle.chain.redact import redact
from oracle.errors import ConnectionFailed, SettingsError
from oracle.plans.generative.question import OPTIONS, asked_of
from oracle.plans.generative.reader import AskingReader
from oracle.plans.meanings import KINDS, found_in

QUESTION = asked_of("[name] pays [money].")
RIGHT = '{"kinds":["logistics/sale"],"1":"buyer","2":"price"}'
KEY = "sk-very-secret-0123456789"
BOUNDS = Bounds(connect_seconds=2, wait_seconds=0.3, whole_seconds=0.5, most_bytes=20_000)

Reply = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


def completion(content: str, tokens: list[tuple[str, float]] | None = None) -> dict[str, Any]:
    """What servers answer."""
    told = None if tokens is None else {"content": [{"token": text, "logprob": chance} for text, chance in tokens]}
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "logprobs": told}]}


def say(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def serving(reply: Reply) -> Iterator[tuple[AskedModel, list[tuple[dict[str, str], dict[str, Any]]]]]:
    """A server; and the headers and bodies of what it is asked."""
    asked: list[tuple[dict[str, str], dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(({**dict(self.headers), "path": self.path}, body))
            with suppress(BrokenPipeError, ConnectionResetError):  # the client had waited enough
                reply(self, body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    place = Place(f"http://127.0.0.1:{server.server_port}/v1", "small")
    try:
        yield AskedModel(place, KEY, bounds=BOUNDS, pause_seconds=0.01), asked
    finally:
        server.shutdown()
        server.server_close()


def test_a_server_is_asked_for_the_schema_with_the_key_and_its_answer_is_in_doubt() -> None:
    with serving(lambda handler, _: say(handler, json.dumps(completion(RIGHT)).encode())) as (model, asked):
        answer = model.answer(QUESTION)
    assert answer is not None
    # It does not tell how likely that is.
    assert answer.kinds["logistics/sale"] == answer.kinds["common/override"] == 0.5
    assert answer.meanings[0]["buyer"] == answer.meanings[1]["price"] == 0.5
    ((headers, body),) = asked
    assert headers["path"] == "/v1/chat/completions"
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert (body["model"], body["temperature"]) == ("small", 0)
    assert body["messages"][-1]["content"] == QUESTION.text
    schema = body["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["2"]["enum"] == list(OPTIONS["money"])


def test_chances_are_those_of_the_tokens_that_say_each_thing() -> None:
    tokens = [('{"kinds":', 0.0), ('["', -0.1), ("logistics/", -0.2), ('sale"', -0.3), ("]", -0.4), (',"1":', 0.0)]
    tokens += [('"buyer', -0.5), ('",', 0.0), ('"2":"price"}', -0.01)]
    answer = answer_of(completion(RIGHT, tokens), QUESTION)
    assert answer is not None
    assert answer.kinds["logistics/sale"] == pytest.approx(math.exp(-0.6))
    assert answer.kinds["common/override"] == pytest.approx(1 - math.exp(-1.0))
    assert answer.meanings[0]["buyer"] == pytest.approx(math.exp(-0.5))
    assert answer.meanings[1]["price"] == pytest.approx(math.exp(-0.01))
    assert all(sum(chances.values()) == pytest.approx(1) for chances in answer.meanings)


@pytest.mark.parametrize(
    "tokens",
    [
        [(RIGHT[:-1], 0.0)],  # not the whole answer
        [(RIGHT, 0.7)],  # likelier than sure
        [(RIGHT, math.nan)],
    ],
)
def test_probabilities_that_cannot_be_leave_an_answer_in_doubt(tokens: list[tuple[str, float]]) -> None:
    answer = answer_of(completion(RIGHT, tokens), QUESTION)
    assert answer is not None
    assert answer.kinds["logistics/sale"] == 0.5


@pytest.mark.parametrize(
    "content",
    [
        "I am sorry, I cannot do that.",
        '{"kinds":["logistics/sale"],"1":"buyer"}',
        '{"kinds":["logistics/sale"],"1":"buyer","2":"price","3":"price"}',
        '{"kinds":["logistics/sale"],"1":"price","2":"price"}',
        '{"kinds":["logistics/gift"],"1":"buyer","2":"price"}',
        '{"kinds":["logistics/sale","logistics/sale"],"1":"buyer","2":"price"}',
        json.dumps({"kinds": list(KINDS[:5]), "1": "buyer", "2": "price"}),
        '{"kinds":"logistics/sale","1":"buyer","2":"price"}',
        '{"kinds":[["logistics/sale"]],"1":{},"2":[]}',
        '["kinds"]',
        "1" * 5_000,
        "[" * 9_000,
        "",
    ],
)
def test_an_answer_that_breaks_the_schema_is_no_answer_and_loses_no_text(content: str) -> None:
    with serving(lambda handler, _: say(handler, json.dumps(completion(content)).encode())) as (model, _):
        assert model.answer(QUESTION) is None
        (read,) = AskingReader(model).read([found_in("Ann Weaver pays EUR 5.", ["Ann Weaver"])])
    assert read.kinds["common/override"] == 0.5  # the parties will be asked about it
    assert len(read.meanings) == 2


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20) | st.just(RIGHT),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "logprobs", "token", "logprob", "kinds", "1"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=40, deadline=None)
@given(_JSON)
def test_whatever_a_server_sends_is_an_answer_or_none(sent: Any) -> None:
    answer = answer_of(sent, QUESTION)
    assert answer is None or set(answer.kinds) == set(KINDS)


def _slow(handler: BaseHTTPRequestHandler, _: Any) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(20):  # each part in time, and the whole never
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("reply", "tries"),
    [
        (lambda handler, _: say(handler, b"{" + b" " * 30_000 + b"}"), 1),
        (lambda handler, _: say(handler, b"no JSON"), 1),
    ],
    ids=["too large", "no JSON"],
)
def test_what_is_no_answer_is_not_asked_for_again(reply: Reply, tries: int) -> None:
    with serving(reply) as (model, asked):
        assert model.answer(QUESTION) is None
    assert len(asked) == tries


@pytest.mark.parametrize(
    ("reply", "tries"),
    [
        (_slow, 3),
        (lambda handler, _: say(handler, b"{}", 503), 3),
        (lambda handler, _: say(handler, KEY.encode(), 401), 1),
        (lambda handler, _: say(handler, b"", 302), 1),
    ],
    ids=["slow", "busy", "refused", "elsewhere"],
)
def test_a_server_that_never_answered_is_named_and_the_key_is_not(reply: Reply, tries: int) -> None:
    with serving(reply) as (model, asked), pytest.raises(ConnectionFailed, match="does not answer") as raised:
        model.answer(QUESTION)
    assert len(asked) == tries
    assert "127.0.0.1" in str(raised.value)
    assert KEY not in str(raised.value)
    assert KEY not in redact(f"sent Authorization: Bearer {KEY}")


def test_a_server_that_ends_in_the_middle_leaves_the_rest_unread() -> None:
    answers = iter([json.dumps(completion(RIGHT)).encode()])

    def reply(handler: BaseHTTPRequestHandler, _: Any) -> None:
        body = next(answers, None)
        say(handler, body or b"{}", 500 if body is None else 200)

    sentence = found_in("Ann Weaver pays EUR 5.", ["Ann Weaver"])
    with serving(reply) as (model, asked):
        reads = AskingReader(model).read([sentence] * 10)
    assert len(reads) == 10
    assert all(read.kinds["common/override"] == 0.5 for read in reads)
    assert len(asked) == 1 + 3 * 3  # three sentences of three tries, and no more


@pytest.mark.parametrize("source", ["http://127.0.0.1:1/v1", "http://#m", "https:///v1#m", "http://[::1#m"])
def test_a_url_without_a_host_or_a_model_is_refused(source: str) -> None:
    with pytest.raises(SettingsError, match="give http"):
        place_of(source)


def test_a_key_does_not_travel_unencrypted() -> None:
    with pytest.raises(SettingsError, match="unencrypted: give an https URL"):
        AskedModel(place_of("http://models.example/v1#small"), KEY)
    AskedModel(place_of("https://models.example/v1#small"), KEY)
    with pytest.raises(SettingsError, match="is no token") as raised:
        AskedModel(place_of("https://models.example/v1#small"), f"{KEY}\r\nX: y")
    assert KEY not in str(raised.value)
