"""Carries transfers out, one leg after another, and plans the rest anew after each: never more at risk than one leg.

A transfer has parts, one for each route that its first plan splits it into; they are carried out in their order. A part
stands on one chain, at its owner's own account, or is in one leg. Every change is in the journal before what follows
from it is done, so that any process can go on with what another one left.
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from oracle.crossing.crossing import Crossing
from oracle.crossing.journal import Journal
from oracle.crossing.leg import Leg, LegState, leg_of
from oracle.crossing.lock_leg import step_lock
from oracle.crossing.observe import Observed
from oracle.crossing.relay_leg import step_relay
from oracle.errors import ConnectionFailed, InputError, NoRoute
from oracle.routing.graph import Graph
from oracle.routing.objective import Objective
from oracle.routing.route import Leg as PlannedLeg
from oracle.routing.route import Plan

Planner = Callable[[Graph, Objective], Plan]
Say = Callable[[str], None]
MOST_LEGS = 16  # of one part, those that came back too
_ID_BYTES = 6


class PartStatus(StrEnum):
    """Where a part stands."""

    MOVING = "moving"
    ARRIVED = "arrived"
    STOPPED = "stopped"  # no route leads on; it is at its owner's account


@dataclass(frozen=True)
class Part:
    """A part of a transfer. Amounts are in units of the asset."""

    id: str
    chain: str  # where it is, or was before its open leg
    amount: int
    status: PartStatus = PartStatus.MOVING
    legs: tuple[str, ...] = ()  # ids of its legs so far; the last may be open
    avoid: tuple[str, ...] = ()  # bridges that failed it
    note: str = ""


@dataclass(frozen=True)
class Transfer:
    """What is moved, and in which parts."""

    id: str
    objective: Objective
    recipient: str  # on the target
    started_seconds: int  # by the source's clock
    reason: str  # of the first plan, in words
    parts: tuple[Part, ...]

    @property
    def has_ended(self) -> bool:
        """Whether nothing is to be done any more."""
        return all(part.status is not PartStatus.MOVING for part in self.parts)

    @property
    def arrived(self) -> int:
        """What has reached the target."""
        return sum(part.amount for part in self.parts if part.status is PartStatus.ARRIVED)


class Executor:
    """Transfers of one key."""

    def __init__(
        self,
        crossing: Crossing,
        observe: Callable[[], Observed],
        plan: Planner,
        say: Say = lambda _: None,
    ) -> None:
        """An executor.

        Args:
            crossing: All chains, and the key.
            observe: What the bridges offer now.
            plan: Finds a way; raises NoRoute where there is none.
            say: Gets a line for whatever happens.
        """
        self._crossing, self._observe, self._plan, self._say = crossing, observe, plan, say
        self._journal: Journal = crossing.outbox.journal

    def start(self, objective: Objective, recipient: str | None = None) -> str:
        """Plan a transfer and write it down; nothing is sent yet. Returns its id.

        Raises:
            NoRoute: there is no way.
        """
        plan = self._plan(self._observe().graph, objective)
        parts = tuple(
            Part(secrets.token_hex(_ID_BYTES), objective.source, route.amount_in_minor) for route in plan.routes
        )
        transfer = Transfer(
            id=secrets.token_hex(_ID_BYTES),
            objective=objective,
            recipient=recipient or self._crossing.me,
            started_seconds=self._crossing.places[objective.source].now(),
            reason=plan.reason,
            parts=parts,
        )
        self._keep(transfer)
        return transfer.id

    def transfers(self) -> list[Transfer]:
        """All of the journal, the oldest first."""
        return [transfer_of(raw) for raw in self._journal.all("transfer").values()]

    def transfer(self, transfer_id: str) -> Transfer:
        """One of them.

        Raises:
            InputError: there is none of that id.
        """
        raw = self._journal.get("transfer", transfer_id)
        if raw is None:
            known = ", ".join(self._journal.all("transfer")) or "none"
            raise InputError(f"the journal has no transfer {transfer_id}; it has {known}")
        return transfer_of(raw)

    def legs(self, part: Part) -> list[Leg]:
        """The legs of a part so far, in order."""
        found = (self._journal.get("leg", leg_id) for leg_id in part.legs)
        return [leg_of(raw) for raw in found if raw is not None]

    def step(self, transfer_id: str) -> bool:
        """Do what can be done now. Returns whether the transfer has ended.

        A chain that does not answer holds up what needs it, and nothing else.
        """
        transfer = self.transfer(transfer_id)
        for name, place in self._crossing.places.by_name.items():
            try:
                self._crossing.at[name].look()
                self._crossing.outbox.refresh(place)
            except ConnectionFailed:
                continue
        for index, part in enumerate(transfer.parts):
            if part.status is not PartStatus.MOVING:
                continue
            try:
                moved = self._step_part(transfer, part)
            except ConnectionFailed:
                return False
            if moved != part:
                parts = (*transfer.parts[:index], moved, *transfer.parts[index + 1 :])
                self._keep(replace(transfer, parts=parts))
            return False
        return True

    def run(self, transfer_id: str, rest: Callable[[], None]) -> Transfer:
        """Go on until the transfer has ended; `rest` lets time pass between two steps."""
        while not self.step(transfer_id):
            rest()
        return self.transfer(transfer_id)

    def _step_part(self, transfer: Transfer, part: Part) -> Part:
        legs = self.legs(part)
        # A leg is written ahead of the part that names it: what follows from both is found again by either.
        if len(legs) < len(part.legs) or not legs or (legs[-1].state.has_ended and self._is_counted(part, legs[-1])):
            return self._next_leg(transfer, part)
        leg = legs[-1]
        if not leg.state.has_ended:
            after = self._step_leg(leg)
            if after != leg:
                self._journal.put("leg", after.id, after.as_json())
                if after.state is not leg.state:
                    self._say(_words(after))
            return part
        return self._ended(transfer, part, leg)

    def _step_leg(self, leg: Leg) -> Leg:
        return (step_lock if leg.kind == "hash_lock" else step_relay)(leg, self._crossing)

    def _is_counted(self, part: Part, leg: Leg) -> bool:
        """Whether the end of a leg is in its part already."""
        if leg.state is LegState.DONE:
            return part.chain == leg.target
        return leg.bridge in part.avoid

    def _ended(self, transfer: Transfer, part: Part, leg: Leg) -> Part:
        if leg.state is LegState.DONE:
            status = PartStatus.ARRIVED if leg.target == transfer.objective.target else PartStatus.MOVING
            return replace(part, chain=leg.target, amount=leg.amount_out, status=status)
        avoid = (*part.avoid, leg.bridge)
        if leg.state is LegState.LOST:
            return replace(part, avoid=avoid, amount=0, status=PartStatus.STOPPED, note=leg.note)
        return replace(part, avoid=avoid, note=leg.note)

    def _next_leg(self, transfer: Transfer, part: Part) -> Part:
        """Plan from where the part stands, by what the bridges offer now, and begin the first leg of that."""
        if len(part.legs) >= MOST_LEGS:
            return replace(part, status=PartStatus.STOPPED, note=f"it did not arrive in {MOST_LEGS} legs")
        observed = self._observe()
        try:
            plan = self._planned(transfer, part, observed)
        except NoRoute as error:
            self._say(f"{part.id}: stopped on {part.chain}: {error}")
            return replace(part, status=PartStatus.STOPPED, note=str(error))
        leg = self._leg(transfer, observed, plan.routes[0].legs[0])
        self._journal.put("leg", leg.id, leg.as_json())
        self._say(_words(leg))
        return replace(part, legs=(*part.legs, leg.id))

    def _planned(self, transfer: Transfer, part: Part, observed: Observed) -> Plan:
        """Without any bridge of a provider that failed, and where that leaves no way, without the very bridges."""
        failed = {leg.provider for leg in self.legs(part) if leg.bridge in part.avoid}
        theirs = {name for name, provider in observed.providers.items() if provider in failed}
        try:
            return self._plan(observed.graph, self._rest_of(transfer, part, observed.graph, theirs | set(part.avoid)))
        except NoRoute:
            return self._plan(observed.graph, self._rest_of(transfer, part, observed.graph, set(part.avoid)))

    def _rest_of(self, transfer: Transfer, part: Part, graph: Graph, avoid: set[str]) -> Objective:
        """What is left to do from where the part stands."""
        wanted = transfer.objective
        known = {*graph.chains, *graph.by_name}
        left = wanted.deadline_seconds
        if left is not None:
            left -= self._crossing.places[wanted.source].now() - transfer.started_seconds
        return replace(
            wanted,
            source=part.chain,
            amount_minor=part.amount,
            deadline_seconds=left if left is not None and left > 0 else None,  # late is better than never
            avoid=(wanted.avoid | avoid) & known - {part.chain},
            prefer=wanted.prefer & known - avoid - {part.chain},
            split=False,
        )

    def _leg(self, transfer: Transfer, observed: Observed, planned: PlannedLeg) -> Leg:
        bridge = planned.bridge
        is_last = bridge.target == transfer.objective.target
        return Leg(
            id=secrets.token_hex(_ID_BYTES),
            kind=bridge.kind,
            bridge=bridge.name,
            source=bridge.source,
            target=bridge.target,
            amount_in=planned.amount_in_minor,
            amount_out=planned.amount_out_minor,
            recipient=transfer.recipient if is_last else self._crossing.me,
            provider=observed.providers[bridge.name],
        )

    def _keep(self, transfer: Transfer) -> None:
        self._journal.put("transfer", transfer.id, transfer_json(transfer))


def transfer_json(transfer: Transfer) -> dict[str, Any]:
    """What the journal keeps of a transfer."""
    wanted = asdict(transfer.objective)
    wanted |= {name: sorted(wanted[name]) for name in ("avoid", "prefer")}
    return asdict(transfer) | {"objective": wanted}


def transfer_of(raw: dict[str, Any]) -> Transfer:
    """The transfer of what the journal keeps."""
    wanted = raw["objective"] | {name: frozenset(raw["objective"][name]) for name in ("avoid", "prefer")}
    parts = tuple(
        Part(
            **each | {"status": PartStatus(each["status"]), "legs": tuple(each["legs"]), "avoid": tuple(each["avoid"])}
        )
        for each in raw["parts"]
    )
    return Transfer(**raw | {"objective": Objective(**wanted), "parts": parts})


def _words(leg: Leg) -> str:
    moved = f"{leg.source} → {leg.target} over {leg.bridge}: {leg.amount_in} in, {leg.amount_out} out"
    return f"{moved}, {leg.state}" + (f" ({leg.note})" if leg.note else "")
