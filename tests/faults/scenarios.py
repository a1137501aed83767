"""What goes wrong, scenario by scenario, each by a seed. `scenarios` lists all of them."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from oracle.lab.faults.members import Behaviour, Member
from oracle.lab.faults.proxy import Fault, FaultProxy
from oracle.workload.calls import workload_accounts
from tests.faults.committee import DEPTH_BLOCKS, EPOCH_BLOCKS, SETTINGS, committee
from tests.faults.count import Counts, count, kill_points
from tests.faults.journals import HARMS
from tests.faults.process import OperatorProcess, change

_GWEI = 10**9


@dataclass(frozen=True)
class Outcome:
    """Of a scenario."""

    counts: Counts
    did: dict[str, int]  # how often what was done


def kills(folder: Path, seed: int, number: int) -> Outcome:
    """Kill operators at numbered points, of starts, of steps that wait, and of those that sign and send."""
    drawn = random.Random(seed)
    with committee(folder) as members:

        def disturb(_: int) -> None:
            for operator in members.operators:
                # A waiting step passes some ten points, one that signs and sends some sixty.
                if drawn.random() < (0.5 if operator.runs else 0.1):
                    operator.kill_at = drawn.choice([drawn.randint(1, 12), drawn.randint(8, 70)])

        while sum(each.kills for each in members.operators) < number:
            members.run(EPOCH_BLOCKS, disturb)
        members.settle()
        return Outcome(count(members), dict(kill_points(members.operators)))


def rpc_faults(folder: Path, seed: int, number: int) -> Outcome:
    """Answer a fifth of all requests by a fault until there were `number` of them.

    Two operators have one node each, two have two. Beside the faults of single requests, a node lags behind by some
    blocks for a while, is down, or is that of another chain.
    """
    drawn = random.Random(seed)
    did: Counter[str] = Counter()
    with (
        committee(folder, endpoints=[1, 1, 2, 2]) as members,
        committee(folder / "other", operators=1, threshold=1) as other,
    ):
        proxies = [each for some in members.proxies for each in some]

        def plan(_: tuple[str, ...]) -> Fault | None:
            return drawn.choice(list(Fault)) if drawn.random() < 0.2 else None

        for proxy in proxies:
            proxy.plan = plan

        def disturb(_: int) -> None:
            for proxy in proxies:
                proxy.behind_blocks, proxy.down, proxy.target = 0, False, members.anvil.url
            if drawn.random() < 0.4:
                _disturb_node(drawn.choice(proxies), drawn, other.anvil.url, did)

        while sum(sum(each.counts.values()) for each in proxies) < number:
            members.run(EPOCH_BLOCKS, disturb)
        members.settle()
        for proxy in proxies:
            did.update({str(fault): times for fault, times in proxy.counts.items()})
        return Outcome(count(members), dict(did))


def _disturb_node(proxy: FaultProxy, drawn: random.Random, other_url: str, did: Counter[str]) -> None:
    what = drawn.choice(["lags", "down", "other chain"])
    did[what] += 1
    if what == "lags":
        proxy.behind_blocks = drawn.randint(1, DEPTH_BLOCKS - 1)
    elif what == "down":
        proxy.down = True
    else:
        proxy.target = other_url


def reorganisations(folder: Path, seed: int, number: int) -> Outcome:
    """Replace the last blocks by others, up to three deeper than what counts as settled; some pools lose all.

    There is one in each epoch: deeper ones undo a report, which must come again before the next.
    """
    drawn = random.Random(seed)
    did: Counter[str] = Counter()
    with committee(folder) as members:
        chain = members.network.owned.chain
        deployed_block = chain.head()  # accounts are funded up to here
        at = 0

        def disturb(block: int) -> None:
            if block == at:
                depth = min(chain.head() - deployed_block, drawn.randint(1, DEPTH_BLOCKS + 3))
                if not depth:
                    return
                chain.request("anvil_reorg", [depth, []])
                if drawn.random() < 0.3:
                    chain.request("anvil_dropAllTransactions", [])
                did[f"{depth} deep"] += 1

        while did.total() < number:
            at = drawn.randrange(EPOCH_BLOCKS)
            members.run(EPOCH_BLOCKS, disturb)
        members.settle()
        return Outcome(count(members, reorgs=did.total()), dict(did))


def fee_spikes(folder: Path, seed: int, number: int) -> Outcome:
    """Raise the base fee up to sixtyfold for one to three blocks, within the operators' cap or above it."""
    drawn = random.Random(seed)
    did: Counter[str] = Counter()
    cap_gwei = SETTINGS.max_fee_gwei
    with committee(folder) as members:
        chain = members.network.owned.chain
        left = 0
        fee_wei = 0

        def disturb(_: int) -> None:
            nonlocal left, fee_wei
            if not left and drawn.random() < 0.4 and did.total() < number:
                left = drawn.randint(1, 3)
                is_above = drawn.random() < 0.3
                fee_wei = round(cap_gwei * _GWEI * (2 if is_above else drawn.uniform(0.05, 0.6)))
                did["above the cap" if is_above else "below the cap"] += 1
            if left:
                left -= 1
                # Anvil counts on from there; without a spike it goes back to a fee of everyday.
                chain.request("anvil_setNextBlockBaseFeePerGas", [hex(fee_wei)])
            else:
                chain.request("anvil_setNextBlockBaseFeePerGas", [hex(_GWEI)])

        while did.total() < number:
            members.run(EPOCH_BLOCKS, disturb, traffic=False)  # which bids by the day
        chain.request("anvil_setNextBlockBaseFeePerGas", [hex(_GWEI)])
        members.settle()
        return Outcome(count(members), dict(did))


