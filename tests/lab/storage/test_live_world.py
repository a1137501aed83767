"""Real nodes, a real chain: files are placed, a lost holder is replaced, and a killed coordinator goes on."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from oracle.chain.events import event
from oracle.keeping.coordinator import Coordinator, CoordinatorRules
from oracle.keeping.holder_daemon import HolderDaemon
from oracle.keeping.journal import Journal, KeptFile
from oracle.keeping.owner import Funding, Owner
from oracle.keeping.terms import NOBODY, Terms
from oracle.keeping.watching import UNPROVEN, WatchRules, _convict
from oracle.lab.storage.faults import LEAST_NODES, add_files, run_faults
from oracle.lab.storage.live_world import Pace, World, lab_rules
from oracle.lab.storage.spots import spots
from oracle.storage.cid import cid_of
from oracle.storage.file_class import ClassedFile, FileClass, FileFacts
from tests.conftest import Figure
from tests.lab.storage.test_faults_page import ROWS as COUNTED

_SECONDS = 1_800.0  # of the chain, which by steps pass quickly
_TURNS = 2  # in which a file is placed: it is offered in the first, and found to be held in the second


class Killed(BaseException):
    """In place of a signal: nothing may catch it."""


def _world(directory: Path, pace: Pace) -> World:
    """Four holders; files have two or three."""
    return World(directory, spots(4, 1 << 26), (2, 3), lambda _: None, pace)


@pytest.fixture
def clocked(tmp_path: Path) -> Iterator[World]:
    with closing(_world(tmp_path, "clock")) as world:
        yield world


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Several tests share it: each adds files of its own, and the last two spoil a holder each."""
    with closing(_world(tmp_path_factory.mktemp("world"), "steps")) as world:
        yield world


def sound(world: World, file: bytes, bad: set[str]) -> int:
    return len(set(world.holders_with(file)) - bad)


def test_a_lost_holder_is_replaced_from_the_one_that_is_left(clocked: World) -> None:
    world = clocked
    (file, content), *_ = add_files(world, 2)
    coordinator = world.coordinator()
    assert world.until(coordinator, lambda: sound(world, file.id, set()) >= 2, _SECONDS)
    assert world.owner.get(file, world.peers(), region="eu-west") == content
    world.close_owner_node()
    lost = world.site(world.holders_with(file.id)[0])
    lost.lose()
    assert world.until(coordinator, lambda: sound(world, file.id, {lost.account}) >= 2, _SECONDS)
    assert world.owner.get(file, world.peers(), region="eu-west") == content


