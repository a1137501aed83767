"""Each line of a daemon's log can be parsed, and those of a cycle say which report they are about."""

import io
import json
import logging
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from oracle.chain.redact import configure_logging, hide
from oracle.control.feedback import FeedbackController
from oracle.log_lines import Form, concerns, lines_of_a_step
from oracle.model.bundle import Bundle
from oracle.service.store import Store
from tests.cli.started import end_of
from tests.logs import logging_as_before
from tests.service.site import PATIENCE_SECONDS, site_on_anvil
from tests.small_network import Network

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
PASSWORD = "a-word-that-nobody-may-see"


@contextmanager
def _logged(form: Form) -> Iterator[io.StringIO]:
    """What is logged within, as the command line would print it."""
    with logging_as_before():
        configure_logging(logging.INFO, form)
        stream = io.StringIO()
        (handler,) = logging.getLogger().handlers
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
        yield stream


def _parsed(text: str) -> list[dict[str, Any]]:
    """The objects of a log in JSON, each of the form that all have."""
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        assert {"time", "level", "logger", "message"} <= line.keys()
        assert RFC_3339.fullmatch(line["time"])
        assert ("epoch" in line) == ("reference_block" in line)
    return lines


def test_a_daemon_logs_one_json_object_a_line_and_those_of_a_cycle_name_their_report(tmp_path: Path) -> None:
    wanted = {("sent:", 1), ("applied", 1), ("sent:", 2)}
    with site_on_anvil(tmp_path, FeedbackController().model_hash) as site:
        secret_url = site.anvil.url.replace("://", f"://user:{PASSWORD}@")
        process = site.start(secret_url, before=["--log-format", "json"])
        # A daemon logs what it sent after the node has it, and so perhaps after a block has it.
        site.mine_until(lambda: wanted <= _told(_parsed(_whole_lines(site.log()))).keys(), process)
        site.anvil.close()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "step failed" not in site.log():
            assert time.monotonic() < deadline, site.log()
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
        lines = _parsed(site.log())
    of_cycles = [line for line in lines if "epoch" in line]
    # A busy machine ends some thread late, and the process says that it did not wait for it.
    others = {line["message"].split()[0] for line in lines if "epoch" not in line}
    assert {"oracle", "stopping"} <= others <= {"oracle", "stopping", "not"}
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as journal:
        signed = set(journal.execute("SELECT epoch, reference_block FROM signatures"))
    told = _told(lines)
    assert {(epoch, told[outcome, epoch]) for outcome, epoch in wanted} <= signed
    # One line for each way in which a node fails that goes away: it breaks off an answer, then refuses connections.
    failed = [line for line in of_cycles if line["message"].startswith("step failed: ")]
    assert {line["level"] for line in failed} == {"WARNING"}
    assert all(one["message"] != other["message"] for one, other in pairwise(failed))
    assert PASSWORD not in site.log()


def _whole_lines(log: str) -> str:
    return log[: log.rfind("\n") + 1]


def _told(lines: list[dict[str, Any]]) -> dict[tuple[str, int], int]:
    """Reference blocks, by first word of what was said of a report and its epoch."""
    return {(line["message"].split()[0], line["epoch"]): line["reference_block"] for line in lines if "epoch" in line}


@pytest.mark.parametrize("form", ["text", "json"])
def test_every_line_of_a_step_says_what_report_it_is_about(
    network: Network, bundle: Bundle, store: Store, form: Form
) -> None:
    cycle = network.cycle(bundle, store)
    network.blocks(8)
    with _logged(form) as stream:
        assert cycle.step().outcome == "sent"
        network.blocks(3)
        assert cycle.step().outcome == "applied"
        logging.getLogger("oracle").info("between steps")
    (signed,) = {each.reference.block for each in store.signatures.of(1)}
    *of_steps, between = stream.getvalue().splitlines()
    assert [line.partition("sent: ")[2] or line.partition("applied")[2] for line in of_steps]
    if form == "json":
        lines = _parsed(stream.getvalue())
        assert [(line["epoch"], line["reference_block"]) for line in lines[:-1]] == [(1, signed)] * len(of_steps)
        assert "epoch" not in lines[-1]
    else:
        assert all(f": epoch 1, R {signed}: " in line for line in of_steps)
        assert between.endswith(" oracle: between steps")


def test_an_exception_is_a_field_of_its_line_and_shows_no_secret() -> None:
    hide("https://node.example/v3/ANOTHERSECRET")
    with _logged("json") as stream, lines_of_a_step():
        concerns(12, 345)
        try:
            raise ValueError('POST "https://node.example/v3/ANOTHERSECRET" and\n"more"')
        except ValueError:
            logging.getLogger("web3").exception('call to "%s" failed', "https://u:ANOTHERSECRET@node.example/x")
    (line,) = _parsed(stream.getvalue())
    assert (line["epoch"], line["reference_block"], line["level"], line["logger"]) == (12, 345, "ERROR", "web3")
    assert line["message"] == 'call to "https://node.example/…" failed'
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith('ValueError: POST "https://node.example/…" and\n"more"')
    assert "ANOTHERSECRET" not in stream.getvalue()


def test_what_the_command_line_says_itself_is_json_too(tmp_path: Path) -> None:
    ended, plain = end_of(
        [["--log-format", "json", "oracle", "--rpc", "x", "--capacity", "none"], ["oracle", "--capacity", "none"]],
        tmp_path,
    )
    assert (ended.code, plain.code) == (2, 2)
    (line,) = _parsed(ended.err)
    assert line["level"] == "ERROR"
    assert "'--capacity'" in line["message"]
    assert plain.err.startswith("catalyst: ")
