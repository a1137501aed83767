"""What can go wrong with kept files, done to a world of real nodes, and counted: no file may be lost."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random

from oracle.errors import InputError
from oracle.keeping.coordinator import Coordinator
from oracle.keeping.journal import KeptFile
from oracle.keeping.owner import Funding
from oracle.keeping.terms import NOBODY
from oracle.keeping.watching import UNPROVEN
from oracle.lab.storage.live_world import MOVES_PER_HOUR, OFFER_SECONDS, World
from oracle.lab.storage.site import Site
from oracle.lab.storage.spots import spots
from oracle.storage.file_class import PRIVACIES, ClassedFile, FileClass, FileFacts

REPLICAS = (3, 4)
# One without room; one bad, one lying, two and one lost, two lost of three that hold a file; and three in the end.
LEAST_NODES = 11
_CAPACITY_BYTES = 1 << 26
_LITTLE_DISK_BYTES = 1 << 14  # of the node that says it has more
_SIZES = (3_000, 40_000, 200_000, 1_500_000)
_PATIENCE_SECONDS = 1_800.0  # of the chain
_MOST_WRITES = 12  # to the journal, that a coordinator makes before it is killed
_KILL_SECONDS = 60.0  # that it has for them
_POLL_SECONDS = 0.005
_FUNDING = Funding(max_rent=10_000, periods=1_000)


@dataclass(frozen=True)
class FaultRow:
    """One kind of fault, and what came of it."""

    fault: str
    files: int
    lost: int  # files that could not be read again, byte for byte
    is_whole: bool  # every file had its least number of sound holders again, and who is bad held none, in time
    rounds: int  # until every file had its least number of sound holders; in each, the coordinator and all holders
    convicted: int  # agreements that ended by a challenge that nobody answered well
    reported: int  # wrong bytes that were seen
    kills: int  # of the coordinator


@dataclass
class Stage:
    """The world of the faults, and the files in it."""

    world: World
    coordinator: Coordinator
    files: list[tuple[KeptFile, bytes]]
    bad: set[str]  # accounts of holders that are gone or bad

    def sound_holders(self, file: KeptFile) -> list[str]:
        """Who holds a file, but for those known here to be bad."""
        return [each for each in self.world.holders_with(file.id) if each not in self.bad]

    def is_whole(self) -> bool:
        """Whether each file has its least number of sound holders."""
        return all(len(self.sound_holders(file)) >= REPLICAS[0] for file, _ in self.files)

    def is_rid_of_bad(self) -> bool:
        """Whether no holder that is known here to be bad holds a file."""
        return all(self.bad.isdisjoint(self.world.holders_with(file.id)) for file, _ in self.files)

    def lost(self) -> int:
        """Files that cannot be read any more, or come back changed."""
        peers, lost = self.world.peers(), 0
        for file, content in self.files:
            try:
                lost += self.world.owner.get(file, peers) != content
            except InputError:
                lost += 1
        return lost


def run_faults(*, nodes: int, files: int, kills: int, say: Callable[[str], None]) -> list[FaultRow]:
    """Every kind of fault, one after the other in one world; a row for each.

    Args:
        nodes: Holders, at least `LEAST_NODES`.
        files: That are kept.
        kills: Of the coordinator's process.
        say: Gets a line as each is done.
    """
    rows: list[FaultRow] = []
    with tempfile.TemporaryDirectory(prefix="catalyst-faults-") as folder:
        kept = spots(nodes, _CAPACITY_BYTES)
        # The cheapest of all says that it has room, and has none: the solver would choose it first.
        kept[-1] = replace(kept[-1], price_per_gib_period=1_000, disk_bytes=_LITTLE_DISK_BYTES)
        world = World(Path(folder), kept, REPLICAS, say, "steps")
        with closing(world):
            stage = Stage(world, world.coordinator(), add_files(world, files), set())
            for fault in (fill_up, wrong_bytes, lie, vanish, partial(kill_coordinator, kills=kills), last_holder):
                rows.append(fault(stage))
                say(line(rows[-1]))
    return rows


def add_files(world: World, count: int) -> list[tuple[KeptFile, bytes]]:
    """Files of all privacies and several sizes, of random bytes."""
    draw, added = Random(5), []  # noqa: S311 - content, no secrets
    for index in range(count):
        content = draw.randbytes(_SIZES[index % len(_SIZES)])
        facts = FileFacts(f"file-{index}", "application/octet-stream", len(content))
        classed = ClassedFile(facts, FileClass("warm", PRIVACIES[index % 2]))
        added.append((world.owner.add(content, classed, _FUNDING, replicas=REPLICAS, steward=NOBODY), content))
    return added


def fill_up(stage: Stage) -> FaultRow:
    """A holder has promised more room than its disk has: its offers lapse, and others take what it has no room for."""
    return _until_whole(stage, "a holder's disk is full", lambda: None)


def wrong_bytes(stage: Stage) -> FaultRow:
    """A holder's disk changes bits: what it serves is not what the CID says, and it cannot prove that it has it."""
    site = _holder(stage)

    def corrupt() -> None:
        (site.directory / "corrupt").touch()
        stage.bad.add(site.account)

    return _until_whole(stage, "a holder serves wrong bytes", corrupt)


