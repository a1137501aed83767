"""Keep secrets that ride in RPC URLs out of every log line and error message."""

import html
import re
from base64 import b64encode
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from oracle.log_lines import Form, send_logs

# Scheme and host may be shown; user, password, path and query carry API keys.
_URL = re.compile(r"\b(https?|wss?)://[^\s'\"<>)]+", re.IGNORECASE)

# Secrets of the URLs in use. Libraries print them apart from the URL ("POST /v3/KEY"), and providers repeat a bare key
# in their errors, quoted anew or not: each has a pattern that meets it in every spelling.
_hidden: dict[str, re.Pattern[str]] = {}
_SHORTEST_SECRET = 4  # anything shorter ("/rpc" has 4) guards nothing
# Parts of paths that name a service or a chain: they stand in ordinary sentences, and guard nothing.
_ORDINARY = frozenset(
    {"api", "archive", "arbitrum", "avalanche", "base", "ethereum", "goerli", "holesky", "http", "https", "json-rpc"}
    | {"jsonrpc", "mainnet", "node", "optimism", "polygon", "public", "sepolia", "test", "testnet", "token", "web3"}
)


def hide(url: str) -> None:
    """Have `redact` cut path, query and credentials of `url` wherever they stand, whole or in parts, from now on."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return  # no URL, so nothing in it can be used; `shown_url` shows none of it
    credentials, at, _ = parts.netloc.rpartition("@")
    values = [value for pair in re.split("[&;]", parts.query) for value in pair.split("=")[-1:]]
    found = [parts.path.strip("/"), parts.query, parts.fragment, *values]
    found += [segment for segment in parts.path.split("/") if segment.lower() not in _ORDINARY]
    if at:
        plain = unquote(credentials)
        # As a header has it (RFC 7617), whatever ends the text.
        found += [*credentials.split(":", 1), b64encode(plain.encode()).decode().rstrip("=")]
    for part in found:
        secret = unquote(part)
        if len(secret) >= _SHORTEST_SECRET and secret.lower() not in _ORDINARY:
            _hidden[secret] = re.compile("".join(map(_spellings, secret)))


def redact(text: str) -> str:
    """`text` with every URL cut down to its scheme, host and port, and no hidden part."""
    text = _URL.sub(lambda match: shown_url(match.group(0)), text)
    for secret in sorted(_hidden, key=len, reverse=True):
        text = _hidden[secret].sub("…", text)
    return text


def _spellings(character: str) -> str:
    """A pattern of one character as it stands, percent-quoted once or twice, or escaped by JSON, HTML or repr."""
    octets = character.encode("utf-8", "surrogatepass")
    forms = [re.escape(character)]
    for percent in ("%", "%25"):
        forms.append("".join(f"{percent}{_hexadecimal(f'{octet:02x}')}" for octet in octets))
    units = character.encode("utf-16-be", "surrogatepass")
    forms.append("".join(rf"\\{{1,2}}u{_hexadecimal(units[at : at + 2].hex())}" for at in range(0, len(units), 2)))
    forms.append(r"\\{1,2}U" + _hexadecimal(f"{ord(character):08x}"))
    forms.append("".join(rf"\\{{1,2}}x{_hexadecimal(f'{octet:02x}')}" for octet in octets))
    if ord(character) < 0x100:
        forms.append(rf"\\{{1,2}}x{_hexadecimal(f'{ord(character):02x}')}")
    forms.append(html.escape(character) if html.escape(character) != character else r"(?!)")
    forms.append({" ": r"\+", "/": r"\\/", "\\": r"\\\\", '"': r"\\\"", "'": r"\\'"}.get(character, r"(?!)"))
    return f"(?:{'|'.join(forms)})"


def _hexadecimal(digits: str) -> str:
    """A pattern of hexadecimal digits in either case."""
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)


def shown_url(url: str) -> str:
    """Scheme, host and port of a URL; `/…` stands for what was cut. Never raises: log lines pass here."""
    try:
        parts = urlsplit(url)
    except ValueError:  # unbalanced brackets
        return f"{url.partition('://')[0]}://…"
    host = parts.netloc.rpartition("@")[2]
    cut = parts.netloc != host or parts.path not in ("", "/") or parts.query or parts.fragment
    return f"{parts.scheme}://{host}{'/…' if cut else ''}"


def distinct_urls(urls: Sequence[str]) -> list[str]:
    """Each URL as it may be shown, with its number where two would look the same."""
    shown = [shown_url(url) for url in urls]
    return [url if shown.count(url) == 1 else f"{url} ({shown[: at + 1].count(url)})" for at, url in enumerate(shown)]


def configure_logging(level: int, form: Form = "text") -> None:
    """Send this project's logs from `level` on to standard error, redacted, and libraries' warnings."""
    send_logs(level, form, redact)