@pytest.mark.long
def test_a_coordinator_that_is_killed_at_any_write_goes_on(stepped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each write to the journal and each transaction, before it and after it; each time with a file of its own."""
    without_kills = _Run(stepped, 0)
    writes = without_kills.placed(monkeypatch, None)
    assert writes is not None
    assert without_kills.is_whole()
    for kill in range(1, 2 * writes + 1):
        run = _Run(stepped, kill)
        assert run.placed(monkeypatch, kill) is None, f"{writes} writes, and no kill number {kill}"
        assert stepped.until(run.coordinator(), run.is_whole, _SECONDS)
        assert run.owner.get(run.file, stepped.peers()) == run.content
        assert len(run.client.agreements(run.file.id)) == 2
        run.journal.close()
    without_kills.journal.close()


class _Run:
    """A file with a journal of its own in the same world."""

    def __init__(self, world: World, number: int, size_bytes: int = 3_000) -> None:
        self.world, self.client = world, world.client(world.owner_key)
        path = world.directory / f"{number}.sqlite"
        self.journal = Journal(path, chain_id=world.chain().chain_id, registry=world.registry)
        self.owner = Owner(self.client, world.owner_node, self.journal, X25519PrivateKey.generate())
        self.content = bytes([number]) * size_bytes
        facts = FileFacts(f"file-{number}", "application/octet-stream", len(self.content))
        classed = ClassedFile(facts, FileClass("warm", "public"))
        self.file: KeptFile = self.owner.add(
            self.content, classed, Funding(10_000, 1_000), replicas=world.replicas, steward=NOBODY
        )

    def coordinator(self) -> Coordinator:
        rules: CoordinatorRules = lab_rules(self.world.replicas)
        patient = replace(rules.watch, timeout_seconds=60.0)  # a busy machine writes no misses down
        return Coordinator(self.journal, self.client, self.world.peers, replace(rules, watch=patient))

    def placed(self, monkeypatch: pytest.MonkeyPatch, kill: int | None) -> int | None:
        """How many writes it takes to place the file; None from a run that is killed."""
        with monkeypatch.context() as patched:
            writes = _counted(patched, kill, (self.journal, "_write"), (self.client, "_send"))
            coordinator = self.coordinator()
            try:
                for _ in range(_TURNS):
                    self.world.turn(coordinator)
            except Killed:
                return None
            return len(writes)

    def challenges(self) -> list[Any]:
        """Logs of those about the file."""
        topics = ["0x" + event("StorageRegistry", "Challenged").topic.hex(), "0x" + self.file.id.hex()]
        query = {"address": self.client.address, "topics": topics, "fromBlock": "0x0", "toBlock": "latest"}
        return list(self.client.chain.request("eth_getLogs", [query]))

    def is_whole(self) -> bool:
        return sound(self.world, self.file.id, set()) >= 2 and not self.journal.open_moves()


def _counted(patched: pytest.MonkeyPatch, kill: int | None, *writers: tuple[object, str]) -> list[str]:
    """Writes of objects by these methods, as they come. Odd kills come before a write is made, even ones after it."""
    writes: list[str] = []

    def counted(method: str, write: Callable[..., Any]) -> Callable[..., Any]:
        def killing(*arguments: Any, **options: Any) -> Any:
            writes.append(method)
            if kill == 2 * len(writes) - 1:
                raise Killed
            done = write(*arguments, **options)
            if kill == 2 * len(writes):
                raise Killed
            return done

        return killing

    for owner, method in writers:
        patched.setattr(owner, method, counted(method, getattr(owner, method)))
    return writes


def test_offers_of_files_that_nobody_has_leave_time_for_answers(
    stepped: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes as long as a fetch may take: one alone is tried between two looks for challenges."""
    client, site = stepped.client(stepped.owner_key), stepped.sites[0]
    daemon = HolderDaemon(stepped.client(site.key), site.node, stepped.peers, tmp_path / "trees", pin_seconds=0.5)
    offered = []
    for number in range(3):
        content = bytes([number]) * 2_000
        terms = Terms(cid_of(content), b"\x01" * 32, len(content), "warm", "public", 1, 3, NOBODY, 10_000)
        file, _ = client.register(terms)
        client.fund(file, 10**6)
        client.offer(file, site.account, 2**40)
        offered.append((file, str(terms.cid)))
    tried: list[str] = []
    pin = site.node.pin

    def recorded(cid: Any, *arguments: Any, **options: Any) -> None:
        tried.append(str(cid))
        pin(cid, *arguments, **options)

    monkeypatch.setattr(site.node, "pin", recorded)
    for turns in (1, 2, 3):
        daemon.turn()
        assert len(tried) == turns
    assert sorted(tried) == sorted(cid for _, cid in offered)
    for file, _ in offered:
        client.release(file, site.account)


def test_who_serves_wrong_bytes_and_answers_is_challenged_once_and_let_go(stepped: World) -> None:
    """One wrong bit of many chunks is drawn by few challenges, each of which would pay its holder the fee."""
    run = _Run(stepped, 255, size_bytes=400_000)
    assert stepped.until(run.coordinator(), run.is_whole, _SECONDS)
    bad = stepped.site(stepped.holders_with(run.file.id)[0])
    (bad.directory / "corrupt").touch()

    def is_gone() -> bool:
        return bad.account not in stepped.holders_with(run.file.id) and sound(stepped, run.file.id, set()) >= 2

    assert stepped.until(run.coordinator(), is_gone, _SECONDS)
    assert run.owner.get(run.file, stepped.peers()) == run.content
    assert [each.reason for each in run.journal.reports()][:1] == ["serves bytes that are not those of the CID"]
    assert len(run.challenges()) == 1
    run.journal.close()


def test_who_proves_nothing_is_written_down_though_the_coordinator_is_killed_as_it_convicts(
    stepped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _Run(stepped, 254)
    assert stepped.until(run.coordinator(), run.is_whole, _SECONDS)
    lost = stepped.site(stepped.holders_with(run.file.id)[0])
    lost.lose()
    convict = run.client.convict

    def convicted_and_killed(*arguments: Any) -> None:
        convict(*arguments)
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(run.client, "convict", convicted_and_killed)
        stepped.until(run.coordinator(), lambda: False, _SECONDS)
    assert lost.account not in run.client.agreements(run.file.id)
    assert (run.file.id, lost.account, UNPROVEN) in [
        (each.file, each.account, each.reason) for each in run.journal.reports()
    ]
    now_seconds = run.client.chain.timestamp(run.client.chain.head())
    assert run.journal.nodes()[lost.account].refused_until > now_seconds
    run.journal.close()


def test_who_has_answered_since_it_was_looked_at_is_not_reported(stepped: World) -> None:
    run = _Run(stepped, 253)
    assert stepped.until(run.coordinator(), run.is_whole, _SECONDS)
    account, now = next((each, found) for each, found in run.client.agreements(run.file.id).items() if found.holds)
    due = run.client.chain.head() - run.client.setup.answer_blocks - 1
    seen = replace(now, challenger=account, draw_block=due)  # as before its answer
    _convict(run.journal, run.client, run.file.id, account, seen, WatchRules(), 0)
    assert run.journal.reports() == []
    assert run.journal.nodes()[account].refused_until == 0
    run.journal.close()


@pytest.mark.long
def test_no_fault_loses_a_file(figure: Figure) -> None:
    """As in the table in docs/storage.md; how many rounds it takes, and who is convicted, is partly drawn."""
    rows = run_faults(nodes=LEAST_NODES, files=6, kills=6, say=figure)
    assert [(row.fault, row.files, row.kills) for row in rows] == [
        (row["fault"], row["files"], row["kills"]) for row in COUNTED
    ]
    assert [row.lost for row in rows] == [row["lost"] for row in COUNTED] == [0] * len(rows)
    assert all(row.is_whole for row in rows)
    by_name = {row.fault: row for row in rows}
    assert by_name["a holder lies in its proofs"].convicted == 6
    assert by_name["a holder serves wrong bytes"].reported >= 1
