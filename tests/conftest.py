"""What all tests share: paths, and the rule that pure rooms open no socket."""

import fcntl
import gc
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, settings

from oracle.cli import main
from oracle.output import write_whole
from tests.logs import logging_as_before

if TYPE_CHECKING:
    from oracle.model.bundle import Bundle

# The same examples each time, and no example judged by the clock: these machines are shared.
settings.register_profile("catalyst", derandomize=True, deadline=None)
# For runs of mutants: fewer of the same examples, and no search for the smallest one that fails.
settings.register_profile(
    "mutants", settings.get_profile("catalyst"), phases=(Phase.explicit, Phase.generate), max_examples=30
)
settings.load_profile("catalyst")

ROOT = Path(__file__).resolve().parent.parent
# Rooms that know no network; their tests may not open a socket either.
PURE_ROOMS = {"formulas", "window", "model", "control", "report", "plans", "plant", "routing", "training"}

# Files that take longest, the longest first. Whole files are handed out in this order: one that began last would be
# left to one process while the others have nothing to do.
LONGEST = (
    "faults/test_tenth.py",
    "e2e/test_local.py",
    "service/test_process.py",
    "training/test_encoder_lessons.py",
    "service/test_ending.py",
    "operate/test_containers.py",
    "trust/test_forge.py",
    "e2e/test_views.py",
    "deploy/test_pace.py",
    "service/test_misled.py",
    "e2e/test_page.py",
    "plant/test_foresight.py",
    "audit/test_verify.py",
    "governance/test_command.py",
    "contracts/test_bounds.py",
    "service/test_committee.py",
    "trust/test_slither.py",
    "deploy/test_options.py",
    "deploy/test_deploy.py",
    "lab/network/test_driven.py",
    "lab/agreements/test_walks.py",
    "lab/bench/test_gas.py",
    "service/test_follow.py",
    "cli/test_interruption.py",
    "records/test_data_server.py",
    "cli/test_start.py",
    "service/test_readers.py",
    "contracts/test_asert.py",
    "service/test_cycle.py",
    "keeping/test_node.py",
    "audit/test_after_network.py",
    "trust/test_machine.py",
    "lab/storage/test_live_world.py",
    "contracts/test_artefacts.py",
    "lab/committee/test_runs.py",
    "lab/network/test_live.py",
    "lab/bench/test_control.py",
    "training/test_finetune.py",
    "lab/network/test_outages.py",
    "lab/network/test_engines.py",
    "engines/test_stakers_and_delegates.py",
    "engines/pow/test_node.py",
    "lab/network/test_compare.py",
    "training/test_readings.py",
    "contracts/test_paged_report.py",
)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Import all tests without a look for garbage, which a quarter of the time would go to, and find all of it in use.

    Nor is what was imported looked through again whenever a test makes garbage.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; within a file, and among all others, the order stays."""
    ranks = {ROOT / "tests" / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(LONGEST)))


@pytest.fixture(autouse=True)
def no_socket_in_pure_rooms(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test of a pure room that tries to open a socket."""
    if request.path.parent.name in PURE_ROOMS:

        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("a pure room opened a socket")

        monkeypatch.setattr(socket.socket, "connect", refuse)
    yield


@pytest.fixture(scope="session")
def recorded_blocks_path() -> Path:
    """The shared file of recorded mainnet blocks, beside the repository."""
    path = ROOT.parent / "shared" / "data" / "ethereum-mainnet-blocks.jsonl.gz"
    if not path.exists():
        pytest.skip("the shared file of recorded mainnet blocks is not beside the repository")
    return path


@pytest.fixture(scope="session")
def bundle() -> "Bundle":
    """The bundle in the package, with the real pretrained encoder."""
    # Here, since torch takes seconds: the process that hands tests out to others imports this file too.
    from oracle.model.bundle import DEFAULT_BUNDLE, load_bundle

    return load_bundle(DEFAULT_BUNDLE)


