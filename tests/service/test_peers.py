"""Signatures pulled from peers: those that prove themselves count, and whatever else a peer says costs only its own."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, cast

import pytest

from oracle.report.signing import Report, digest, sign_document, typed_data
from oracle.service import peers as peers_module
from oracle.service.derive import Derived
from oracle.service.peers import PeerAway, Peers, PeerState, fetch_signatures, peer_client
from oracle.service.signatures import Reference, report_as_json
from tests.small_network import OPERATORS

CHAIN_ID, ORACLE = 7, "0x" + "ab" * 20
REPORT = Report(5, 1, 40, 999, b"\x01" * 32, b"\x02" * 32, b"\x03" * 32)
REFERENCE = Reference(42, b"\x06" * 32)


def _derived(report: Report = REPORT) -> Derived:
    state = SimpleNamespace(operators=tuple(each.address for each in OPERATORS))
    return Derived(
        proposal=cast(Any, SimpleNamespace(report=report)),
        inputs=cast(Any, SimpleNamespace(state=state)),
        reference=REFERENCE,
        digest=digest(report, chain_id=CHAIN_ID, oracle_address=ORACLE),
        due_block=42,
    )


def _answer(index: int, report: Report = REPORT, *, reference: Reference = REFERENCE) -> dict[str, Any]:
    """What the daemon of an honest operator says."""
    account = OPERATORS[index]
    (made,) = sign_document(typed_data(report, chain_id=CHAIN_ID, oracle_address=ORACLE), [account])
    return {
        "epoch": report.epoch,
        "signatures": [
            {
                "reference_block": reference.block,
                "reference_hash": "0x" + reference.hash.hex(),
                "signer": account.address,
                "digest": "0x" + digest(report, chain_id=CHAIN_ID, oracle_address=ORACLE).hex(),
                "signature": "0x" + (made.r + made.vs).hex(),
                "report": report_as_json(report),
            }
        ],
    }


@contextmanager
def _peer(answer: Callable[[str], bytes | Iterator[bytes]], status: int = 200) -> Iterator[str]:
    """URL of a server that answers GET."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = answer(self.path)
            self.send_response(status)
            self.end_headers()
            try:
                for part in [content] if isinstance(content, bytes) else content:
                    self.wfile.write(part)
            except OSError:
                pass  # who asked has had enough

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _says(value: Any) -> Callable[[str], bytes]:
    return lambda _: json.dumps(value).encode()


def _endless(_: str) -> Iterator[bytes]:
    while True:
        yield b" " * 65536


def _trickling(path: str) -> Iterator[bytes]:
    for _ in range(100):
        yield b" "
        time.sleep(0.2)


def _collected(url: str, missing: int = 1) -> tuple[dict[int, Any], PeerState | None]:
    peers = Peers([url])
    try:
        found = dict(peers.collect(_derived(), missing))
        return found, next(iter(peers.states.values()), None)
    finally:
        peers.close()


def test_an_honest_peers_signature_is_taken_at_its_index() -> None:
    asked: list[str] = []

    def answer(path: str) -> bytes:
        asked.append(path)
        return json.dumps(_answer(1)).encode()

    with _peer(answer) as url:
        found, state = _collected(url)
    assert asked == ["/v1/signatures/5"]
    assert list(found) == [1]
    assert state is not None
    assert (state.reachable, state.agrees) == (True, True)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"window_hash": b"\x09" * 32}, "window"),
        ({"model_hash": b"\x09" * 32}, "model"),
        ({"phi_hash": b"\x09" * 32}, "φ"),
        ({"deadline": 1_000}, "deadline"),
        ({"to_block": 41}, "last block"),
    ],
)
def test_a_peer_that_signed_another_report_is_named_with_the_first_field_that_differs(
    change: dict[str, Any], field: str
) -> None:
    with _peer(_says(_answer(1, replace(REPORT, **change)))) as url:
        found, state = _collected(url)
    assert not found
    assert state is not None
    assert state.agrees is False
    assert f"its {field} is " in state.says


def _by_a_stranger() -> dict[str, Any]:
    answer = _answer(1)
    forged = _answer(1, replace(REPORT, epoch=6))["signatures"][0]["signature"]
    answer["signatures"][0]["signature"] = forged
    return answer


@pytest.mark.parametrize(
    ("answer", "status", "reachable", "says"),
    [
        (_says(_by_a_stranger()), 200, True, "that is no operator's"),
        (_says(_answer(1, reference=Reference(39, b"\x07" * 32))), 200, True, "has not signed epoch 5 at block 42 yet"),
        (_says({"epoch": 5, "signatures": []}), 200, True, "has not signed epoch 5"),
        (_says({"epoch": 5}), 200, True, "what is no list of signatures"),
        (_says([1, 2]), 200, True, "what is no list of signatures"),
        (lambda _: b"rubbish" * 1000, 200, True, "what is no list of signatures"),
        (_says(_answer(1)), 500, True, "status 500"),
        (_says(_answer(1)), 302, True, "status 302"),
        (_endless, 200, True, "more than 262144 bytes"),
    ],
    ids=["forged", "behind", "empty", "malformed", "list", "rubbish", "500", "redirect", "100 MB"],
)
def test_what_else_a_peer_says_counts_for_nothing(
    answer: Callable[[str], Any], status: int, reachable: bool, says: str
) -> None:
    with _peer(answer, status) as url:
        found, state = _collected(url)
    assert not found
    assert state is not None
    assert state.reachable is reachable
    assert says in state.says


def test_a_peer_that_is_away_or_slow_holds_nobody_up() -> None:
    found, state = _collected("http://127.0.0.1:9")
    assert not found
    assert state is not None
    assert not state.reachable
    with _peer(_trickling) as slow, _peer(_says(_answer(2))) as honest:
        peers = Peers([slow, honest])
        assert list(peers.collect(_derived(), 1)) == [2]
        assert list(peers.collect(_derived(), 2)) == [2]  # the slow one is still being asked, and not asked again
        peers.close()


def test_a_peer_whose_answer_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers_module, "_BOUNDS", replace(peers_module._BOUNDS, whole_seconds=0.5))
    with _peer(_trickling) as url, pytest.raises(PeerAway, match="does not answer in time"):
        fetch_signatures(peer_client(url), 5)


def test_no_proxy_is_asked_in_place_of_a_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    with _peer(_says(_answer(1))) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        with pytest.raises(PeerAway, match="does not answer"):
            fetch_signatures(peer_client("http://peer.invalid:8000"), 5)
