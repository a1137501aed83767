"""Faults of a world, one by one, and what came of each: nothing may be lost, and nothing paid twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from oracle.crossing.leg import Leg, LegState
from oracle.lab.routes.account import Balance, Reckoning
from oracle.lab.routes.cast import Cast, opened_cast
from oracle.lab.routes.mortal import NEVER, End
from oracle.lab.routes.world import SENDER, World
from oracle.routing.objective import Objective

AMOUNT = 1_200_000
_PROVIDER = {"hash_lock": "heron", "relay_pool": "petrel"}
KINDS = ("hash_lock", "relay_pool")
NO_FAULT = "none"
CUT = "B"  # the chain that a world of faults can cut off: the target of each first leg


@dataclass(frozen=True)
class Row:
    """What came of all runs of a fault. Amounts are in units of the asset."""

    fault: str
    kind: str
    runs: int
    arrived: int  # runs whose whole amount arrived
    stayed: int  # runs whose amount is at the sender's own account elsewhere, wholly or in part
    refunded_legs: int
    lost: int
    twice: int


class Play:
    """One run: a world put back to its beginning, a cast of its own, and a transfer under way."""

    def __init__(self, cast: Cast, kind: str) -> None:
        self.cast, self.world, self.kind = cast, cast.world, kind
        self.provider = _PROVIDER[kind]
        self.world.tick(4)  # so that what everybody was given is settled
        self.reckoning = Reckoning(cast.world, cast.providers)
        self.turns = 0
        self.transfer_id = cast.executor.start(objective(kind))
        self.balance = Balance(0, AMOUNT, 0, 0, 0, 0)
        self.writes: dict[str, int] = {}

    def turn(self) -> bool:
        """One turn of all; whether the transfer has ended."""
        self.turns += 1
        return self.cast.turn(self.transfer_id)

    def turns_of(self, turns: int) -> None:
        """So many turns."""
        for _ in range(turns):
            self.turn()

    def until(self, is_so: Callable[[], bool], most: int = 200) -> None:
        """Turns until something is so.

        Raises:
            TimeoutError: it never is.
        """
        for _ in range(most):
            if is_so():
                return
            self.turn()
        raise TimeoutError(f"what a fault of {self.kind} waits for never came")

    def leg(self) -> Leg | None:
        """The leg that is, or was last, under way."""
        (part,) = self.cast.executor.transfer(self.transfer_id).parts
        legs = self.cast.executor.legs(part)
        return legs[-1] if legs else None

    def reaches(self, *states: LegState) -> bool:
        """Whether the leg under way stands in one of these."""
        leg = self.leg()
        return leg is not None and leg.state in states

    def sender_sent(self) -> bool:
        """Whether what locks the tokens is signed."""
        leg = self.leg()
        if leg is None:
            return False
        outbox = self.cast.sender.outbox
        return any(outbox.was_sent(self.world.places["A"], f"{leg.id} {name}") for name in ("lock", "open"))

    def answer_seconds_left(self) -> int:
        """Until the maker's answer expires."""
        answers = self.cast.providers[self.provider].maker.answers()
        return answers[0].answer.expiry_seconds - self.world.places["B"].now() if answers else 1 << 30

    @property
    def last_seconds(self) -> int:
        """Ahead of an answer's expiry, the preimage is shown no more."""
        clocks = self.world.pace.clocks
        return clocks.settle_seconds + clocks.halt_seconds

    def provider_acted(self) -> bool:
        """Whether the provider has written down what it answers or fills."""
        provider = self.cast.providers[self.provider]
        return bool(provider.maker.answers() or provider.relayer.fills())

    def provider_paid(self) -> bool:
        """Whether its tokens are on the target, settled."""
        provider = self.cast.providers[self.provider]
        answers = [str(each.state) for each in provider.maker.answers()]
        states = answers + [str(each.state) for each in provider.relayer.fills()]
        return bool(states) and states[0] not in ("locking", "filling")

    def end(self) -> Balance:
        """Go on until all is over, and reckon."""
        self.cast.asleep.clear()
        for _ in range(600):
            if self.turn():
                break
        else:
            raise TimeoutError(f"the transfer over {self.kind} did not end")
        self.cast.settle()
        self.world.tick(4)
        return self.reckoning.after(self.cast.executor, self.transfer_id)


