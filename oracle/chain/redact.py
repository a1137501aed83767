"""Keep secrets that ride in RPC URLs out of every log line and error message."""

import logging
import re
from urllib.parse import urlsplit

# Scheme and host may be shown; user, password, path and query carry API keys.
_URL = re.compile(r"\b(https?|wss?)://[^\s'\"<>)]+", re.IGNORECASE)

# Parts of the URLs in use, which libraries also print by themselves ("POST /v3/KEY", "with url: /v3/KEY").
_hidden_parts: set[str] = set()
_SHORTEST_SECRET = 4  # anything shorter ("/rpc" has 4) guards nothing


def hide(url: str) -> None:
    """Have `redact` cut the path, query and credentials of `url` wherever they stand, from now on."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return  # no URL, so nothing in it can be used; `shown_url` shows none of it
    for part in (parts.path.strip("/"), parts.query, parts.username, parts.password):
        if part and len(part) >= _SHORTEST_SECRET:
            _hidden_parts.add(part)


def redact(text: str) -> str:
    """`text` with every URL cut down to its scheme, host and port, and no hidden part."""
    text = _URL.sub(lambda match: shown_url(match.group(0)), text)
    for part in sorted(_hidden_parts, key=len, reverse=True):
        text = text.replace(part, "…")
    return text


def shown_url(url: str) -> str:
    """Scheme, host and port of a URL; `/…` stands for what was cut. Never raises: log lines pass here."""
    try:
        parts = urlsplit(url)
    except ValueError:  # unbalanced brackets
        return f"{url.partition('://')[0]}://…"
    host = parts.netloc.rpartition("@")[2]
    cut = parts.netloc != host or parts.path not in ("", "/") or parts.query or parts.fragment
    return f"{parts.scheme}://{host}{'/…' if cut else ''}"


class _RedactingFormatter(logging.Formatter):
    """Redacts the line as a whole, so that arguments and tracebacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def configure_logging(level: int) -> None:
    """Send this project's logs from `level` on to standard error, redacted, and libraries' warnings."""
    handler = logging.StreamHandler()
    handler.setFormatter(_RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for room in ("oracle", "deploy"):
        logging.getLogger(room).setLevel(level)
