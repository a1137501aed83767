"""`catalyst store`: say what files are, and decide where they are kept. What speaks to a chain: `store_chain.py`."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from oracle.cli import EXIT_DIFFERENT
from oracle.cli.environment import Command
from oracle.cli.options import options
from oracle.cli.paths import INPUT_FILE, INPUT_FOLDER, OUTPUT_FILE
from oracle.cli.store_chain import CHAIN_COMMANDS

if TYPE_CHECKING:
    from oracle.storage.file_class import FileClass, FileFacts
    from oracle.storage.placed import Placement, Unplaceable

_json_option = click.option("--json", "as_json", is_flag=True, help="Print data instead of words.")
_files_argument = click.argument("files", type=INPUT_FILE, nargs=-1, required=True)
_bundle_option = click.option("--bundle", type=INPUT_FOLDER, help="The reader.  [default: the one in the package]")
_privacy_option = click.option(
    "--privacy",
    type=click.Choice(["public", "private", "personal"]),
    help="What the files are; reading may only protect more.  [default: private]",
)
_region_option = click.option("--region", "regions", multiple=True, help="Where they may be kept; several.")


def _wishes(function: Callable[..., Any]) -> Callable[..., Any]:
    return options(_bundle_option, _privacy_option, _region_option)(function)


@click.group()
def store() -> None:
    """Places for files: say what files are, and decide where and how often they are kept."""


@store.command(cls=Command)
@_files_argument
@_wishes
@_json_option
def classify(
    files: Sequence[Path], bundle: Path | None, privacy: str | None, regions: Sequence[str], as_json: bool
) -> None:
    """Say what files are, by name, type and the beginning of their text: how often read, how private, bound to where.

    catalyst store classify README.md letter.txt
    """
    read = read_classes(files, bundle, privacy, regions)
    if as_json:
        click.echo(json.dumps([{**_plain(facts), **_plain(found)} for facts, found in read], indent=1))
        return
    for facts, found in read:
        where = ", ".join(sorted(found.regions_allowed)) if found.regions_allowed is not None else "anywhere"
        click.echo(
            f"{facts.name}: {found.temperature}, {found.privacy}, {where}; {facts.media_type}, "
            f"{facts.size_bytes} bytes, margin {found.margin:.2f}"
        )
        for question in found.questions:
            click.echo(f"  ? {question}")


@store.command(cls=Command)
@_files_argument
@click.option("--nodes", "nodes_file", type=INPUT_FILE, required=True, help="JSON list of nodes.")
@_wishes
@click.option("--least", type=click.IntRange(1), help="Replicas at least (replication_factor_min).")
@click.option("--most", type=click.IntRange(1), help="Replicas at most (replication_factor_max).")
@click.option("--max-latency-ms", type=click.FloatRange(min=0, min_open=True), help="That a reader may wait.")
@click.option("--reader", "readers", multiple=True, help="Region that reads; several.")
@click.option("--svg", type=OUTPUT_FILE, help="File for a picture of the placement.")
@_json_option
def place(
    files: Sequence[Path],
    nodes_file: Path,
    bundle: Path | None,
    privacy: str | None,
    regions: Sequence[str],
    least: int | None,
    most: int | None,
    max_latency_ms: float | None,
    readers: Sequence[str],
    svg: Path | None,
    as_json: bool,
) -> None:
    """Decide where files are kept: the cheapest nodes that keep every rule. Nothing is sent anywhere.

    The exit status is 1 if a file cannot be placed; the rule that is in the way and a remedy are named.

    catalyst store place report.txt --nodes nodes.json --reader eu-west --svg placement.svg
    """
    from oracle.output import write_whole
    from oracle.storage import picture
    from oracle.storage.file_class import ClassedFile
    from oracle.storage.node_file import read_nodes
    from oracle.storage.placed import Placement, PlacementRules
    from oracle.storage.placement import place as placed

    nodes = read_nodes(nodes_file)
    bounds = {"replication_factor_min": least, "replication_factor_max": most, "max_latency_ms": max_latency_ms}
    wanted = [ClassedFile(*each) for each in read_classes(files, bundle, privacy, regions, **bounds)]
    found = placed(wanted, nodes, PlacementRules(reading_regions=tuple(readers)))
    if svg is not None:
        holders = {each.name: each.holders for each in found if isinstance(each, Placement)}
        write_whole(svg, picture.svg(wanted, holders, nodes))
    if as_json:
        click.echo(json.dumps([_plain(each) for each in found], indent=1))
    else:
        for each in found:
            _say(each)
    if not all(isinstance(each, Placement) for each in found):
        sys.exit(EXIT_DIFFERENT)


def read_classes(
    files: Sequence[Path], bundle: Path | None, privacy: str | None, regions: Sequence[str], **bounds: Any
) -> "list[tuple[FileFacts, FileClass]]":
    """What files are, read from their beginnings."""
    from oracle.storage.bundle import DEFAULT_BUNDLE, load_file_reader
    from oracle.storage.file_class import PRIVACIES, Wishes
    from oracle.storage.media import HEAD_BYTES
    from oracle.storage.reading import Content, read_files
    from oracle.storage.recognisers import presidio_finder

    declared = next((each for each in PRIVACIES if each == privacy), None)
    wishes = Wishes(privacy=declared, regions=frozenset(regions) or None, **bounds)
    contents = []
    for file in files:
        with file.open("rb") as opened:
            contents.append(Content(str(file), opened.read(HEAD_BYTES), file.stat().st_size, wishes))
    loaded = load_file_reader(bundle or DEFAULT_BUNDLE)
    return read_files(contents, loaded.reader, loaded.thresholds, presidio_finder())


def _say(found: "Placement | Unplaceable") -> None:
    from oracle.storage.placed import Unplaceable

    if isinstance(found, Unplaceable):
        click.echo(f"{found.name}: cannot be placed by the rule of {' and '.join(found.rules)}: {found.remedy}")
        return
    click.echo(f"{found.name}: {', '.join(found.holders)} for {found.cost_per_month:.3g} tokens a month")
    click.echo(f"  {found.reason}")
    if found.next_best is not None:
        other = found.next_best
        click.echo(f"  next best: {', '.join(other.holders)} for {other.cost_per_month:.3g} tokens a month")
    if found.gap:
        click.echo(f"  all files together may cost up to {100 * found.gap:.2g} % more than need be")


def _plain(found: Any) -> dict[str, Any]:
    return {
        key: sorted(value) if isinstance(value, frozenset) else value
        for key, value in asdict(found).items()
        if key != "wishes"
    }


for _command in CHAIN_COMMANDS:
    store.add_command(_command)