def clock_steps(folder: Path, seed: int, number: int) -> Outcome:
    """Set the wall clock of a running daemon by ten minutes or a day, either way: its scheduler must go on."""
    drawn = random.Random(seed)
    did: Counter[str] = Counter()
    with committee(folder) as members:
        for _ in range(number):
            members.run(2)
            seconds = drawn.choice([-86_400, -600, 600, 86_400])
            # One that runs by its scheduler cannot be told to step again, so it is started anew afterwards.
            operator = drawn.choice(members.operators)
            operator.tell(do="clock", seconds=seconds, polls=20)
            answer = operator.answer()
            steps = int(answer.says.split()[0]) if answer.outcome == "ok" else 0
            if steps < 1 or "crashed" in answer.says:
                raise AssertionError(f"after a clock step of {seconds} s: {answer}")
            did[f"{seconds:+d} s"] += 1
            operator.end()
        members.settle()
        return Outcome(count(members), dict(did))


def bad_members(folder: Path, seed: int, epochs: int, *, operators: int, bad: int) -> Outcome:
    """Some members do not do their part, each in every way for some epochs, and the last way mixed."""
    drawn = random.Random(seed)
    did: Counter[str] = Counter()
    keys = workload_accounts(b"fault operators", operators)
    with committee(folder, operators=operators, threshold=operators - bad) as members:
        indices = sorted(drawn.sample(range(operators), bad))
        honest = next(index for index in range(operators) if index not in indices)
        members.away.update(indices)
        stand_ins = [
            Member(
                Behaviour.SILENT,
                port=members.operators[index].setup.port,
                honest_url=members.operators[honest].setup.url,
                key=bytes(keys[index].key),
            )
            for index in indices
        ]
        try:
            for behaviour in Behaviour:
                for number, member in enumerate(stand_ins):
                    member.behaviour = behaviour if number == 0 else drawn.choice(list(Behaviour))
                    did[str(member.behaviour)] += epochs
                members.run(epochs * EPOCH_BLOCKS)
        finally:
            for member in stand_ins:
                member.close()
        members.settle()
        return Outcome(count(members), dict(did))


def splits(folder: Path, seed: int, number: int, *, operators: int, threshold: int) -> Outcome:
    """Cut the committee in two so that neither part has the threshold, ahead of a report, and heal it in its epoch."""
    drawn = random.Random(seed)
    did: Counter[str] = Counter()
    with committee(folder, operators=operators, threshold=threshold) as members:
        whole = [each.setup.peers for each in members.operators]
        for _ in range(number):
            members.run(EPOCH_BLOCKS - 1)
            size = drawn.randint(operators - threshold + 1, threshold - 1)
            part = set(drawn.sample(range(operators), size))
            for index, operator in enumerate(members.operators):
                operator.end()
                same = part if index in part else set(range(operators)) - part
                urls = {members.operators[other].setup.url for other in same}
                change(operator, peers=[url for url in whole[index] if url in urls])
            members.run(4)
            for index, operator in enumerate(members.operators):
                operator.end()
                change(operator, peers=whole[index])
            members.run(EPOCH_BLOCKS - 3)
            did[f"{size} and {operators - size}"] += 1
        members.settle()
        return Outcome(count(members), dict(did))


