"""`catalyst store` on a chain: deploy, add, get, list, status, challenge, rebalance, drop and withdraw."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rich_click as click

from oracle.cli.book import sender
from oracle.cli.environment import Command
from oracle.cli.options import chain_options, json_option, key_options, max_fee_option, options
from oracle.cli.paths import INPUT_FILE, OUTPUT_FILE
from oracle.cli.store_hold import hold, node
from oracle.cli.store_shared import (
    again,
    journal_option,
    named,
    node_options,
    opened,
    own_node,
    owner_of,
    peers_option,
    registry_at,
    registry_option,
    rpc_option,
    sealing_option,
    sending_options,
)
from oracle.cli.store_trials import demo, faults
from oracle.errors import SettingsError
from oracle.output import write_whole


@click.command("deploy", cls=Command)
@options(chain_options, key_options, max_fee_option)
@click.option("--token", help="Address of the ERC-20 that is paid with.")
@click.option(
    "--money-for",
    multiple=True,
    help="Account that gets worthless money, to try things out; several.  [in place of --token]",
)
@click.option("--period-seconds", default=86_400, show_default=True, type=click.IntRange(1), help="Of rent.")
@click.option(
    "--answer-blocks", default=200, show_default=True, type=click.IntRange(1, 240), help="In which holders answer."
)
@click.option("--samples", default=4, show_default=True, type=click.IntRange(1, 8), help="Chunks that are drawn.")
@json_option
def deploy_store(
    rpc: str,
    deployments: Path,
    token: str | None,
    money_for: Sequence[str],
    period_seconds: int,
    answer_blocks: int,
    samples: int,
    as_json: bool,
    **keys: Any,
) -> None:
    """Deploy a StorageRegistry, paid with a token that there is, or with worthless money of its own, and record it.

    catalyst store deploy --rpc URL --key-file KEY --token 0x…
    """
    from oracle.chain.connection import connect
    from oracle.keeping.registry import deploy_registry, registry_path
    from oracle.keeping.terms import RegistrySetup
    from oracle.keeping.trial_money import deploy_money

    if (token is None) == (not money_for):
        raise SettingsError("a registry is paid with one token: give --token, or --money-for to try things out")
    paying = sender(connect(rpc), **keys)
    path = registry_path(deployments, paying.chain)
    token = token or deploy_money(paying, money_for, path)
    setup = RegistrySetup(token, period_seconds=period_seconds, answer_blocks=answer_blocks, samples=samples)
    address = deploy_registry(paying, setup, path)
    if as_json:
        click.echo(json.dumps({"registry": address, "token": token}))
        return
    click.echo(f"StorageRegistry  {address}")
    click.echo(f"token            {token}")


@click.command(cls=Command)
@click.argument("files", type=INPUT_FILE, nargs=-1, required=True)
@options(sending_options, journal_option, node_options, sealing_option)
@click.option(
    "--privacy",
    type=click.Choice(["public", "private", "personal"]),
    help="What the files are; reading may only protect more.  [default: private]",
)
@click.option("--region", "regions", multiple=True, help="Where they may be kept; several.")
@click.option("--least", default=2, show_default=True, type=click.IntRange(1, 14), help="Replicas at least.")
@click.option("--most", default=4, show_default=True, type=click.IntRange(1, 14), help="Replicas at most.")
@click.option("--max-rent", required=True, type=click.IntRange(1), help="Of a holder and period, in units.")
@click.option("--periods", default=30, show_default=True, type=click.IntRange(1), help="That the fund is to last.")
@click.option("--steward", help="Account by whose key `rebalance` sees to them.  [default: the owner alone]")
def add(
    files: Sequence[Path],
    rpc: str,
    registry: str,
    journal: Path,
    node_url: str,
    token_file: Path,
    sealing_key: Path,
    privacy: str | None,
    regions: Sequence[str],
    least: int,
    most: int,
    max_rent: int,
    periods: int,
    steward: str | None,
    **keys: Any,
) -> None:
    """Read what files are, seal what is not public, register and fund them. `rebalance` then finds them holders.

    catalyst store add FILE… --rpc URL --registry 0x… --key-file KEY --node-url URL --token-file TOKEN --max-rent
      5 --sealing-key SEAL
    """
    from eth_utils.address import is_address

    from oracle.cli.store import read_classes
    from oracle.keeping.owner import Funding
    from oracle.keeping.terms import NOBODY
    from oracle.storage.file_class import ClassedFile

    if most < least:
        raise SettingsError(f"--most {most} is below --least {least}: raise it")
    if steward is not None and not is_address(steward):
        raise SettingsError(f"--steward {steward[:60]!r} is no account: give 0x and 40 hexadecimal digits")
    bounds = {"replication_factor_min": least, "replication_factor_max": most}
    classed = [ClassedFile(*each) for each in read_classes(files, None, privacy, regions, **bounds)]
    client = registry_at(rpc, registry, keys)
    with opened(journal, client) as kept:
        owner = owner_of(client, kept, node_url, token_file, sealing_key)
        for file, each in zip(files, classed, strict=True):
            added = owner.add(
                file.read_bytes(), each, Funding(max_rent, periods), replicas=(least, most), steward=steward or NOBODY
            )
            found = each.file_class
            click.echo(f"{added.name}: {found.temperature}, {found.privacy}; {added.cid} (0x{added.id.hex()})")
            for question in found.questions:
                click.echo(f"  ? {question}")


@click.command(cls=Command)
@click.argument("name")
@options(sending_options, journal_option, peers_option, node_options, sealing_option)
@click.option("--region", help="From where it is read: counted, and the nearest holder is asked first.")
@click.option("--out", type=OUTPUT_FILE, required=True, help="File for it.")
def get(
    name: str,
    rpc: str,
    registry: str,
    journal: Path,
    peers: Path,
    node_url: str,
    token_file: Path,
    sealing_key: Path,
    region: str | None,
    out: Path,
    **keys: Any,
) -> None:
    """Read a file from its holders, checked against its CID, and open it.

    catalyst store get NAME --out FILE --rpc URL --registry 0x… --peers PEERS --node-url URL --token-file TOKEN
      --sealing-key SEAL
    """
    from oracle.keeping.peers import read_peers

    client = registry_at(rpc, registry, keys)
    with opened(journal, client) as kept:
        owner = owner_of(client, kept, node_url, token_file, sealing_key)
        content = owner.get(named(kept, name), read_peers(peers), region=region)
    write_whole(out, content)
    click.echo(f"{name}: {len(content)} bytes in {out}")


@click.command("list", cls=Command)
@options(rpc_option, registry_option, journal_option, json_option)
def list_files(rpc: str, registry: str, journal: Path, as_json: bool) -> None:
    """List the files of the journal, and how many holders each has.

    catalyst store list --rpc URL --registry 0x…
    """
    client = registry_at(rpc, registry)
    with opened(journal, client) as kept:
        files = kept.files()
    rows = []
    for file in files:
        standing, found = client.standing(file.id), file.classed.file_class
        rows.append(
            {
                "name": file.name,
                "cid": str(file.cid),
                "file": "0x" + file.id.hex(),
                "temperature": found.temperature,
                "privacy": found.privacy,
                "size_bytes": file.classed.facts.size_bytes,
                "held": standing.held,
                "agreements": standing.agreements,
                "fund": standing.fund,
            }
        )
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        click.echo(
            f"{row['name']}: {row['held']} of {row['agreements']} agreements held, {row['temperature']}, "
            f"{row['privacy']}, {row['size_bytes']} bytes, fund {row['fund']}; {row['cid']}"
        )


@click.command(cls=Command)
@click.argument("name")
@options(rpc_option, registry_option, journal_option)
@json_option
def status(name: str, rpc: str, registry: str, journal: Path, as_json: bool) -> None:
    """Say who holds a file, since when, and what was reported of its holders.

    catalyst store status NAME --rpc URL --registry 0x…
    """
    client = registry_at(rpc, registry)
    with opened(journal, client) as kept:
        file = named(kept, name)
        agreements = client.agreements(file.id)
        reports = [each for each in kept.reports() if each.file == file.id]
    rows = [
        {
            "holder": account,
            "region": holder.region,
            "status": each.status.name.lower(),
            "since_seconds": each.since_seconds,
            "rent": each.rent,
            "locked": each.locked,
            "is_challenged": each.is_challenged,
        }
        for (account, each), holder in zip(agreements.items(), client.holders(list(agreements)), strict=True)
    ]
    if as_json:
        told = [{"holder": each.account, "reason": each.reason, "at_seconds": each.at_seconds} for each in reports]
        click.echo(json.dumps({"cid": str(file.cid), "holders": rows, "reports": told}, indent=1))
        return
    click.echo(f"{file.name}: {file.cid}")
    for row in rows:
        challenged = ", challenged" if row["is_challenged"] else ""
        click.echo(f"  {row['holder']} in {row['region']}: {row['status']}{challenged}, rent {row['rent']} a period")
    for report in reports:
        click.echo(f"  ! {report.account} {report.reason}")


@click.command(cls=Command)
@click.argument("name")
@options(sending_options, journal_option)
@click.option("--holder", required=True, help="Its account.")
def challenge(name: str, rpc: str, registry: str, journal: Path, holder: str, **keys: Any) -> None:
    """Have a holder prove that it has a file; costs the fee of the registry.

    catalyst store challenge NAME --holder 0x… --rpc URL --registry 0x… --key-file KEY
    """
    client = registry_at(rpc, registry, keys)
    with opened(journal, client) as kept:
        client.challenge(named(kept, name).id, holder)
    click.echo(f"challenged; {client.setup.answer_blocks} blocks to answer after the one that draws")


@click.command(cls=Command)
@options(sending_options, journal_option, peers_option)
@click.option("--every", type=click.FloatRange(0.1), help="Seconds between turns.  [default: one turn alone]")
@click.option("--moves-per-hour", default=10, show_default=True, type=click.IntRange(0), help="That save money.")
@click.option("--least", default=2, show_default=True, type=click.IntRange(1, 14), help="Replicas at least.")
@click.option("--most", default=4, show_default=True, type=click.IntRange(1, 14), help="Replicas at most.")
@click.option("--repair-seconds", default=21_600.0, show_default=True, help="That a lost replica takes to replace.")
@click.option("--offer-seconds", default=600, show_default=True, type=click.IntRange(1), help="To accept an offer.")
@click.option("--unit", default=1e-18, show_default=True, help="Whole tokens in one unit of the token.")
@click.option("--reader", "readers", multiple=True, help="Region that reads files nobody has read yet; several.")
def rebalance(
    rpc: str,
    registry: str,
    journal: Path,
    peers: Path,
    every: float | None,
    moves_per_hour: int,
    least: int,
    most: int,
    repair_seconds: float,
    offer_seconds: int,
    unit: float,
    readers: Sequence[str],
    **keys: Any,
) -> None:
    """See to the files of the journal: place them, watch their holders, replace lost ones, follow the readers.

    catalyst store rebalance --rpc URL --registry 0x… --key-file KEY --peers peers.json --every 10
    """
    from oracle.keeping.coordinator import Coordinator, CoordinatorRules
    from oracle.keeping.peers import read_peers
    from oracle.keeping.watching import WatchRules
    from oracle.storage.following import FollowRules
    from oracle.storage.placed import PlacementRules

    placement = PlacementRules(
        repair_seconds=repair_seconds,
        replication_factor_min=least,
        replication_factor_max=most,
        reading_regions=tuple(readers),
    )
    rules = CoordinatorRules(
        follow=FollowRules(placement, moves_per_hour=moves_per_hour),
        watch=WatchRules(),
        offer_seconds=offer_seconds,
        token_unit=unit,
    )
    client = registry_at(rpc, registry, keys)
    with opened(journal, client) as kept:
        coordinator = Coordinator(kept, client, lambda: read_peers(peers), rules)

        def turn() -> None:
            done = coordinator.turn()
            click.echo(f"{done.begun} moves begun, {done.waiting} wait, {len(done.lost)} files without a holder")
            for each in done.unplaceable:
                click.echo(f"  {each.name}: {' and '.join(each.rules)} in the way: {each.remedy}")

        if every is None:
            turn()
        else:
            again(turn, every)


@click.command(cls=Command)
@click.argument("name")
@options(sending_options, journal_option, node_options)
def drop(name: str, rpc: str, registry: str, journal: Path, node_url: str, token_file: Path, **keys: Any) -> None:
    """Keep a file no longer: let all its holders go, and credit what is left of its fund. `withdraw` pays it out.

    catalyst store drop NAME --rpc URL --registry 0x… --key-file KEY --node-url URL --token-file TOKEN
    """
    from oracle.keeping.owner import drop as dropped

    client = registry_at(rpc, registry, keys)
    with opened(journal, client) as kept:
        file = named(kept, name, or_dropped=True)
        dropped(client, own_node(node_url, token_file), kept, file)
    click.echo(f"{file.name} is kept no longer")


@click.command(cls=Command)
@options(sending_options)
def withdraw(rpc: str, registry: str, **keys: Any) -> None:
    """Pay out what the registry owes the account of the key: rent, fees, lost bonds, what was left of funds.

    catalyst store withdraw --rpc URL --registry 0x… --key-file KEY
    """
    client = registry_at(rpc, registry, keys)
    owed = client.owed(client.account)
    if owed:
        client.withdraw()
    click.echo(f"{owed} units to {client.account}")


CHAIN_COMMANDS = (
    deploy_store, add, get, list_files, status, drop, withdraw, node, hold, challenge, rebalance, demo, faults,
)  # fmt: skip
