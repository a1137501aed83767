"""SIGTERM ends a daemon with exit code 0 whatever it is doing; see test_process.py for nodes that hang."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from oracle.control.feedback import FeedbackController
from oracle.model.bundle import Bundle
from tests.service.site import PATIENCE_SECONDS, Site, site_on_anvil
from tests.small_network import OPERATORS

_BOUND_SECONDS = 15  # 5 and what a busy machine adds, below what systemd and compose wait

# Sends itself SIGTERM once the module named by the first argument is about to be imported.
_AT_IMPORT = """
import os, signal, sys

class Ender:
    def find_spec(self, name, path=None, target=None):
        if name == at:
            sys.meta_path.remove(self)
            print("about to import", at, flush=True)
            os.kill(os.getpid(), signal.SIGTERM)

at = sys.argv.pop(1)
sys.meta_path.insert(0, Ender())
from oracle.cli import main
main()
"""
# Computes for ever where it should decide.
_ENDLESS_ENCODER = """
import torch
from oracle.model.encoder import Encoder

def encode(*_):
    print("encoding", flush=True)
    matrix = torch.rand(1000, 1000, dtype=torch.float64)
    while True:
        torch.mm(matrix, matrix)

Encoder.encode_all = encode
from oracle.cli import main
main()
"""


@pytest.fixture
def policy_site(bundle: Bundle, tmp_path: Path) -> Iterator[Site]:
    with site_on_anvil(tmp_path, bundle.model_hash) as made:
        yield made


@pytest.mark.parametrize("module", ["oracle.service.process", "web3", "torch", "torch.nn", "tokenizers"])
def test_while_it_imports(policy_site: Site, module: str) -> None:
    process = policy_site.start(program=(sys.executable, "-c", _AT_IMPORT, module))
    assert process.wait(timeout=60) == 0, policy_site.log()  # the import itself takes its time
    assert policy_site.log().strip() == f"about to import {module}"


def test_while_a_step_encodes(policy_site: Site) -> None:
    process = policy_site.start(program=(sys.executable, "-c", _ENDLESS_ENCODER))
    policy_site.mine_until(lambda: "encoding" in policy_site.log(), process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=_BOUND_SECONDS) == 0
    assert "Traceback" not in policy_site.log()


@contextmanager
def _slow_peer(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[tuple[str, threading.Event]]:
    """URL of a peer that never comes to an end, and whether it was asked."""
    asked = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.set()
            with suppress(OSError):  # who asked is gone
                answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def _hangs(_: BaseHTTPRequestHandler) -> None:
    time.sleep(PATIENCE_SECONDS)


def _trickles(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(10 * PATIENCE_SECONDS):
        handler.wfile.write(b" ")
        time.sleep(0.1)


@pytest.mark.parametrize("answer", [_hangs, _trickles])
def test_while_a_peer_is_asked_for_its_signature(
    tmp_path: Path, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    with site_on_anvil(tmp_path, FeedbackController().model_hash) as site, _slow_peer(answer) as (url, asked):
        process = site.start(None, "--peer", url, keys=[OPERATORS[0]])
        site.mine_until(asked.is_set, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=_BOUND_SECONDS) == 0
        assert "Traceback" not in site.log()


def test_while_nobody_reads_its_log(tmp_path: Path) -> None:
    """A pipe that is full holds up whoever writes a line, and then whoever waits for the handler's lock."""
    script = "import sys\nfrom oracle.cli import main\nimport oracle.service.daemon as daemon\n" + (
        "daemon.Daemon._scheduled_step = lambda self: [daemon.log.warning('x' * 1000) for _ in range(10**6)]\nmain()\n"
    )
    with site_on_anvil(tmp_path, FeedbackController().model_hash) as site:
        process = site.start(program=(sys.executable, "-c", script), unread=True)
        assert process.stderr is not None
        started = process.stderr.readline()
        while b"API at" not in started:
            started = process.stderr.readline()
        time.sleep(1)  # the pipe fills
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=_BOUND_SECONDS) == 0
