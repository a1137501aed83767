"""A demonstration: three chains, providers as processes, a transfer, a provider killed, and a transfer again."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from oracle.bridges.orders import OrderStatus
from oracle.crossing.committee import conditions, publish
from oracle.crossing.crossing import Crossing
from oracle.crossing.executor import Executor
from oracle.crossing.journal import Journal
from oracle.crossing.leg import Leg, LegState
from oracle.crossing.observe import observe
from oracle.crossing.outbox import Fate, Outbox
from oracle.errors import FormulaMismatch
from oracle.lab.routes.account import Reckoning
from oracle.lab.routes.processes import key_file, processes
from oracle.lab.routes.world import LIVE, OPERATORS, SENDER, World, key_of, opened_world
from oracle.output import write_whole
from oracle.routing.drawing import svg
from oracle.routing.graph import Bridge, Graph
from oracle.routing.objective import Objective
from oracle.routing.route import Plan
from oracle.routing.solve import solve

Say = Callable[[str], None]
WANTED = Objective(120_000, "USDC", "A", "C", weight_cost=1.0, weight_time=0.0, weight_risk=0.0)
_VALID_SECONDS = 3_600
_POLL_SECONDS = 0.25
_MOST_SECONDS = 240


def demo(out: Path, say: Say, *, hold: Callable[[], None] | None = None) -> None:
    """Carry two transfers over three chains; before the second one, the provider of its first leg is killed.

    Args:
        out: Folder for the file of the chains, journals, keys and the picture.
        say: Takes what happens, line by line.
        hold: Waits at the end, with everything running; None to end at once.

    Raises:
        FormulaMismatch: an amount does not arrive, or somebody loses or gains what is not due to it.
    """
    out.mkdir(parents=True, exist_ok=True)
    say("Three Anvil nodes A, B and C start, with HashLock, RelayPool, RouteConditions and RouteOffers on each.")
    with opened_world(LIVE) as world, processes(world, out) as providers:
        pids = ", ".join(f"{name} ({process.pid})" for name, process in providers.items())
        say(f"Who carries tokens for a fee works in a process of its own: {pids}.")
        with _crossing(world, out) as crossing:
            show = Show(world, crossing, say)
            show.tell_graph(out)
            show.publish_conditions()
            show.carry()
            show.settle()
            show.kill_first(providers)
            show.carry()
            show.settle()
            show.tell_sums()
        if hold is not None:
            say(
                f"The chains go on; {out / 'places.json'} says where they are, and {key_file(SENDER, out)} holds the "
                "key of the sender. Ctrl-C ends them."
            )
            hold()


class Show:
    """A sender in a running world, what it does, and the words for it."""

    def __init__(self, world: World, crossing: Crossing, say: Say) -> None:
        self._world, self._crossing, self._say = world, crossing, say
        self._executor = Executor(crossing, lambda: observe(world.places, crossing.at), solve, lambda e: say(f"  {e}"))
        self._reckoning = Reckoning(world, dict.fromkeys(way.provider for way in world.ways))
        self._transfers: list[str] = []
        self._killed = ""
        self._hurried: set[str] = set()  # legs

    def _planned(self) -> tuple[Graph, Plan]:
        graph = observe(self._world.places, self._crossing.at).graph
        return graph, solve(graph, WANTED)

    def tell_graph(self, out: Path) -> None:
        """Say what the chains show, and which route is the best; draw it."""
        graph, plan = self._planned()
        self._say("What the chains show of their bridges:")
        for bridge in graph.bridges:
            self._say(_words(bridge))
        self._say(f"The plan: {plan.reason}")
        write_whole(out / "graph.svg", svg(graph, plan))
        self._say(f"The graph with this route is drawn in {out / 'graph.svg'}.")

    def publish_conditions(self) -> None:
        """Have two of three operators sign what the route costs, and a contract demand it."""
        _, plan = self._planned()
        here, route = self._crossing.at[WANTED.source], plan.routes[0]
        bridges = [leg.bridge for leg in route.legs]
        now = here.place.chain.timestamp(here.place.settled)
        report = conditions(bridges, self._crossing.at, sequence=1, now_seconds=now, valid_seconds=_VALID_SECONDS)
        operators = sorted((key_of(name) for name in OPERATORS), key=lambda key: str(key.address))[:2]
        self._until(
            lambda: publish(report, operators, WANTED.source, self._crossing) is Fate.DONE,
            "the conditions of the route are not published",
        )
        amount = route.amount_in_minor
        here.conditions.read("demand", report.route, amount, route.amount_out_minor)
        self._say(
            f"Two of three operators sign the conditions of this route on {WANTED.source}; a contract that demands "
            f"them takes {_shown(route.amount_out_minor)} of {_shown(amount)} and refuses less than "
            f"{_shown(report.arrives(amount))}."
        )

    def carry(self) -> None:
        """One transfer to its end."""
        began = time.monotonic()
        transfer_id = self._executor.start(WANTED)
        self._transfers.append(transfer_id)
        self._until(lambda: self._moved(transfer_id), f"transfer {transfer_id} has not ended")
        transfer = self._executor.transfer(transfer_id)
        if not transfer.arrived:
            raise FormulaMismatch(f"transfer {transfer_id} did not arrive: {transfer.parts[0].note}")
        took = time.monotonic() - began
        self._say(
            f"{_shown(transfer.arrived)} of {_shown(WANTED.amount_minor)} arrived on {WANTED.target} in {took:.0f} s."
        )

    def _moved(self, transfer_id: str) -> bool:
        """One step; time is let pass where nothing else is waited for."""
        has_ended = self._executor.step(transfer_id)
        leg = self._legs(transfer_id)[-1:]
        if leg and leg[0].state is LegState.LOCKED and self._provider(leg[0]) == self._killed:
            self._hurry(leg[0])
        return has_ended

    def _hurry(self, leg: Leg) -> None:
        if leg.id in self._hurried:
            return
        self._hurried.add(leg.id)
        here = self._world.at[leg.source]
        if leg.order is not None:
            ends = leg.order.fill_deadline + here.terms.claim_seconds + 1
        else:
            ends = leg.lock.expiry_seconds if leg.lock is not None else 0
        self._put_ahead(ends - here.place.now(), "nobody answers, so that time will refund it")

    def _put_ahead(self, seconds: int, why: str) -> None:
        """Let the clocks of all chains leap, in place of waiting."""
        self._say(f"  {why}; the clocks of all three chains are put ahead by {seconds} s")
        for name in self._world.nodes:
            self._world.pass_time(name, seconds)

    def kill_first(self, providers: dict[str, "subprocess.Popen[bytes]"]) -> None:
        """Kill the process behind the first leg of the plan as it now is."""
        _, plan = self._planned()
        bridge = plan.routes[0].legs[0].bridge
        self._killed = bridge.name.partition("-")[0]
        providers[self._killed].kill()
        providers[self._killed].wait()
        self._say(f"{self._killed}, who stands behind {bridge.name}, is killed. The same again; nobody is told.")

    def settle(self) -> None:
        """Wait until all providers are paid, and the time to challenge their claims is over."""
        for leg in (leg for each in self._transfers for leg in self._legs(each)):
            if leg.order is not None and leg.state is LegState.DONE and leg.id not in self._hurried:
                self._hurried.add(leg.id)
                here, order = self._world.at[leg.source], leg.order
                self._until(
                    lambda here=here, order=order: here.order_state(order).status is not OrderStatus.OPEN,  # type: ignore[misc]
                    f"{self._provider(leg)} has not claimed the input of an order that it filled",
                )
                why = f"{self._provider(leg)} claims the input on {leg.source}, and nobody challenges that"
                self._put_ahead(here.terms.challenge_seconds + 1, why)
        self._until(
            lambda: not self._reckoning.after(self._executor, *self._transfers).lost,
            "somebody lacks what is due to it",
        )

    def tell_sums(self) -> None:
        """Say who paid what, once it is checked.

        Raises:
            FormulaMismatch: somebody has more than is due to it.
        """
        balance = self._reckoning.after(self._executor, *self._transfers)
        if balance.twice or balance.elsewhere:
            raise FormulaMismatch(f"{balance.twice} units were paid twice, and {balance.elsewhere} did not arrive")
        fees = len(self._transfers) * WANTED.amount_minor - balance.arrived
        self._say(
            f"The sender paid {_shown(fees)} in fees for both, and each provider has the fees of its own legs, to the "
            f"unit. {balance.legs_done} legs were paid out, {balance.legs_refunded} was refunded by time, and what was "
            "left was planned anew."
        )

    def _legs(self, transfer_id: str) -> list[Leg]:
        return [leg for part in self._executor.transfer(transfer_id).parts for leg in self._executor.legs(part)]

    def _provider(self, leg: Leg) -> str:
        return leg.bridge.partition("-")[0]

    def _until(self, is_so: Callable[[], bool], otherwise: str) -> None:
        """Wait.

        Raises:
            FormulaMismatch: it never comes.
        """
        until = time.monotonic() + _MOST_SECONDS
        while not is_so():
            if time.monotonic() > until:
                raise FormulaMismatch(f"{otherwise} after {_MOST_SECONDS} s; see the journals and logs")
            time.sleep(_POLL_SECONDS)


def _words(bridge: Bridge) -> str:
    return (
        f"  {bridge.name:12} {bridge.kind:10}: {_shown(bridge.fee_fixed_minor)} + {bridge.fee_bps / 100:.2f} %, "
        f"up to {_shown(bridge.liquidity_minor)}, {bridge.latency_mean_seconds:.0f} s, success {bridge.success:.2f}"
    )


def _shown(amount_minor: int) -> str:
    return f"{amount_minor / 100:,.2f}"


@contextmanager
def _crossing(world: World, out: Path) -> Iterator[Crossing]:
    key = key_of(SENDER)
    path = out / f"{SENDER}-{(out / 'places.json').stat().st_mtime_ns}.db"
    journal = Journal(path, key.address)
    try:
        yield Crossing(world.places, Outbox(journal, key))
    finally:
        journal.close()
