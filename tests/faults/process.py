"""An operator as a process that steps when told: a real daemon's parts, its API, its journal, and a real death.

Processes are forked from a server that has imported everything, so that a start takes a fraction of a second.
"""

import logging
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

import time_machine
from eth_account import Account

from oracle.chain.connection import connect
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import load_deployment
from oracle.control.feedback import FeedbackController
from oracle.errors import AlreadySigned, CatalystError
from oracle.service.api import create_app
from oracle.service.cycle import Cycle
from oracle.service.daemon import Daemon
from oracle.service.http_server import HttpServer, take_port
from oracle.service.peers import Peers
from oracle.service.recover import recover
from oracle.service.signatures import Signatures, Signed
from oracle.service.store import Store
from oracle.settings import OracleSettings
from tests.faults.points import Points, append_line

_STEP_SECONDS = 120.0  # a step that takes longer hangs, which is a defect
_NOBODY = 65534

# Runs of scenarios are its forks too, and share it with their operators.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["tests.faults.preloaded"])


@dataclass(frozen=True)
class Setup:
    """What one operator is started with."""

    rpcs: Sequence[str]
    record: Path  # of the deployment
    key: bytes
    settings: OracleSettings
    folder: Path  # its own, for journal and logs
    port: int
    peers: Sequence[str]
    keeps_journal: bool = True  # else it forgets at each start: the control that must fail
    most_file_bytes: int | None = None  # a disk that is full

    @property
    def journal(self) -> Path:
        """Its journal."""
        return self.folder / "oracle.sqlite"

    @property
    def address(self) -> str:
        """Of its account."""
        return str(Account.from_key(self.key).address)

    @property
    def url(self) -> str:
        """Of its API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def signed_log(self) -> Path:
        """Every digest that it signed, in lines of signer, epoch, reference hash and digest."""
        return self.folder / "signed.log"

    @property
    def kill_log(self) -> Path:
        """The point of each kill."""
        return self.folder / "kills.log"


@dataclass(frozen=True)
class Answer:
    """What became of what a process was told."""

    outcome: Literal["ok", "failed", "died"]
    says: str = ""


class OperatorProcess:
    """The handle of one operator's process, which its supervisor starts again whenever it ends."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.starts = self.kills = 0
        self.kill_at: int | None = None  # the point of the next command at which it is killed
        self._process: BaseProcess | None = None
        self._link: Connection | None = None
        self._told = False

    @property
    def runs(self) -> bool:
        """Whether there is a process."""
        return self._process is not None

    def tell(self, **command: Any) -> None:
        """Have it do something, after a start if it needs one; `answer` says what came of it."""
        if self._process is None:
            self._start()
        kill_at, self.kill_at = self.kill_at, None
        assert self._link is not None
        with suppress(OSError):  # it died at its start
            self._link.send({"kill_at": kill_at, **command})
        self._told = True

    def answer(self) -> Answer:
        """What came of what it was told."""
        assert self._link is not None and self._told
        self._told = False
        try:
            if not self._link.poll(_STEP_SECONDS):
                raise AssertionError(f"operator {self.setup.folder.name} did not answer within {_STEP_SECONDS} s")
            answer: Answer = self._link.recv()
        except (EOFError, ConnectionResetError):
            answer = Answer("died", "without a word")
        if answer.outcome == "died":
            self._ended()
        return answer

    def step(self) -> Answer:
        """One step, to its end."""
        self.tell(do="step")
        return self.answer()

    def end(self) -> None:
        """End it at once, as a power cut does; not counted among the kills."""
        if self._process is not None and self._process.pid is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._ended()
            self.kills -= 1

    def _start(self) -> None:
        self.starts += 1
        ours, theirs = SERVER.Pipe()
        self._process = SERVER.Process(target=_run, args=(theirs, self.setup), daemon=True)
        self._process.start()
        theirs.close()
        self._link = ours

    def _ended(self) -> None:
        assert self._process is not None and self._link is not None
        self._process.join()
        self.kills += self._process.exitcode == -signal.SIGKILL
        self._link.close()
        self._process = self._link = None


def change(operator: OperatorProcess, **fields: Any) -> None:
    """Give an operator that does not run another set-up."""
    operator.setup = replace(operator.setup, **fields)


