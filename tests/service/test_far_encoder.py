"""An encoder that several oracles ask: the same vectors, refusals, and what happens where it is away."""

import base64
import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import numpy as np
import pytest

from oracle.chain.ports import free_port
from oracle.model.bundle import Bundle
from oracle.service import far_encoder
from oracle.service.far_encoder import FarEncoder

_PATIENCE_SECONDS = 300.0
TEXTS = ["public sale of solar shares opens soon", "claims will not start today", "thanks for lunch with all of you"]


@contextmanager
def answering(answer: bytes, status: int = 200) -> Iterator[tuple[str, list[Any]]]:
    """A server that gives one answer to all, and what it was asked."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def _answer(vectors: np.ndarray) -> bytes:
    return json.dumps({"vectors": base64.b64encode(vectors.tobytes()).decode()}).encode()


def test_what_is_answered_is_used_and_asked_with_the_model(bundle: Bundle) -> None:
    vectors = np.arange(3 * 384, dtype="<f8").reshape(3, 384)
    with answering(_answer(vectors)) as (url, asked):
        far = FarEncoder(bundle.reader.encoder, url, bundle.model_hash)
        assert np.array_equal(far.encode_all(TEXTS), vectors)
        assert far.hidden_size == 384
    assert asked == [{"modelHash": "0x" + bundle.model_hash.hex(), "texts": TEXTS}]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"not json", 200),
        (b"{}", 200),
        (b'{"vectors": "@@"}', 200),
        (_answer(np.zeros((2, 384))), 200),  # of fewer texts
        (_answer(np.full((3, 384), np.nan)), 200),
        (b'{"error": "another bundle"}', 409),
        (b"", 503),
    ],
)
def test_a_wrong_answer_is_not_used_and_the_own_encoder_is_for_a_while(
    bundle: Bundle, caplog: pytest.LogCaptureFixture, answer: bytes, status: int
) -> None:
    own = bundle.reader.encoder.encode_all(TEXTS)
    with answering(answer, status) as (url, asked), caplog.at_level(logging.WARNING):
        far = FarEncoder(bundle.reader.encoder, url, bundle.model_hash)
        assert np.array_equal(far.encode_all(TEXTS), own)
        assert np.array_equal(far.encode_all(TEXTS), own)
        assert len(asked) == 1
    assert len(caplog.records) == 1
    assert "is not used for 30 s" in caplog.text


def test_where_nothing_listens_the_own_encoder_is_used(bundle: Bundle) -> None:
    far = FarEncoder(bundle.reader.encoder, f"http://127.0.0.1:{free_port()}", bundle.model_hash)
    assert np.array_equal(far.encode_all(TEXTS), bundle.reader.encoder.encode_all(TEXTS))


@pytest.mark.long
@pytest.mark.usefixtures("alone_with_ray")
def test_replicas_on_ray_give_the_same_bits_and_refuse_what_is_not_theirs(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where cores are busy, an answer takes longer than an oracle waits for it.
    patient = replace(far_encoder._BOUNDS, wait_seconds=_PATIENCE_SECONDS, whole_seconds=_PATIENCE_SECONDS)
    monkeypatch.setattr(far_encoder, "_BOUNDS", patient)
    port = free_port()
    replicas = subprocess.Popen(_on_ray(port), stdout=subprocess.PIPE, text=True, env=_a_cluster_of_its_own())
    try:
        assert replicas.stdout is not None
        assert "1 to 2 replicas" in replicas.stdout.readline()
        url = f"http://127.0.0.1:{port}"
        warm = {"modelHash": "0x" + bundle.model_hash.hex(), "texts": TEXTS}
        assert httpx.post(url, json=warm, timeout=_PATIENCE_SECONDS).status_code == 200
        far = FarEncoder(bundle.reader.encoder, url, bundle.model_hash)
        many = [f"{text}, number {number}" for number in range(60) for text in TEXTS]  # more than a request holds
        assert np.abs(far.encode_all(many) - bundle.reader.encoder.encode_all(many)).max() < 1e-14
        head = bundle.reader.head
        own = [head.said(vector) for vector in bundle.reader.encoder.encode_all(many)]
        assert [head.said(vector) for vector in far.encode_all(many)] == own
        assert far._away_until < time.monotonic()  # it was really asked
        for body, status in (
            ({"modelHash": "0x00", "texts": TEXTS}, 409),
            ({"modelHash": "0x" + bundle.model_hash.hex(), "texts": []}, 400),
            ({"modelHash": "0x" + bundle.model_hash.hex(), "texts": ["x" * 257]}, 400),
            ({"modelHash": "0x" + bundle.model_hash.hex(), "texts": ["x"] * 129}, 400),
            (["no object"], 400),
        ):
            assert httpx.post(url, json=body, timeout=_PATIENCE_SECONDS).status_code == status, body
        padded = json.dumps(warm).encode() + b" " * 300_000  # well formed, and more than any request needs
        assert httpx.post(url, content=padded, timeout=_PATIENCE_SECONDS).status_code == 400
        replicas.terminate()
        replicas.communicate(timeout=_PATIENCE_SECONDS)
        assert replicas.returncode == 0
        # The oracle goes on by itself.
        assert np.array_equal(far.encode_all(TEXTS), bundle.reader.encoder.encode_all(TEXTS))
    finally:
        replicas.kill()
        replicas.communicate()


@pytest.mark.long
@pytest.mark.usefixtures("alone_with_ray")
def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            _on_ray(port),
            check=False,
            capture_output=True,
            text=True,
            env=_a_cluster_of_its_own(),
            timeout=_PATIENCE_SECONDS,
        )
    lines = [line for line in ended.stderr.splitlines() if line.startswith("catalyst: ")]
    assert (ended.returncode, len(lines)) == (2, 1), ended.stderr
    assert f"bind to address '127.0.0.1:{port}'" in lines[0]
    assert "Traceback" not in ended.stderr


def _on_ray(port: int) -> list[str]:
    return [sys.executable, "-m", "oracle", "encoder", "--port", str(port), "--most", "2"]


def _a_cluster_of_its_own() -> dict[str, str]:
    """An environment in which one is started, whatever other one might be found."""
    return {**os.environ, "RAY_DEDUP_LOGS": "0", "RAY_ADDRESS": f"127.0.0.1:{free_port()}"}
