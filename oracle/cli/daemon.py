"""`catalyst oracle` and `catalyst check`."""

import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from oracle.cli.environment import Command
from oracle.cli.options import (
    bundle_options,
    deployments_option,
    http_options,
    key_options,
    load_keys,
    max_fee_option,
    options,
    signer_options,
)
from oracle.cli.paths import INPUT_FILE, OUTPUT_FILE
from oracle.errors import CatalystError, SettingsError
from oracle.report.due import Triggers
from oracle.service.ending import Ending
from oracle.settings import KEY_VARIABLE, OracleSettings, read_depth, take_key

if TYPE_CHECKING:
    from oracle.report.signer import Signer

_operator_options = options(
    click.option("--rpc", "rpcs", multiple=True, required=True, help="JSON-RPC URL of a node; several times for more."),
    deployments_option,
    key_options,
    signer_options,
    bundle_options,
    click.option("--epoch-blocks", type=int, help="Report every so many blocks."),
    click.option("--epoch-seconds", type=int, help="Report so many seconds of chain time after the last report."),
    click.option("--real-time", is_flag=True, help="Report on every settled block that the contract's spacing admits."),
    click.option(
        "--threshold", "threshold_phi", type=float, help="Report where φ would move so much; needs a heartbeat."
    ),
    click.option("--depth", default="6", show_default=True, help="Settled is: so many blocks deep, safe or finalized."),
    click.option("--capacity", required=True, type=int, help="Transactions of a block at θ = 1."),
    click.option("--deadline-seconds", default=600, show_default=True, help="Life of a report."),
    click.option("--takeover-blocks", default=3, show_default=True, help="Until the next operator sends what is late."),
    click.option("--poll-seconds", default=1.0, show_default=True, help="How often the head is looked at."),
    click.option("--max-head-age-seconds", type=float, help="Oldest head that is healthy.  [default: 10 intervals]"),
    max_fee_option,
    click.option("--peer", "peers", multiple=True, help="URL of another operator's daemon; once for each."),
    click.option("--state", type=OUTPUT_FILE, default=Path("oracle.sqlite"), show_default=True, help="Journal."),
)
_SETTINGS = (
    *("epoch_blocks", "epoch_seconds", "real_time", "threshold_phi", "depth", "capacity", "deadline_seconds"),
    *("takeover_blocks", "poll_seconds", "max_head_age_seconds", "max_fee_gwei"),
)


def _settings(asked: dict[str, Any], *, dry_run: bool = False) -> OracleSettings:
    """Take the settings out of what was asked for."""
    given = {name: asked.pop(name) for name in _SETTINGS}
    depth_blocks, finality = read_depth(given["depth"])
    names = ("epoch_blocks", "epoch_seconds", "real_time", "threshold_phi")
    return OracleSettings(
        triggers=Triggers(**{name: given[name] for name in names}),
        depth_blocks=depth_blocks,
        finality=finality,
        capacity_transactions=given["capacity"],
        deadline_seconds=given["deadline_seconds"],
        takeover_blocks=given["takeover_blocks"],
        dry_run=dry_run,
        max_head_age_seconds=given["max_head_age_seconds"],
        poll_seconds=given["poll_seconds"],
        max_fee_gwei=given["max_fee_gwei"],
    )


def _signers(
    key_files: Sequence[Path], keystores: Sequence[Path], signer: str | None, signer_addresses: Sequence[str]
) -> "list[Signer]":
    """All keys: those of files, of keystores, the environment's, and those of the remote signer."""
    found: list[Signer] = [*load_keys(key_files, keystores)]
    if (key := take_key()) is not None:
        from oracle.chain.keys import key_of_variable

        found.append(key_of_variable(key, KEY_VARIABLE))
    if signer is not None:
        from oracle.chain.remote_signer import remote_signers

        found += remote_signers(signer, signer_addresses)
    elif signer_addresses:
        raise SettingsError("--signer-address names a key of a remote signer; give --signer its URL too")
    return found


@click.command(cls=Command)
@_operator_options
@click.option("--encoder-url", help="URL of `catalyst encoder`, asked before this process encodes by itself.")
@click.option("--dry-run", is_flag=True, help="Do all but the sending, and keep what would have been sent.")
@click.option("--api-keys", type=INPUT_FILE, help="File of `catalyst api-key`; without it, nobody writes to the API.")
@http_options
def oracle(
    key_files: Sequence[Path],
    keystores: Sequence[Path],
    signer: str | None,
    signer_addresses: Sequence[str],
    dry_run: bool,
    **asked: Any,
) -> None:
    """Run an operator of the oracle as a daemon against a running chain.

    φ is by whatever the contract was deployed to expect: classical feedback, or the policy of a bundle.
    The first key pays for transactions; those that are operators sign. First come key files, then keystores, the key
    in CATALYST_ORACLE_KEY, and those of --signer. Others' signatures come from --peer.

    catalyst oracle --rpc URL --capacity 1000 --epoch-blocks 10 --key-file OPERATOR
    """
    ending = Ending()
    ending.listen(signal.SIGTERM)  # Ctrl-C ends what is not a daemon yet as it ends other commands
    settings = _settings(asked, dry_run=dry_run)
    keys = _signers(key_files, keystores, signer, signer_addresses)
    if not keys:
        raise SettingsError(
            "the oracle has no operator key: give --key-file or --keystore, once for each operator held, or --signer"
        )
    from oracle.service.process import DaemonOptions, run_daemon

    run_daemon(DaemonOptions(keys=keys, settings=settings, **asked), ending)


@click.command(cls=Command)
@_operator_options
@click.option("--json", "as_json", is_flag=True, help="Print findings as JSON.")
def check(
    key_files: Sequence[Path],
    keystores: Sequence[Path],
    signer: str | None,
    signer_addresses: Sequence[str],
    as_json: bool,
    **asked: Any,
) -> None:
    """Check a set-up of `catalyst oracle` without running it, with the same options; exit 0 only if all is well.

    catalyst check --rpc URL --capacity 1000 --epoch-blocks 10 --key-file OPERATOR
    """
    asked.pop("encoder")
    findings = []

    def found(finding: Any) -> None:
        findings.append(finding)
        if not as_json:
            click.echo(f"{'ok  ' if finding.ok else 'BAD '} {finding.what}: {finding.says}")

    from oracle.service.check import CheckOptions, Finding
    from oracle.service.check import check as run

    try:
        settings = _settings(asked)
        keys = _signers(key_files, keystores, signer, signer_addresses)
        for finding in run(CheckOptions(keys=keys, settings=settings, **asked)):
            found(finding)
    except CatalystError as error:
        found(Finding("configuration", False, str(error)))
    if as_json:
        click.echo(json.dumps([finding.as_json() for finding in findings], indent=1, ensure_ascii=False))
    sys.exit(0 if all(finding.ok for finding in findings) else 1)