def _run(link: Connection, setup: Setup) -> None:
    """The process: obey commands until the link ends."""
    logging.basicConfig(filename=setup.folder / "daemon.log", level=logging.INFO, force=True)
    if os.getuid() == 0:  # whom the rights of files do not bind
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    if setup.most_file_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (setup.most_file_bytes, setup.most_file_bytes))
    points = Points(setup.kill_log)
    points.watch()
    _log_signatures(setup)
    with ExitStack() as cleanup:
        daemon: Daemon | None = None
        while True:
            try:
                command = link.recv()
            except EOFError:
                return
            points.restart(command["kill_at"])
            try:
                if command["do"] == "recover":
                    _recover(setup)
                    link.send(Answer("ok"))
                    continue
                if daemon is None:
                    daemon = _daemon(setup, cleanup)
                said = _obey(daemon, command)
            except CatalystError as error:
                logging.getLogger(__name__).warning("step failed: %s", error)
                if daemon is None:  # so ends a start that fails, and its supervisor starts it again
                    link.send(Answer("died", str(error)))
                    return
                link.send(Answer("failed", str(error)))
            else:
                link.send(Answer("ok", said))


def _obey(daemon: Daemon, command: dict[str, Any]) -> str:
    if command["do"] == "step":
        return str(daemon.step().outcome)
    return _clock_moves(daemon, command["seconds"], command["polls"])


def _clock_moves(daemon: Daemon, seconds: float, polls: int) -> str:
    """Run by the daemon's own scheduler while the wall clock is set by `seconds`; how often it stepped afterwards."""
    stepped: list[float] = []
    step = daemon.cycle.step

    def counted() -> Any:
        stepped.append(time.monotonic())
        return step()

    daemon.cycle.step = counted  # type: ignore[method-assign]
    crashed: list[BaseException] = []
    daemon.start(crashed.append)
    poll_seconds = daemon.cycle.settings.poll_seconds
    time.sleep(3 * poll_seconds)
    before = len(stepped)
    with time_machine.travel(time.time() + seconds, tick=True):
        time.sleep(polls * poll_seconds + 2.0)
        since = len(stepped) - before
    daemon.stop()
    return f"{since} steps{'' if not crashed else f', crashed: {crashed[0]!r}'}"


def _daemon(setup: Setup, cleanup: ExitStack) -> Daemon:
    chain = connect(*setup.rpcs)
    contracts = Contracts(chain, load_deployment(chain, setup.record).addresses())
    if not setup.keeps_journal:
        for suffix in ("", "-wal", "-shm"):
            setup.journal.with_name(setup.journal.name + suffix).unlink(missing_ok=True)
    store = Store(
        setup.journal,
        chain_id=chain.chain_id,
        genesis_hash=chain.genesis_hash,
        oracle_address=contracts.addresses.oracle,
        signs_after=None if setup.keeps_journal and contracts.oracle_state().epoch else 0,
    )
    cleanup.callback(store.close)
    key = Account.from_key(setup.key)
    peers = Peers(setup.peers)
    cleanup.callback(peers.close)
    daemon = Daemon(
        Cycle(
            chain=chain,
            contracts=contracts,
            controller=FeedbackController(),
            operators=[key],
            submitter=key,
            settings=setup.settings,
            store=store,
            peers=peers,
        )
    )
    server = HttpServer(create_app(daemon, {}), take_port("127.0.0.1", setup.port))
    server.start()
    cleanup.callback(server.stop)
    return daemon


def _recover(setup: Setup) -> None:
    """As `catalyst journal recover`."""
    chain = connect(*setup.rpcs)
    recover(setup.journal, chain, Contracts(chain, load_deployment(chain, setup.record).addresses()))


def _log_signatures(setup: Setup) -> None:
    """Log all that is signed, ahead of the moment from which a peer can see it."""
    keep = Signatures.keep

    def kept(signatures: Signatures, signed: Signed) -> None:
        what = f"{signed.signer} {signed.report.epoch} {signed.reference.hash.hex()} {signed.digest.hex()}"
        append_line(setup.signed_log, what)
        try:
            keep(signatures, signed)
        except AlreadySigned:
            append_line(setup.signed_log, f"refused {what}")
            raise

    Signatures.keep = kept  # type: ignore[method-assign,assignment]
