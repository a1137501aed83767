"""Keeping files on this machine, in words and a picture: placed, read, lost and replaced, disputed and settled."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from pathlib import Path

from oracle.errors import CatalystError
from oracle.keeping.journal import KeptFile
from oracle.keeping.owner import Funding
from oracle.keeping.terms import NOBODY
from oracle.keeping.watching import UNPROVEN
from oracle.lab.storage.live_world import World
from oracle.lab.storage.spots import spots
from oracle.storage import picture
from oracle.storage.bundle import load_file_reader
from oracle.storage.file_class import ClassedFile, Wishes
from oracle.storage.node import StorageNode
from oracle.storage.reading import Content, read_files
from oracle.storage.recognisers import presidio_finder

_CAPACITY_BYTES = 1 << 26
_FUNDING = Funding(max_rent=10_000, periods=1_000)
_SECONDS = 120.0
REPLICAS = (2, 3)
# What an owner could keep: a name, a wish, and a text.
DOCUMENTS = (
    (
        "notice.md",
        Wishes(privacy="public"),
        "# Release notes\n\nVersion 4.2 is out. Everybody who builds on the interface should read the three changes "
        "below before the weekend; the download page links here.\n" * 40,
    ),
    (
        "minutes.txt",
        Wishes(privacy="private"),
        "Minutes of the meeting of the board. Present: the chair and two members. The offer of the supplier was "
        "discussed and put off until the next meeting. Not for circulation.\n" * 60,
    ),
    (
        "patient.txt",
        Wishes(privacy="personal", regions=frozenset({"eu"})),
        "Patient: Erika Mustermann, born 12 August 1964, Heidestrasse 17, Cologne. Phone +49 30 901820. Diagnosis: "
        "essential hypertension. Medication: ramipril 5 mg daily.\n" * 30,
    ),
)


def demo(nodes: int, directory: Path | None, say: Callable[[str], None]) -> str:
    """Go through it; the picture of the placement, as SVG.

    Args:
        nodes: Holders, at least 5.
        directory: Where all of it is kept; None for a folder that is removed in the end.
        say: Gets lines.

    Raises:
        CatalystError: something that must come about did not.
    """
    place = nullcontext(str(directory)) if directory else tempfile.TemporaryDirectory(prefix="catalyst-store-")
    with place as folder, ThreadPoolExecutor(1) as beside:
        reading = beside.submit(read_documents)  # while the nodes start
        with closing(World(Path(folder), spots(nodes, _CAPACITY_BYTES), REPLICAS, say)) as world:
            return _walk(world, reading.result(), say)


def read_documents() -> list[tuple[ClassedFile, bytes]]:
    """The documents, and what the model takes them for."""
    contents = [Content(name, text.encode(), len(text.encode()), wishes) for name, wishes, text in DOCUMENTS]
    loaded = load_file_reader()
    read = read_files(contents, loaded.reader, loaded.thresholds, presidio_finder())
    return [(ClassedFile(*each), content.head) for each, content in zip(read, contents, strict=True)]


def _walk(world: World, classed: Sequence[tuple[ClassedFile, bytes]], say: Callable[[str], None]) -> str:
    coordinator, files = world.coordinator(), []
    for each, content in classed:
        kept = world.owner.add(content, each, _FUNDING, replicas=REPLICAS, steward=NOBODY)
        found = each.file_class
        where = ", ".join(sorted(found.regions_allowed)) if found.regions_allowed is not None else "anywhere"
        sealed = "as it is" if found.privacy == "public" else "sealed"
        say(f"{kept.name}: read as {found.temperature} and {found.privacy}, {where}; kept {sealed}: {kept.cid}")
        files.append(kept)
    bad: set[str] = set()
    for name, placement in sorted(coordinator.turn().placements.items()):
        say(f"{name}: {_named(world, placement.reason)}")
    seconds = _await(world, lambda: _whole(world, files, bad), "the files were not placed")
    say(f"  there after {seconds:.0f} s")
    _matrix(world, files, say)
    _read_back(world, files, classed, say)
    _lose(world, files, bad, say)
    _corrupt(world, files, bad, say)
    _matrix(world, files, say)
    _read_back(world, files, classed, say)
    return _drawing(files, world)


def _await(world: World, done: Callable[[], bool], else_words: str) -> float:
    began = time.monotonic()
    if not world.until(world.coordinator(), done, _SECONDS):
        raise CatalystError(f"{else_words} within {_SECONDS:.0f} s; is this machine busy?")
    return time.monotonic() - began


def _whole(world: World, files: Sequence[KeptFile], bad: set[str]) -> bool:
    return all(len(set(world.holders_with(file.id)) - bad) >= REPLICAS[0] for file in files)


def _lose(world: World, files: Sequence[KeptFile], bad: set[str], say: Callable[[str], None]) -> None:
    site = world.site(world.holders_with(files[0].id)[0])
    say(f"{_name(world, site.account)} vanishes: its process is killed and its disk is gone")
    site.lose()
    bad.add(site.account)
    seconds = _await(world, lambda: _whole(world, files, bad), "the lost holder was not replaced")
    say(f"  replaced after {seconds:.0f} s: other holders fetched its files by bitswap and accepted them on chain")


def _corrupt(world: World, files: Sequence[KeptFile], bad: set[str], say: Callable[[str], None]) -> None:
    site = next(each for each in map(world.site, world.holders_with(files[0].id)) if each.account not in bad)
    held = sum(site.account in world.holders_with(file.id) for file in files)
    say(f"{_name(world, site.account)} now has a wrong bit in each of its blocks")
    (site.directory / "corrupt").touch()
    bad.add(site.account)

    def is_settled() -> bool:
        return _whole(world, files, bad) and all(bad.isdisjoint(world.holders_with(file.id)) for file in files)

    seconds = _await(world, is_settled, "the holders were not convicted")
    told = Counter((report.account, report.reason) for report in world.journal.reports())
    for (account, reason), times in told.items():
        say(f"  {_name(world, account)} {reason} ({times} of {len(files)} files)")
    let_go = held - told[site.account, UNPROVEN]
    if let_go:
        say(f"  {_name(world, site.account)} proved what was drawn of {let_go}, and was let go all the same")
    owed = world.client(world.owner_key).owed(str(world.owner_key.address))
    say(f"  settled after {seconds:.0f} s; the owner has {owed} units of lost bonds to withdraw")


def _read_back(
    world: World, files: Sequence[KeptFile], classed: Sequence[tuple[ClassedFile, bytes]], say: Callable[[str], None]
) -> None:
    peers = world.peers()
    for file, (_, content) in zip(files, classed, strict=True):
        if world.owner.get(file, peers, region="eu-west") != content:
            raise CatalystError(f"{file.name} came back changed")
    say("every file was read from a holder, compared with its CID, opened where sealed, and is what it was")


def _matrix(world: World, files: Sequence[KeptFile], say: Callable[[str], None]) -> None:
    """Files down, nodes across, a dot where one holds the other."""
    width = max(len(file.name) for file in files)
    names = [_name(world, site.account) for site in world.sites]
    say("  " + " " * width + "  " + "  ".join(names))
    for file in files:
        holders = world.holders_with(file.id)
        marks = ["●" if site.account in holders else "·" for site in world.sites]
        dots = [mark.center(len(name)) for mark, name in zip(marks, names, strict=True)]
        say(f"  {file.name:{width}}  " + "  ".join(dots))


def _named(world: World, words: str) -> str:
    """Words with the holders' names in place of their accounts."""
    for site in world.sites:
        words = words.replace(site.account, _name(world, site.account))
    return words


def _name(world: World, account: str) -> str:
    index = [site.account for site in world.sites].index(account)
    return f"{index}:{world.sites[index].spot.region}"


def _drawing(files: Sequence[KeptFile], world: World) -> str:
    """Who holds what in the end."""

    def shown(account: str) -> str:
        return _name(world, account) + (" (lost)" if world.site(account).is_lost else "")

    nodes = [
        StorageNode(
            shown(site.account), site.spot.region, site.spot.price_per_gib_period * 1e-6, site.spot.capacity_bytes, 0,
            site.spot.latency_ms, site.spot.failure_rate, site.spot.trusted_for_personal,
        )
        for site in world.sites
    ]  # fmt: skip
    holders = {file.name: [shown(account) for account in world.holders_with(file.id)] for file in files}
    return picture.svg([file.classed for file in files], holders, nodes)
