"""`catalyst route read` and `solve`: from what a transfer is for to its way over a graph that a file holds."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from oracle.cli import EXIT_DIFFERENT
from oracle.cli.environment import Command
from oracle.cli.options import options
from oracle.cli.paths import INPUT_FILE, INPUT_FOLDER, OUTPUT_FILE
from oracle.errors import InputError, SettingsError
from oracle.output import write_whole

if TYPE_CHECKING:
    from oracle.routing.graph import Graph
    from oracle.routing.objective import Objective
    from oracle.routing.reading.bundle import ReaderBundle
    from oracle.routing.reading.read import Reading

_graph_option = click.option(
    "--graph", "graph_file", type=INPUT_FILE, required=True, help="JSON file of chains and bridges."
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print data instead of words.")
_now_option = click.option(
    "--now", help="ISO time with a zone, from which hours in the text are counted.  [default: this machine's clock]"
)
_reading_options = options(
    _now_option,
    click.option("--bundle", type=INPUT_FOLDER, help="The reader of transfers.  [default: the one in the package]"),
    click.option(
        "--plans", type=INPUT_FOLDER, help="The reader of agreements below it.  [default: the one in the package]"
    ),
)


@click.command(cls=Command)
@click.argument("text")
@options(_graph_option, _reading_options, _json_option)
def read(text: str, graph_file: Path, now: str | None, bundle: Path | None, plans: Path | None, as_json: bool) -> None:
    """Read what a transfer is for: an objective, or questions.

    The exit status is 0 if nothing is in doubt, and 1 if there are questions, or the text is not read at all.

    catalyst route read "move 1 200 USDC from A to C, as cheap as it gets, not through X" --graph graph.json
    """
    from oracle.routing.record import reading_as_json

    reading, loaded = _read(text, _graph(graph_file), now, bundle, plans)
    if as_json:
        click.echo(json.dumps(reading_as_json(reading, text, loaded.model_hash), indent=1))
    else:
        _tell(reading)
    if reading.objective is None:
        raise SystemExit(EXIT_DIFFERENT)


@click.command(cls=Command)
@click.argument("text", required=False)
@options(_graph_option, _reading_options)
@click.option("--amount", help="What is moved, as in 1200.50; with --asset, --source and --target instead of a text.")
@click.option("--asset", help="Its name in the graph.")
@click.option("--source", help="The chain where it is.")
@click.option("--target", help="The chain where it is wanted.")
@click.option("--deadline-minutes", type=click.IntRange(1, 500_000), help="From now.  [default: none]")
@click.option(
    "--wish", "wishes", multiple=True, type=click.Choice(["cheap", "fast", "safe"]), help="What matters; several."
)
@click.option("--avoid", multiple=True, help="A chain or bridge that must not be used; several.")
@click.option("--prefer", multiple=True, help="A chain or bridge that is worth a small detour; several.")
@click.option("--split", is_flag=True, help="Allow to send it in parts by several routes.")
@click.option("--svg", type=OUTPUT_FILE, help="File for a drawing of the graph and the route.")
@_json_option
def solve(
    text: str | None,
    graph_file: Path,
    now: str | None,
    bundle: Path | None,
    plans: Path | None,
    svg: Path | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Find the best way for a transfer that a text or options state, and say why it is the best.

    catalyst route solve --graph graph.json --amount 1200 --asset USDC --source A --target C --wish cheap
    """
    from oracle.routing.drawing import svg as drawing
    from oracle.routing.record import plan_as_json
    from oracle.routing.solve import solve as best

    graph = _graph(graph_file)
    given = sorted(name for name, value in flags.items() if value)
    if text is not None and given:
        raise SettingsError(f"a text and options ({', '.join(given)}) state the transfer; give one of them")
    objective = _stated(graph, flags) if text is None else _wanted(text, graph, now, bundle, plans)
    found = best(graph, objective)
    if svg is not None:
        write_whole(svg, drawing(graph, found))
    click.echo(json.dumps(plan_as_json(found), indent=1) if as_json else found.reason)


def _wanted(text: str, graph: "Graph", now: str | None, bundle: Path | None, plans: Path | None) -> "Objective":
    reading, _ = _read(text, graph, now, bundle, plans)
    if reading.objective is None:
        _tell(reading)
        raise SystemExit(EXIT_DIFFERENT)
    return reading.objective


def _read(
    text: str, graph: "Graph", now: str | None, bundle: Path | None, plans: Path | None
) -> "tuple[Reading, ReaderBundle]":
    from oracle.plans.bundle import DEFAULT_BUNDLE as PLANS_BUNDLE
    from oracle.routing.reading.bundle import DEFAULT_BUNDLE, load_reader
    from oracle.routing.reading.read import read_objective

    moment = _moment(now)
    loaded = load_reader(bundle or DEFAULT_BUNDLE, plans or PLANS_BUNDLE)
    return read_objective(text, loaded.reader, loaded.thresholds, graph, moment), loaded


def _moment(now: str | None) -> datetime:
    if now is None:
        return datetime.now().astimezone()
    try:
        moment = datetime.fromisoformat(now)
    except ValueError as error:
        raise SettingsError(f"--now {now} is no ISO time; give it as in 2026-12-01T09:00+01:00") from error
    if moment.tzinfo is None:
        raise SettingsError(f"--now {now} has no zone; give it as in 2026-12-01T09:00+01:00")
    return moment


def _stated(graph: "Graph", flags: dict[str, Any]) -> "Objective":
    from oracle.routing.objective import Objective
    from oracle.routing.reading.weights import weights_of
    from oracle.routing.record import amount_minor

    names = {"amount": "--amount", "asset": "--asset", "source": "--source", "target": "--target"}
    missing = [option for name, option in names.items() if not flags[name]]
    if missing:
        raise SettingsError(f"{', '.join(missing)} missing: give a text, or all of {', '.join(names.values())}")
    cost, time, risk = weights_of(flags["wishes"])
    return Objective(
        amount_minor=amount_minor(flags["amount"], graph.decimals(flags["asset"])),
        asset=flags["asset"],
        source=flags["source"],
        target=flags["target"],
        deadline_seconds=60 * flags["deadline_minutes"] if flags["deadline_minutes"] else None,
        weight_cost=cost,
        weight_time=time,
        weight_risk=risk,
        avoid=frozenset(flags["avoid"]),
        prefer=frozenset(flags["prefer"]),
        split=flags["split"],
    )


def _graph(file: Path) -> "Graph":
    from oracle.routing.record import graph_of

    try:
        raw = json.loads(file.read_bytes())
    except ValueError as error:
        raise InputError(f"{file} is no JSON: {error}; give a graph of chains and bridges") from error
    return graph_of(raw, str(file))


def _tell(reading: "Reading") -> None:
    lines: list[str] = [*reading.refusals]
    for name, value in reading.fields.items():
        if value not in (None, []):
            lines.append(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
    lines += [f"? {question.words}" for question in reading.questions]
    _say(lines)


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(line)


COMMANDS = (read, solve)