def lie(stage: Stage) -> FaultRow:
    """A holder shows chunks of its own making. The owner challenges it, as it may anyone at any time."""
    site = _holder(stage)

    def begin() -> None:
        site.daemon.lies = True
        stage.bad.add(site.account)
        client = stage.world.client(stage.world.owner_key)
        for file, _ in stage.files:
            if site.account in stage.world.holders_with(file.id):
                client.challenge(file.id, site.account)

    return _until_whole(stage, "a holder lies in its proofs", begin)


def vanish(stage: Stage) -> FaultRow:
    """Two holders of one file vanish with their disks at the same time."""
    gone = stage.sound_holders(stage.files[0][0])[:2]
    return _until_whole(stage, "two holders vanish", lambda: _lose(stage, gone))


def kill_coordinator(stage: Stage, *, kills: int) -> FaultRow:
    """The coordinator runs as a process and is killed again and again, while a holder is lost; the last one goes on."""
    draw = Random(kills)  # noqa: S311 - moments, no secrets

    def kill() -> None:
        _lose(stage, [_holder(stage).account])
        for _ in range(kills):
            _kill_at_write(stage.world, draw.randint(1, _MOST_WRITES))
            stage.world.step()

    return _until_whole(stage, "the coordinator is killed", kill, kills)


def last_holder(stage: Stage) -> FaultRow:
    """All holders of one file but one vanish, and the owner's node too: the last one is enough."""
    gone = stage.sound_holders(stage.files[0][0])[:-1]

    def end() -> None:
        stage.world.close_owner_node()
        _lose(stage, gone)

    return _until_whole(stage, "all holders of a file but one vanish, and the owner's node", end)


def line(row: FaultRow) -> str:
    """A row in words."""
    rounds = f"{row.rounds} round" + "s" * (row.rounds != 1)
    whole = f"whole again after {rounds}" if row.is_whole else "NOT whole again"
    return f"{row.fault}: {row.lost} of {row.files} files lost, {whole}; {row.convicted} convicted, {row.kills} kills"


def _holder(stage: Stage) -> Site:
    """A sound one that holds the first file, with room on its disk, so that as many are left in every run."""
    sites = map(stage.world.site, stage.sound_holders(stage.files[0][0]))
    return next(site for site in sites if site.spot.disk_bytes >= site.spot.capacity_bytes)


def _lose(stage: Stage, accounts: Sequence[str]) -> None:
    for account in accounts:
        stage.world.site(account).lose()
        stage.bad.add(account)


def _until_whole(stage: Stage, fault: str, begin: Callable[[], object], kills: int = 0) -> FaultRow:
    """Do something, and go on until all files are whole, and then until every bad holder has lost its agreements."""
    world, before, first = stage.world, _counts(stage), stage.world.rounds
    begin()
    is_whole = world.until(stage.coordinator, stage.is_whole, _PATIENCE_SECONDS)
    rounds = world.rounds - first
    is_whole &= world.until(stage.coordinator, lambda: stage.is_whole() and stage.is_rid_of_bad(), _PATIENCE_SECONDS)
    convicted, reported = (now - then for now, then in zip(_counts(stage), before, strict=True))
    return FaultRow(fault, len(stage.files), stage.lost(), is_whole, rounds, convicted, reported, kills)


def _counts(stage: Stage) -> tuple[int, int]:
    """Convictions and other reports so far."""
    reasons = [each.reason for each in stage.world.journal.reports()]
    convicted = reasons.count(UNPROVEN)
    return convicted, len(reasons) - convicted


def _kill_at_write(world: World, writes: int) -> None:
    """Start a coordinator, and kill it as soon as it has written so often."""
    process, deadline = _coordinator_process(world), time.monotonic() + _KILL_SECONDS
    try:
        with closing(sqlite3.connect(world.journal_path)) as database:
            versions: set[int] = set()
            while len(versions) <= writes and process.poll() is None and time.monotonic() < deadline:
                versions.add(database.execute("PRAGMA data_version").fetchone()[0])
                time.sleep(_POLL_SECONDS)
    finally:
        process.kill()
        process.wait()


def _coordinator_process(world: World) -> "subprocess.Popen[bytes]":
    key_file = world.directory / "owner.key"
    if not key_file.exists():
        key_file.touch(0o600)
        key_file.write_text(world.owner_key.key.hex())
    with (world.directory / "coordinator.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - this program, no shell
            [
                *(sys.executable, "-m", "oracle", "store", "rebalance", "--rpc", world.url),
                *("--registry", world.registry, "--key-file", str(key_file), "--peers", str(world.peers_path)),
                *("--journal", str(world.journal_path), "--every", "0.2", "--repair-seconds", "600"),
                *("--least", str(REPLICAS[0]), "--most", str(REPLICAS[1]), "--offer-seconds", str(OFFER_SECONDS)),
                *("--moves-per-hour", str(MOVES_PER_HOUR), "--unit", "1e-6", "--reader", "eu-west"),
            ],
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
            start_new_session=True,
        )
