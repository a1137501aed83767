import io
import logging

import pytest

from oracle.chain.connection import connect
from oracle.chain.redact import configure_logging, hide, redact, shown_url
from oracle.errors import ConnectionFailed


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
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    try:
        configure_logging(logging.DEBUG)
        stream = io.StringIO()
        handler = root.handlers[0]
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
        try:
            raise ValueError("https://node.example/v3/SECRET")
        except ValueError:
            logging.getLogger("web3").exception("call to %s failed", "https://u:SECRET@node.example/x")
        assert "node.example" in stream.getvalue()
        assert "SECRET" not in stream.getvalue()
    finally:
        root.handlers[:], root.level = before


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