def objective(kind: str) -> Objective:
    """From A to C as cheap as it gets, over a first leg of this kind."""
    other = "petrel-A-B" if kind == "hash_lock" else "heron-A-B"
    return Objective(
        AMOUNT, "USDC", "A", "C", weight_cost=1.0, weight_time=0.0, weight_risk=0.0, avoid=frozenset({other})
    )


# Faults. Each goes on to where it strikes, and strikes; then all end.


def _provider_killed(play: Play, _: int) -> None:
    """The provider is gone before it answers; the leg is refunded by time, and the rest goes another way."""
    play.cast.asleep.add(play.provider)
    play.until(lambda: play.reaches(LegState.REFUNDED), most=300)


def _provider_away(play: Play, turns: int) -> None:
    """The provider is gone once it has paid, for as long as it can afford; it comes back and is paid."""
    play.until(play.provider_paid)
    play.cast.asleep.add(play.provider)
    play.turns_of(turns)


def _stopped(chain: str) -> Callable[["Play", int], None]:
    def strike(play: Play, turns: int) -> None:
        """A chain makes no blocks from the lock on."""
        play.until(lambda: play.reaches(LegState.LOCKED))
        play.world.held_back.add(chain)
        play.turns_of(turns)
        play.world.held_back.clear()

    return strike


def _cut(play: Play, turns: int) -> None:
    """Nobody reaches the target's node from the lock on."""
    play.until(lambda: play.reaches(LegState.LOCKED))
    play.world.cut()
    try:
        play.turns_of(turns)
    finally:
        play.world.cut(is_cut=False)


def _lock_taken_back(play: Play, blocks: int) -> None:
    """The block with the lock, or the order, is gone before it is settled."""
    play.until(play.sender_sent)
    play.turns_of(blocks)
    play.world.take_back("A", blocks)


def _answer_taken_back(play: Play, blocks: int) -> None:
    """The block with the answer, or the fill, is gone before it is settled."""
    play.until(play.provider_acted)
    play.turns_of(blocks)
    play.world.take_back("B", blocks)


def _claim_taken_back(play: Play, blocks: int) -> None:
    """The block in which the preimage was shown is gone. Its maker knows it by then."""
    play.until(lambda: play.reaches(LegState.REVEALING))
    play.turns_of(blocks)
    play.world.take_back("B", blocks)


def _sender_asleep(play: Play, turns: int) -> None:
    """The sender sleeps from the lock on: until there is hardly time to show the preimage, or none."""
    play.until(lambda: play.reaches(LegState.LOCKED))
    play.cast.asleep.add(SENDER)
    play.turns_of(turns)


def _both_asleep(play: Play, turns: int) -> None:
    """The sender shows the preimage at the last moment, and the maker wakes up only later."""
    play.until(lambda: play.reaches(LegState.LOCKED))
    play.cast.asleep.add(SENDER)
    play.until(lambda: play.answer_seconds_left() <= play.last_seconds + 2 * play.world.pace.block_seconds)
    play.cast.asleep.clear()
    play.cast.asleep.add(play.provider)
    play.turns_of(turns)


