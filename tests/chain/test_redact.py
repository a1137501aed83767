import html
import io
import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.chain import redact as redaction
from oracle.chain.connection import connect
from oracle.chain.redact import configure_logging, hide, redact, shown_url
from oracle.errors import ConnectionFailed
from tests.logs import logging_as_before


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Hide nothing of one test in the next."""
    before = dict(redaction._hidden)
    yield
    redaction._hidden.clear()
    redaction._hidden.update(before)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://node.example/v3/SECRET", "https://node.example/…"),
        ("https://user:SECRET@node.example:8545", "https://node.example:8545/…"),
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("wss://node.example/?key=SECRET", "wss://node.example/…"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert shown_url(url) == shown
    assert redact(f"failed at {url} today") == f"failed at {shown} today"
    assert "SECRET" not in redact(f"({url}) '{url}' {url}")


def test_no_log_line_shows_a_secret_not_even_in_a_traceback() -> None:
    with logging_as_before():
        configure_logging(logging.DEBUG)
        stream = io.StringIO()
        handler = logging.getLogger().handlers[0]
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
        try:
            raise ValueError("https://node.example/v3/SECRET")
        except ValueError:
            logging.getLogger("web3").exception("call to %s failed", "https://u:SECRET@node.example/x")
        assert "node.example" in stream.getvalue()
        assert "SECRET" not in stream.getvalue()


@pytest.mark.parametrize("url", ["ftp://node.example", "node.example:8545", ""])
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ConnectionFailed, match="http"):
        connect(url)


def test_the_path_of_a_url_in_use_is_hidden_where_it_stands_alone() -> None:
    hide("https://node.example/v3/ALONE")
    assert "ALONE" not in redact('"POST /v3/ALONE HTTP/1.1" 200')


def test_an_unreachable_node_is_named_without_its_key() -> None:
    with pytest.raises(ConnectionFailed, match=r"127\.0\.0\.1:9") as caught:
        connect("http://127.0.0.1:9/v3/SECRET")
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to http://[::1]:9/v3/SECRETKEY now", "to http://[::1]:9/… now"),
        ("http://[x/SECRETKEY", "http://…"),
        ("https://user:SECRETKEY@[fe80::1%25eth0]/", "https://[fe80::1%25eth0]/…"),
    ],
)
def test_brackets_in_a_url_neither_leak_nor_raise(text: str, shown: str) -> None:
    hide(text.rsplit(maxsplit=1)[-1])
    redacted = redact(text)
    assert "SECRETKEY" not in redacted
    assert shown.partition("…")[0].rstrip("/") in redacted


# Anything a provider may have drawn a key from; reserved characters come percent-quoted in a URL.
_TOKENS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="…"), min_size=6, max_size=40
).filter(lambda token: token.strip() == token and token.lower() not in redaction._ORDINARY)
_PLACES = ("/v3/{}", "/{}", "/{}/rpc", "/?apikey={}", "/v2/?chain=1&key={}#x", "/x?{}")


def _spelled(token: str) -> set[str]:
    """Ways in which libraries and providers write a token."""
    every = "".join(f"%{octet:02X}" for octet in token.encode())
    return {
        token,
        quote(token),
        quote(token, safe=""),
        quote_plus(token),
        quote(quote(token, safe=""), safe=""),
        quote(token, safe="").replace("%2F", "%2f"),
        every,
        every.lower(),
        json.dumps(token)[1:-1],
        repr(token)[1:-1],
        repr(token.encode())[2:-1],
        html.escape(token),
    }


@settings(deadline=None, max_examples=30)
@given(_TOKENS, st.sampled_from(_PLACES))
def test_no_spelling_of_a_token_in_path_or_query_survives(token: str, place: str) -> None:
    redaction._hidden.clear()
    url = "https://node.example" + place.format(quote(token, safe=""))
    hide(url)
    for spelling in _spelled(token):
        for line in (f"invalid key {spelling}", f"POST /v3/{spelling}?a=1", f"{{'X-Api-Key': '{spelling}'}}", url):
            assert spelling not in redact(line).replace("node.example", ""), line


@settings(deadline=None, max_examples=30)
@given(_TOKENS, _TOKENS)
def test_no_spelling_of_a_password_survives(user: str, password: str) -> None:
    redaction._hidden.clear()
    hide(f"https://{quote(user, safe='')}:{quote(password, safe='')}@node.example:8545/")
    header = b64encode(f"{user}:{password}".encode()).decode().rstrip("=")
    assert header not in redact(f"{{'Authorization': 'Basic {header}=='}}")
    for secret in (user, password):
        for spelling in _spelled(secret):
            assert spelling not in redact(f"login {spelling} refused")


def test_a_key_that_a_provider_repeats_bare_is_hidden_and_plain_words_are_not() -> None:
    hide("https://node.example/v3/mainnet/0123456789abcdef%2Fx")
    assert redact("mainnet: project id 0123456789abcdef/x is unknown") == "mainnet: project id … is unknown"
    assert redact("GET /v3/mainnet/0123456789abcdef%2fx") == "GET /…"
    assert unquote("0123456789abcdef%2Fx") not in redact("0123456789abcdef%2Fx")