def harmed_journals(folder: Path, seed: int, number: int) -> Outcome:
    """Harm the journal of one operator after another; who may not sign is recovered by `catalyst journal recover`."""
    drawn = random.Random(seed)
    did: Counter[str] = Counter()
    with committee(folder) as members:
        for turn in range(number):
            members.run(drawn.randint(1, EPOCH_BLOCKS))
            name = list(HARMS)[turn % len(HARMS)]
            operator = drawn.choice(members.operators)
            HARMS[name](operator, lambda: members.run(2), drawn)
            did[name] += 1
        members.settle()
        return Outcome(count(members), dict(did))


def other_settings(folder: Path, seed: int, number: int, *, keeps_journal: bool = True) -> Outcome:
    """Start an operator anew with another deadline while its report is due: it must not sign a second one."""
    drawn = random.Random(seed)
    did: Counter[str] = Counter()
    with committee(folder, keeps_journal=keeps_journal) as members:
        for _ in range(number):
            members.run(EPOCH_BLOCKS // 2)
            for _ in range(EPOCH_BLOCKS):
                operator = drawn.choice(members.operators)
                _restart_with(operator, 700)
                members.run(1)
                _restart_with(operator, SETTINGS.deadline_seconds)
                members.run(1)
                did["another deadline"] += 1
        members.settle()
        return Outcome(count(members), dict(did))


def _restart_with(operator: OperatorProcess, deadline_seconds: int) -> None:
    operator.end()
    change(operator, settings=replace(operator.setup.settings, deadline_seconds=deadline_seconds))


@dataclass(frozen=True)
class Scenario:
    """One of the runs, and how much of it a whole run has."""

    name: str
    does: str  # a sentence for the page
    run: Callable[[Path, int, int], Outcome]
    number: int
    is_control: bool = False  # the control, which shows what the counts would say


def _bad(operators: int, bad: int) -> Callable[[Path, int, int], Outcome]:
    return lambda folder, seed, number: bad_members(folder, seed, number, operators=operators, bad=bad)


def _split(operators: int, threshold: int) -> Callable[[Path, int, int], Outcome]:
    return lambda folder, seed, number: splits(folder, seed, number, operators=operators, threshold=threshold)


SCENARIOS = (
    Scenario("kills", "kill -9 around each request and each write of the journal", kills, 1000),
    Scenario(
        "RPC faults", "a fifth of all requests fail; nodes lag, are down, are another chain's", rpc_faults, 10_000
    ),
    Scenario("reorganisations", "up to three blocks deeper than what counts as settled", reorganisations, 200),
    Scenario(
        "fee spikes", "one to three blocks of a high base fee, below the operators' cap or above it", fee_spikes, 100
    ),
    Scenario("clock steps", "the wall clock is set by ten minutes or a day, either way", clock_steps, 50),
    Scenario("1 bad member of 4", "epochs for each way in which a member can fail or lie", _bad(4, 1), 5),
    Scenario("2 bad members of 7", "likewise, the second by chance", _bad(7, 2), 5),
    Scenario("splits of 4", "neither part has three members, for four blocks", _split(4, 3), 10),
    Scenario("splits of 7", "neither part has five members, for four blocks", _split(7, 5), 10),
    Scenario("harmed journals", "truncated, flipped, missing, locked, read-only, disk full", harmed_journals, 30),
    Scenario(
        "other settings", "an operator comes back with another deadline while its report is due", other_settings, 10
    ),
    Scenario(
        "control: no journal",
        "as the last one, but operators forget all when they end, so that they must equivocate",
        lambda folder, seed, number: other_settings(folder, seed, number, keeps_journal=False),
        10,
        is_control=True,
    ),
)


def run_scenario(scenario: Scenario, folder: Path, *, seed: int, share: float) -> tuple[Outcome, float]:
    """Run one; `share` of its whole number, and the seconds it took."""
    began = time.monotonic()
    outcome = scenario.run(folder, seed, max(1, round(scenario.number * share)))
    return outcome, time.monotonic() - began