def _dated_back(play: Play, seconds: int) -> None:
    """The target makes no blocks for a time, and then goes on from where it stopped."""
    play.world.held_back.add("B")
    play.turns_of(seconds // play.world.pace.block_seconds)
    play.world.held_back.clear()
    play.world.pass_time("B", -seconds)


def _claim_dated_back(play: Play, seconds: int) -> None:
    """The sender shows the preimage as late as it may; its block comes late, and says that it did not."""
    play.until(lambda: play.reaches(LegState.LOCKED))
    play.cast.asleep.add(SENDER)
    play.until(lambda: play.answer_seconds_left() <= play.last_seconds + 2 * play.world.pace.block_seconds)
    play.cast.asleep.clear()
    _dated_back(play, seconds)


def late_fill_dated_back(play: Play, seconds: int) -> None:
    """The relayer fills as late as it may; the block of the fill comes late, and says that it did not."""
    play.until(lambda: play.reaches(LegState.LOCKED))
    play.cast.asleep.add(play.provider)
    leg, last = play.leg(), play.world.pace.clocks.settle_seconds + 2 * play.world.pace.block_seconds
    if leg is None or leg.order is None:
        raise ValueError("the leg under way has no order")
    play.until(lambda order=leg.order: play.world.places["B"].now() + last >= order.fill_deadline)  # type: ignore[misc]
    play.cast.asleep.clear()
    _dated_back(play, seconds)


def _leap(chain: str) -> Callable[["Play", int], None]:
    def strike(play: Play, seconds: int) -> None:
        """A clock leaps ahead once tokens are locked."""
        play.until(lambda: play.reaches(LegState.LOCKED))
        play.world.pass_time(chain, seconds)

    return strike


def _leap_after_answer(play: Play, seconds: int) -> None:
    """The target's clock leaps ahead once the provider's tokens are there too."""
    play.until(play.provider_acted)
    play.turns_of(1)
    play.world.pass_time("B", seconds)


def _false_claim(play: Play, _: int) -> None:
    """A relayer claims an order that nobody filled. The sender challenges it; the committee says nothing."""
    play.cast.asleep.add(play.provider)
    play.until(lambda: play.reaches(LegState.LOCKED))
    leg = play.leg()
    if leg is None or leg.order is None:
        raise ValueError("the leg under way has no order")
    play.world.claim_falsely(leg.source, leg.order)
    play.until(lambda: play.reaches(LegState.REFUNDED), most=300)


@dataclass(frozen=True)
class Fault:
    """One fault, the bridges that it strikes, and how hard."""

    name: str
    strike: Callable[[Play, int], None]
    kinds: tuple[str, ...] = KINDS
    degrees: tuple[int, ...] = (0,)


FAULTS = (
    Fault("provider killed", _provider_killed),
    Fault("provider away once it has paid", _provider_away, degrees=(1, 3, 6)),
    # Longer than about 50 turns is beyond what margins leave time for, see docs/routes.md.
    Fault("source makes no blocks", _stopped("A"), degrees=(2, 5, 30)),
    Fault("target makes no blocks", _stopped("B"), degrees=(5, 30, 60)),
    Fault("target cannot be reached", _cut, degrees=(5, 60)),
    Fault("lock reorganised", _lock_taken_back, degrees=(1, 2)),
    Fault("answer reorganised", _answer_taken_back, degrees=(1, 2)),
    Fault("claim reorganised", _claim_taken_back, kinds=("hash_lock",), degrees=(1, 2)),
    Fault("preimage shown late", _sender_asleep, kinds=("hash_lock",), degrees=(10, 20, 28, 31, 33, 36, 48)),
    Fault("preimage shown late, maker away", _both_asleep, kinds=("hash_lock",), degrees=(1, 5, 8)),
    Fault("target's clock ahead", _leap("B"), degrees=(20, 120, 1_000)),
    Fault("source's clock ahead", _leap("A"), degrees=(20, 120, 1_000)),
    Fault("target's clock ahead after the answer", _leap_after_answer, degrees=(20, 300)),
    Fault("claim late, target dated back", _claim_dated_back, kinds=("hash_lock",), degrees=(10, 20)),
    Fault("fill late, target dated back", late_fill_dated_back, kinds=("relay_pool",), degrees=(20, 160)),
    Fault("false claim", _false_claim, kinds=("relay_pool",)),
)


class Stage:
    """A world that is put back to its beginning before each run."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world, self._folder, self._runs = world, folder, 0
        self.beginning = world.snapshot()

    def run(self, kind: str, strike: Callable[[Play], None], prepare: Callable[[Cast], None] = lambda _: None) -> Play:
        """One run to its end; what it came to is in `balance` of the play."""
        self.beginning = self._world.restore(self.beginning)
        self._runs += 1
        with opened_cast(self._world, self._folder, prefix=f"{self._runs}-") as cast:
            play = Play(cast, kind)
            prepare(cast)
            strike(play)
            play.balance = play.end()
            play.writes = {name: cast.writes(name) for name in (SENDER, play.provider)}
        return play


def run_fault(stage: Stage, fault: Fault, kind: str, degree: int) -> Balance:
    """One run of a fault."""
    return stage.run(kind, lambda play: fault.strike(play, degree)).balance


def ends(stage: Stage, kind: str, name: str) -> list[End]:
    """Every moment at which the end of somebody's process makes a difference."""
    undisturbed = stage.run(kind, lambda _: None, lambda cast: cast.end_at(_name(name, kind), NEVER))
    writes = undisturbed.writes[_name(name, kind)]
    return [End(write, is_written) for write in range(writes) for is_written in (False, True)]


def run_end(stage: Stage, kind: str, name: str, end: End) -> Balance:
    """One run in which a process ends at one moment, and starts again."""
    return stage.run(kind, lambda _: None, lambda cast: cast.end_at(_name(name, kind), end)).balance


def _name(name: str, kind: str) -> str:
    return SENDER if name == SENDER else _PROVIDER[kind]


class Part(StrEnum):
    """What of the faults is played in one world."""

    FAULTS = "faults"
    SENDER_ENDS = "sender"
    PROVIDER_ENDS = "provider"


def name_of(part: Part) -> str:
    """What the ends of a process are called in a table."""
    return f"{part} killed at any write"


def measure_faults(
    world: World, folder: Path, say: Callable[[str], None], kind: str, part: Part, *, every: int = 1
) -> list[Row]:
    """A row for each fault of a kind of bridge.

    Args:
        world: The chains; a gate must stand before CUT.
        folder: For journals.
        say: Gets a line for each row.
        kind: Of the bridge that is struck.
        part: Which of the faults.
        every: Of the moments at which processes end, each so-many-th is played.
    """
    stage, rows = Stage(world, folder), []
    for name, balances in _runs(stage, kind, part, every):
        rows.append(_row(name, kind, balances))
        say(_line(rows[-1]))
    return rows


def _runs(stage: Stage, kind: str, part: Part, every: int) -> Iterator[tuple[str, list[Balance]]]:
    if part is not Part.FAULTS:
        moments = ends(stage, kind, part)[::every]
        yield name_of(part), [run_end(stage, kind, part, end) for end in moments]
        return
    yield NO_FAULT, [stage.run(kind, lambda _: None).balance]
    for fault in FAULTS:
        if kind in fault.kinds:
            yield fault.name, [run_fault(stage, fault, kind, degree) for degree in fault.degrees]


def _row(name: str, kind: str, balances: list[Balance]) -> Row:
    return Row(
        fault=name,
        kind=kind,
        runs=len(balances),
        arrived=sum(each.arrived > 0 and each.elsewhere == 0 for each in balances),
        stayed=sum(each.elsewhere > 0 for each in balances),
        refunded_legs=sum(each.legs_refunded for each in balances),
        lost=sum(each.lost for each in balances),
        twice=sum(each.twice for each in balances),
    )


def _line(row: Row) -> str:
    return (
        f"{row.fault:38} {row.kind:10}  runs {row.runs:3}  arrived {row.arrived:3}  stayed {row.stayed:3}  "
        f"refunded legs {row.refunded_legs:3}  lost {row.lost}  twice {row.twice}"
    )
