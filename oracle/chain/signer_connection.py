"""Requests to a remote signer: JSON-RPC within bounds on time and size, and in this project's words where it fails."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from pydantic_core import from_json

from oracle.chain.redact import hide, redact, shown_url
from oracle.errors import SettingsError, SignerAway, SignerFailed

_CONNECT_SECONDS = 2.0
_ANSWER_SECONDS = 10.0  # from the request to the last byte of its answer; a key in a vault takes a second or two
_MOST_BYTES = 1 << 20  # a report of 20 000 nodes, signed and in hexadecimal, is a twelfth of this
_CHUNK_BYTES = 64 * 1024
_OK, _SERVER_ERROR = 200, 500
_FOR_A_SIGNER = "give --signer the URL of a Web3Signer that runs in its eth1 mode"
_REMEDIES = {401: "give its user and password in --signer", 403: "name its host in its --http-host-allowlist"}
_NO_SUCH_KEY = "no unlocked account"


class SignerConnection:
    """Where one signer is asked."""

    def __init__(self, url: str) -> None:
        """Nothing is asked yet.

        Raises:
            SettingsError: it is no URL of a signer.
        """
        hide(url)
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise SettingsError("--signer is no URL of http or https; give that of a Web3Signer, http://HOST:9000")
        self._url = url
        self.shown = shown_url(url)

    def ask(self, method: str, parameters: list[Any], *, key: str | None = None) -> Any:
        """The result of a request.

        Args:
            method: Of JSON-RPC.
            parameters: Its parameters.
            key: Address of the key that is to sign, for errors.

        Raises:
            SignerAway: no answer comes in time.
            SignerFailed: the signer refuses, or answers what is no JSON-RPC.
        """
        try:
            status, body = asyncio.run(self._post(method, parameters))
        except aiohttp.ClientConnectorCertificateError:
            raise SignerFailed(
                f"signer {self.shown} has a certificate that is not trusted here, or is for another host; name the "
                "file of its authority in SSL_CERT_FILE"
            ) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SignerAway(
                f"signer {self.shown} does not answer ({type(error).__name__}); start it, or give --signer the URL "
                "where it runs"
            ) from None
        who, what = f"signer {self.shown}", method if key is None else f"{method} for key {key}"
        if len(body) > _MOST_BYTES:
            raise SignerFailed(f"{who} answers {what} with more than {_MOST_BYTES} bytes; {_FOR_A_SIGNER}")
        try:
            answer = from_json(body)  # it bounds how deep JSON may be nested
        except ValueError:
            answer = None
        if isinstance(answer, Mapping):
            if answer.get("error") is not None:
                said = _words(answer["error"])
                remedy = "load that key into it" if _NO_SUCH_KEY in said.lower() else "its log says why"
                raise SignerFailed(f"{who} refuses {what}: {said}; {remedy}")
            if status == _OK and answer.get("result") is not None:
                return answer["result"]
        if status >= _SERVER_ERROR:
            raise SignerAway(f"{who} answers {what} with status {status}; its log says why")
        came = "what is no JSON-RPC" if status == _OK else f"status {status}"
        raise SignerFailed(f"{who} answers {what} with {came}; {_REMEDIES.get(status, _FOR_A_SIGNER)}")

    async def _post(self, method: str, parameters: list[Any]) -> tuple[int, bytes]:
        """Status and body of an answer; at most a chunk beyond the bound is read of the body."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        limits = aiohttp.ClientTimeout(total=_ANSWER_SECONDS, sock_connect=_CONNECT_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=limits, auto_decompress=False) as session,
            session.post(
                self._url, json=request, headers={"Accept-Encoding": "identity"}, allow_redirects=False
            ) as answer,
        ):
            body = bytearray()
            while len(body) <= _MOST_BYTES and (chunk := await answer.content.read(_CHUNK_BYTES)):
                body += chunk
            return answer.status, bytes(body)


def _words(error: Any) -> str:
    """What a signer says of a refusal, as one short line that may be shown."""
    said = error.get("message") if isinstance(error, Mapping) else error
    code = error.get("code") if isinstance(error, Mapping) else None
    text = "".join(each for each in redact(str(said)) if each.isprintable())[:200]
    return f"{text} ({code})" if isinstance(code, int) else text
