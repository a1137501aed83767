"""A member of a committee that does not do its part: it stands at the URL of an operator's daemon."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from http.server import BaseHTTPRequestHandler
from typing import Any

import requests
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import Hash32

from oracle.lab.faults.server import FaultyServer
from oracle.report.signing import compact

_SLOW_SECONDS = 2.0
_HUGE_BYTES, _CHUNK_BYTES = 100 * 1024 * 1024, 1024 * 1024


class Behaviour(StrEnum):
    """What a member does when it is asked for signatures."""

    SILENT = "silent"  # takes the request, and never answers
    SLOW = "slow"  # answers as an honest one does, late
    OTHER_DIGEST = "signs another digest"
    OTHER_KEY = "signs by a key that is no operator's"
    RUBBISH = "answers rubbish"
    HUGE = "answers 100 MB"
    CUT = "cannot be reached"  # ends each connection


class Member:
    """The server of one such member. It may change its behaviour at any time."""

    def __init__(self, behaviour: Behaviour, *, port: int, honest_url: str, key: bytes) -> None:
        """Start it.

        Args:
            behaviour: What it does.
            port: Of the loopback interface.
            honest_url: An honest operator's daemon, whose answers it has to alter or to pass on.
            key: Its own.
        """
        self.behaviour = behaviour
        self.asked = 0
        self._honest_url = honest_url
        self._own: LocalAccount = Account.from_key(key)
        self._foreign: LocalAccount = Account.create()
        self._ended = threading.Event()
        member = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                member.asked += 1
                self.close_connection = True
                with suppress(OSError, requests.RequestException):  # who asked is gone, or the honest one is
                    member._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = FaultyServer(Handler, port)
        self.url = self._server.url

    def close(self) -> None:
        """End it."""
        self._ended.set()
        self._server.end()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        if self.behaviour == Behaviour.CUT:
            return
        if self.behaviour == Behaviour.SILENT:
            self._ended.wait(60)
            return
        if self.behaviour == Behaviour.HUGE:
            _send(request, _HUGE_BYTES, iter([b" " * _CHUNK_BYTES] * (_HUGE_BYTES // _CHUNK_BYTES)))
            return
        if self.behaviour == Behaviour.RUBBISH:
            _send_one(request, b"\x00\xff" * 5000)
            return
        answer = requests.get(f"{self._honest_url}{request.path}", timeout=10).json()
        if self.behaviour == Behaviour.SLOW:
            time.sleep(_SLOW_SECONDS)
        else:
            answer["signatures"] = [self._altered(each) for each in answer["signatures"]]
        _send_one(request, json.dumps(answer).encode())

    def _altered(self, signed: dict[str, Any]) -> dict[str, Any]:
        """A signature as a liar gives it."""
        digest = bytes.fromhex(signed["digest"][2:])
        signer = self._foreign
        report = signed["report"]
        if self.behaviour == Behaviour.OTHER_DIGEST:
            signer, digest = self._own, digest[::-1]
            report = report | {"phi_hash": "0x" + digest.hex()}
        made = signer.unsafe_sign_hash(Hash32(digest))
        signature = compact(made.r, made.s, made.v)
        return signed | {
            "signer": signer.address,
            "digest": "0x" + digest.hex(),
            "signature": "0x" + (signature.r + signature.vs).hex(),
            "report": report,
        }


def _send_one(request: BaseHTTPRequestHandler, content: bytes) -> None:
    _send(request, len(content), iter([content]))


def _send(request: BaseHTTPRequestHandler, length: int, chunks: Iterator[bytes]) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(length))
    request.end_headers()
    for chunk in chunks:
        request.wfile.write(chunk)
