"""Everybody in a world in one process: a sender and providers, each with a journal, all of whom can be ended."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from oracle.crossing.crossing import Crossing
from oracle.crossing.executor import Executor, Planner, Transfer
from oracle.crossing.journal import Journal
from oracle.crossing.observe import Observed, observe
from oracle.crossing.outbox import Outbox
from oracle.crossing.provider import Provider
from oracle.lab.routes.mortal import End, Ended, MortalJournal
from oracle.lab.routes.world import SENDER, World, key_of
from oracle.routing.graph import Graph
from oracle.routing.objective import Objective
from oracle.routing.route import Plan
from oracle.routing.solve import solve

MOST_TICKS = 600


class Cast:
    """The sender's executor and the providers, working in turns."""

    def __init__(
        self, world: World, folder: Path, *, say: Callable[[str], None] = lambda _: None, prefix: str = ""
    ) -> None:
        """Journals lie in `folder`; `prefix` tells casts of one folder apart."""
        self.world, self._folder, self._say, self._prefix = world, folder, say, prefix
        self._journals: dict[str, Journal] = {}
        self._ends: dict[str, End] = {}  # who is to be ended at which write
        self._started: set[str] = set()
        self.providers: dict[str, Provider] = {}
        self.asleep: set[str] = set()  # who does nothing now
        for way in world.ways:
            if way.provider not in self.providers:
                self.start(way.provider)
        self.plan: Planner = solve
        self.sender = self.crossing(SENDER)
        self.executor = self._executor()

    def crossing(self, name: str) -> Crossing:
        """All chains for somebody, whose journal is opened anew."""
        if name in self._journals:
            self._journals[name].close()
        key = key_of(name)
        path, end = self._folder / f"{self._prefix}{name}.db", self._ends.pop(name, None)
        self._journals[name] = Journal(path, key.address) if end is None else MortalJournal(path, key.address, end)
        # What chains show is read once for all; who starts again reads it anew.
        at = self.world.at if name not in self._started else None
        self._started.add(name)
        return Crossing(self.world.places, Outbox(self._journals[name], key), at)

    def start(self, name: str) -> None:
        """Start a provider, or start it again from its journal alone."""
        self.providers[name] = Provider(self.crossing(name))

    def end_at(self, name: str, end: End) -> None:
        """Have somebody end at a write of its journal, and start again from what is on disk by then."""
        self._ends[name] = end
        self._restart(name)

    def writes(self, name: str) -> int:
        """How often somebody's journal was written to, since `end_at`."""
        journal = self._journals[name]
        return journal.writes if isinstance(journal, MortalJournal) else 0

    def _restart(self, name: str) -> None:
        if name == SENDER:
            self.restart_sender()
        else:
            self.start(name)

    def restart_sender(self) -> None:
        """End the sender's executor and start it again from its journal alone."""
        self.sender = self.crossing(SENDER)
        self.executor = self._executor()

    def observe(self) -> Observed:
        """The graph as the chains show it now."""
        return observe(self.world.places, self.world.at)

    def solve(self, graph: Graph, objective: Objective) -> Plan:
        """What the executor plans by; `plan` can be replaced at any time."""
        return self.plan(graph, objective)

    def turn(self, transfer_id: str) -> bool:
        """Everybody acts once, and blocks come. Returns whether the transfer has ended."""
        ended = SENDER not in self.asleep and self._act(SENDER, lambda: self.executor.step(transfer_id))
        self._act_providers()
        self.world.tick()
        return ended

    def _act_providers(self) -> None:
        for name in self.providers:
            if name not in self.asleep:
                self._act(name, partial(self._serve, name))

    def _serve(self, name: str) -> bool:
        self.providers[name].step()
        return False

    def _act(self, name: str, act: Callable[[], bool]) -> bool:
        """One turn of somebody; who ends in it starts again."""
        try:
            return act()
        except Ended:
            self._restart(name)
            return False

    def run(self, transfer_id: str, until: Callable[[], bool] = lambda: False) -> Transfer:
        """Turns until the transfer has ended, or something else is so.

        Raises:
            TimeoutError: neither happened.
        """
        for _ in range(MOST_TICKS):
            if self.turn(transfer_id) or until():
                return self.executor.transfer(transfer_id)
        raise TimeoutError(f"transfer {transfer_id} did not end in {MOST_TICKS} turns")

    def settle(self) -> None:
        """Turns until no provider has anything open.

        Raises:
            TimeoutError: they never finish.
        """
        for _ in range(MOST_TICKS):
            if all(not self._open(provider) for provider in self.providers.values()):
                return
            self._act_providers()
            self.world.tick()
        raise TimeoutError("a provider did not finish")

    def _open(self, provider: Provider) -> bool:
        answers = all(each.state.has_ended for each in provider.maker.answers())
        return not (answers and all(each.state.has_ended for each in provider.relayer.fills()))

    def close(self) -> None:
        """Close all journals."""
        for journal in self._journals.values():
            journal.close()

    def _executor(self) -> Executor:
        return Executor(self.sender, self.observe, self.solve, self._say)


@contextmanager
def opened_cast(
    world: World, folder: Path, *, say: Callable[[str], None] = lambda _: None, prefix: str = ""
) -> Iterator[Cast]:
    """A cast that is closed with the block."""
    cast = Cast(world, folder, say=say, prefix=prefix)
    try:
        yield cast
    finally:
        cast.close()