@pytest.fixture(scope="session")
def small_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged tokenizer with a model of one layer that nobody trained: for what does not depend on meaning."""
    import torch
    from transformers import BertConfig, BertModel

    from oracle.model.encoder import DEFAULT_SOURCE, find_encoder

    directory = tmp_path_factory.mktemp("encoder")
    packaged = find_encoder(DEFAULT_SOURCE)
    vocabulary = json.loads((packaged / "config.json").read_text())["vocab_size"]
    torch.manual_seed(0)
    BertModel(
        BertConfig(
            vocab_size=vocabulary, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
        )
    ).save_pretrained(directory)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(packaged / name, directory / name)
    return directory


Once = Callable[[str, Callable[[], Any]], Any]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Has what is plain data made once for all processes of a run: who asks first makes it, by name."""
    directory = _of_all_processes(tmp_path_factory)

    def made(name: str, make: Callable[[], Any]) -> Any:
        path = directory / f"{name}.json"
        with _locked(path.with_suffix(".lock")):
            if not path.exists():
                write_whole(path, json.dumps(make()))
        return json.loads(path.read_text())

    return made


@pytest.fixture(scope="module")
def alone_with_ray(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No other process of the run has a cluster of Ray meanwhile: each starts a process for every core."""
    with _locked(_of_all_processes(tmp_path_factory) / "ray.lock"):
        yield


def _of_all_processes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for temporary files that all processes of a run share."""
    directory = tmp_path_factory.getbasetemp()
    # Each process has a folder of its own in there.
    return directory.parent if "PYTEST_XDIST_WORKER" in os.environ else directory


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(autouse=True)
def _logging_is_left_as_found() -> Iterator[None]:
    """Else a test that runs a quiet command would hide what a later test looks for in the log."""
    with logging_as_before():
        yield


Refusal = Callable[..., str]


@pytest.fixture
def refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refusal:
    """Runs the command line in this process, within `tmp_path`: it must end with one line, which is returned, and 2."""
    monkeypatch.chdir(tmp_path)

    def refused(*arguments: str) -> str:
        code = _command(monkeypatch, *arguments)
        captured = capsys.readouterr()
        assert code == 2, captured
        (line,) = captured.err.strip().splitlines()
        assert line.startswith("catalyst: ")
        return line

    return refused


Command = Callable[..., str]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command line in this process, within `tmp_path`: it must succeed; what it printed is returned.

    In a process of its own it would import what models need anew, which takes longer than many a command itself.
    """
    monkeypatch.chdir(tmp_path)

    def done(*arguments: str) -> str:
        code = _command(monkeypatch, *arguments)
        captured = capsys.readouterr()
        assert code == 0, captured
        return captured.out

    return done


@pytest.fixture
def different(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """As `command`, of a command that must end with 1: what it looked at is not what it should be."""
    monkeypatch.chdir(tmp_path)

    def done(*arguments: str) -> str:
        code = _command(monkeypatch, *arguments)
        captured = capsys.readouterr()
        assert (code, captured.err) == (1, ""), captured
        return captured.out

    return done


def _command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit status of a command line that is run here, and everything else as it was."""
    ending = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "argv", ["catalyst", *arguments])
    try:
        with logging_as_before():
            main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    finally:
        signal.signal(signal.SIGTERM, ending)
    return 0


Figure = Callable[[str], None]
_FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
def figure(pytestconfig: pytest.Config) -> Figure:
    """Takes a line with a measured figure, to be printed at the end of the run."""
    return pytestconfig.stash.setdefault(_FIGURES, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what tests measured."""
    for line in config.stash.get(_FIGURES, []):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory of a small language model of random weights."""
    pytest.importorskip("llguidance", reason="the extra `generative` is not installed")
    from tests.plans.tiny_model import write_tiny_model

    return write_tiny_model(tmp_path_factory.mktemp("tiny") / "model")
