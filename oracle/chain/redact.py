"""Keep secrets that ride in RPC URLs out of every log line."""

import logging
import re
from urllib.parse import urlsplit

# Scheme and host may be shown; user, password, path and query carry API keys.
_URL = re.compile(r"\b(https?|wss?)://[^\s'\"<>)\]]+", re.IGNORECASE)


def redact(text: str) -> str:
    """`text` with every URL cut down to its scheme, host and port."""
    return _URL.sub(lambda match: shown_url(match.group(0)), text)


def shown_url(url: str) -> str:
    """Scheme, host and port of a URL; `/…` stands for what was cut."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    cut = parts.netloc != host or parts.path not in ("", "/") or parts.query or parts.fragment
    return f"{parts.scheme}://{host}{'/…' if cut else ''}"


class _RedactingFormatter(logging.Formatter):
    """Redacts the line as a whole, so that arguments and tracebacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def configure_logging(*, verbose: bool) -> None:
    """Send all logs to standard error, redacted; libraries at warning and above."""
    handler = logging.StreamHandler()
    handler.setFormatter(_RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for room in ("oracle", "deploy"):
        logging.getLogger(room).setLevel(logging.DEBUG if verbose else logging.INFO)
