"""`catalyst route`: transfers between chains, planned by what the chains show, and carried out leg by leg."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from oracle.cli.environment import Command
from oracle.cli.options import F, key_options, load_keys, max_fee_option, options
from oracle.cli.paths import INPUT_FILE, OUTPUT_FILE, OUTPUT_FOLDER
from oracle.cli.route_deploy import deploy_here
from oracle.cli.route_words import COMMANDS
from oracle.errors import InputError, SettingsError
from oracle.output import write_whole
from oracle.settings import fee_wei

if TYPE_CHECKING:
    from oracle.crossing.crossing import Crossing
    from oracle.crossing.executor import Executor, Planner
    from oracle.crossing.observe import Observed
    from oracle.crossing.places import Places
    from oracle.routing.objective import Objective
    from oracle.routing.route import Plan

_POLL_SECONDS = 1.0

_places_option = click.option("--places", "places_file", type=INPUT_FILE, required=True, help="File of the chains.")
_journal_option = click.option("--journal", type=OUTPUT_FILE, required=True, help="File that keeps what was begun.")
_objective_options = options(
    click.option("--amount", required=True, help="Of the asset, as 1200 or 1200.50."),
    click.option("--source", required=True, help="Chain that it leaves."),
    click.option("--target", required=True, help="Chain that it goes to."),
    click.option("--deadline-minutes", type=click.IntRange(1, 500_000), help="From now.  [default: none]"),
    click.option("--weights", default="0.4,0.2,0.4", show_default=True, help="Of cost, time and risk; they sum to 1."),
    click.option("--avoid", multiple=True, help="Bridge or chain that is not used; several."),
    click.option("--prefer", multiple=True, help="Bridge or chain that is worth a small detour; several."),
    click.option("--split", is_flag=True, help="Allow several routes at once."),
)


def _sending(function: F) -> F:
    return options(_places_option, _journal_option, key_options, max_fee_option)(function)


@click.group()
def route() -> None:
    """Transfers between chains: what bridges offer, which way is best, and the way itself."""


@route.command(cls=Command)
@_places_option
@click.option("--svg", type=OUTPUT_FILE, help="File for a picture of the graph.")
@click.option("--json", "as_json", is_flag=True, help="Print data instead of words.")
def quote(places_file: Path, svg: Path | None, as_json: bool) -> None:
    """Show what bridges offer now, as the chains themselves tell it.

    catalyst route quote --places places.json
    """
    from oracle.routing import drawing

    graph = _observed(_places(places_file)).graph
    if svg is not None:
        write_whole(svg, drawing.svg(graph))
    if as_json:
        click.echo(json.dumps([vars(bridge) for bridge in graph.bridges], indent=1))
        return
    for bridge in graph.bridges:
        click.echo(
            f"{bridge.name:16} {bridge.kind:10} {bridge.source} → {bridge.target}  fee {bridge.fee_fixed_minor} + "
            f"{bridge.fee_bps} bps  liquidity {bridge.liquidity_minor}  {bridge.latency_mean_seconds:.0f} s  success "
            f"{bridge.success:.3f}"
        )


@route.command(cls=Command)
@_places_option
@_objective_options
@click.option("--svg", type=OUTPUT_FILE, help="File for a picture of the graph with the route.")
def plan(places_file: Path, svg: Path | None, **wanted: Any) -> None:
    """Find the best route now, and say why it is.

    catalyst route plan --places places.json --amount 1200 --source A --target C
    """
    from oracle.routing import drawing
    from oracle.routing.solve import solve

    places = _places(places_file)
    graph = _observed(places).graph
    found = solve(graph, _objective(places, **wanted))
    if svg is not None:
        write_whole(svg, drawing.svg(graph, found))
    _tell(found)


@route.command(cls=Command)
@_sending
@_objective_options
@click.option("--recipient", help="Address on the target.  [default: the key's own]")
def run(places_file: Path, journal: Path, recipient: str | None, **given: Any) -> None:
    """Carry a transfer out, leg by leg; what an earlier run left in the journal is finished first.

    catalyst route run --places places.json --journal my.db --key-file KEY --amount 1200 --source A --target C
    """
    from oracle.routing.solve import solve

    keys = {name: given.pop(name) for name in ("key_files", "keystores", "max_fee_gwei")}
    places = _places(places_file)
    wanted = _objective(places, **given)
    with _crossing(places, journal, **keys) as crossing:
        executor = _executor(crossing, solve)
        _finish(executor)
        transfer_id = executor.start(wanted, recipient)
        click.echo(f"transfer {transfer_id}: {executor.transfer(transfer_id).reason}")
        _finish(executor)


@route.command(cls=Command)
@click.option("--journal", type=INPUT_FILE, required=True, help="File that keeps what was begun.")
def status(journal: Path) -> None:
    """Show the transfers of a journal, and how far each leg has come.

    catalyst route status --journal my.db
    """
    from oracle.crossing.executor import transfer_of
    from oracle.crossing.journal import read_entries
    from oracle.crossing.leg import leg_of

    legs = {leg_id: leg_of(raw) for leg_id, raw in read_entries(journal, "leg").items()}
    for raw in read_entries(journal, "transfer").values():
        transfer = transfer_of(raw)
        wanted = transfer.objective
        click.echo(f"transfer {transfer.id}: {wanted.amount_minor} from {wanted.source} to {wanted.target}")
        for part in transfer.parts:
            click.echo(f"  {part.amount} on {part.chain}, {part.status}" + (f": {part.note}" if part.note else ""))
            for leg in (legs[leg_id] for leg_id in part.legs if leg_id in legs):
                click.echo(f"    {leg.bridge}: {leg.amount_in} in, {leg.amount_out} out, {leg.state}")


@route.command(cls=Command)
@_sending
def refund(places_file: Path, journal: Path, **keys: Any) -> None:
    """End what was begun: legs under way are paid out or refunded by time, and no other is begun.

    catalyst route refund --places places.json --journal my.db --key-file KEY
    """
    from oracle.errors import NoRoute

    def none(*_: Any) -> "Plan":
        raise NoRoute("the transfer was given up; start it again from where it is")

    with _crossing(_places(places_file), journal, **keys) as crossing:
        _finish(_executor(crossing, none))


@route.command(cls=Command)
@_sending
@click.option("--poll-seconds", default=0.5, show_default=True, type=click.FloatRange(0.01, 60), help="Between looks.")
def relay(places_file: Path, journal: Path, poll_seconds: float, **keys: Any) -> None:
    """Answer locks and fill orders by one's own offers, until SIGTERM or Ctrl-C.

    catalyst route relay --places places.json --journal mine.db --key-file KEY
    """
    from oracle.crossing.provider import Provider

    with _crossing(_places(places_file), journal, **keys) as crossing:
        provider = Provider(crossing)
        click.echo(f"{crossing.me} serves {', '.join(crossing.places.by_name)}")
        while True:
            provider.step()
            time.sleep(poll_seconds)


@route.command(cls=Command)
@click.option("--out", type=OUTPUT_FOLDER, default=Path("build/routes"), show_default=True, help="Folder for results.")
@click.option("--hold", is_flag=True, help="Keep the chains after that, until Ctrl-C.")
def demo(out: Path, hold: bool) -> None:
    """Carry two transfers over three chains that the command starts; a provider is killed before the second.

    catalyst route demo
    """
    from oracle.lab.routes.demo import demo as show

    show(out, click.echo, hold=_hold if hold else None)


@route.command(cls=Command)
@click.option("--json", "json_file", type=OUTPUT_FILE, help="File for the figures.")
@click.option(
    "--every",
    default=1,
    show_default=True,
    type=click.IntRange(1, 1_000),
    help="End processes at each n-th moment of those that make a difference.",
)
def faults(json_file: Path | None, every: int) -> None:
    """Kill, stop, cut off and mislead chains and people in a world of three chains, and count what is lost.

    catalyst route faults --json build/routes.json
    """
    from oracle.lab.routes.command import run_faults

    run_faults(json_file, click.echo, every=every)


def _hold() -> None:
    while True:
        time.sleep(_POLL_SECONDS)


def _places(file: Path) -> "Places":
    from oracle.crossing.places import read_places

    return read_places(file)


def _observed(places: "Places") -> "Observed":
    from oracle.crossing.bridges import Bridges
    from oracle.crossing.observe import observe

    return observe(places, {name: Bridges(place) for name, place in places.by_name.items()})


@contextmanager
def _crossing(
    places: "Places", journal: Path, key_files: Sequence[Path], keystores: Sequence[Path], max_fee_gwei: float
) -> Iterator["Crossing"]:
    from oracle.crossing.crossing import Crossing
    from oracle.crossing.journal import Journal
    from oracle.crossing.outbox import Outbox

    keys = load_keys(key_files, keystores)
    if len(keys) != 1:
        raise SettingsError(f"{len(keys)} keys are given; give one, by --key-file or --keystore")
    opened = Journal(journal, keys[0].address)
    try:
        yield Crossing(places, Outbox(opened, keys[0], max_fee_wei=fee_wei("--max-fee-gwei", max_fee_gwei)))
    finally:
        opened.close()


def _executor(crossing: "Crossing", planner: "Planner") -> "Executor":
    from oracle.crossing.executor import Executor
    from oracle.crossing.observe import observe

    return Executor(crossing, lambda: observe(crossing.places, crossing.at), planner, click.echo)


def _finish(executor: "Executor") -> None:
    """Go on with all that has not ended."""
    for transfer in executor.transfers():
        if not transfer.has_ended:
            ended = executor.run(transfer.id, lambda: time.sleep(_POLL_SECONDS))
            click.echo(f"transfer {ended.id}: {ended.arrived} of {ended.objective.amount_minor} arrived")


def _objective(
    places: "Places",
    *,
    amount: str,
    source: str,
    target: str,
    deadline_minutes: int | None,
    weights: str,
    avoid: Sequence[str],
    prefer: Sequence[str],
    split: bool,
) -> "Objective":
    from oracle.routing.objective import Objective

    cost, for_time, risk = _three(weights)
    return Objective(
        amount_minor=_minor(amount, places.decimals),
        asset=places.asset,
        source=source,
        target=target,
        deadline_seconds=None if deadline_minutes is None else deadline_minutes * 60,
        weight_cost=cost,
        weight_time=for_time,
        weight_risk=risk,
        avoid=frozenset(avoid),
        prefer=frozenset(prefer),
        split=split,
    )


def _minor(text: str, decimals: int) -> int:
    """An amount in the asset's smallest units."""
    whole, _, part = text.partition(".")
    if not (whole + part).isascii() or not (whole + part).isdigit() or len(part) > decimals or len(whole) > 30:
        raise InputError(f"--amount {text!r} is no amount with at most {decimals} decimals; give one as 1200.50")
    return int((whole or "0") + part.ljust(decimals, "0"))


def _three(text: str) -> tuple[float, float, float]:
    try:
        cost, for_time, risk = (float(each) for each in text.split(","))
    except ValueError:
        raise InputError(f"--weights {text!r} are no three numbers; give them as 0.4,0.2,0.4") from None
    return cost, for_time, risk


def _tell(found: "Plan") -> None:
    click.echo(found.reason)
    for each in found.routes:
        for leg in each.legs:
            click.echo(f"  {leg.bridge.name}: {leg.amount_in_minor} in, {leg.amount_out_minor} out")


for _command in (deploy_here, *COMMANDS):
    route.add_command(_command)
