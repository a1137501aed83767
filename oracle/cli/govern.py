"""`catalyst govern`."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from oracle.cli.book import one_key
from oracle.cli.environment import Command
from oracle.cli.options import UINT32, chain_options, json_option, key_options, max_fee_option, options
from oracle.cli.paths import INPUT_FOLDER
from oracle.errors import SettingsError
from oracle.formulas.lanes import WAD
from oracle.settings import fee_wei

if TYPE_CHECKING:
    from oracle.governance.changes import Change
    from oracle.governance.govern import Governance
    from oracle.governance.timelock import Timelock

_sending = options(chain_options, key_options, max_fee_option)
_operation = click.argument("operation")
_all = click.option("--all", "everything", is_flag=True, help="Those too that were executed or cancelled.")


def _sender(
    rpc: str, deployments: Path, key_files: Sequence[Path], keystores: Sequence[Path], max_fee_gwei: float
) -> "Governance":
    max_fee_wei = fee_wei("--max-fee-gwei", max_fee_gwei)
    key = one_key(key_files, keystores)
    from oracle.governance.govern import open_governance

    return open_governance(rpc, deployments, key, max_fee_wei)


def _looker(rpc: str, deployments: Path) -> "Governance":
    from oracle.governance.govern import open_governance

    return open_governance(rpc, deployments, None, 0)


def _schedule(change: "Callable[[Timelock], Change]", **sender: Any) -> None:
    from oracle.governance.govern import schedule as run

    run(_sender(**sender), change, click.echo)


@click.group()
def govern() -> None:
    """Changes by the owner, at its timelock: scheduled, open to the guardian's veto, then executed."""


@govern.group()
def schedule() -> None:
    """Announce a change. It can be executed after the delay; until then the guardian can cancel it."""


@schedule.command("bounds", cls=Command)
@_sending
@click.option("--least", required=True, help="Lower bound on θ.")
@click.option("--most", required=True, help="Upper bound on θ, at most 1.")
def schedule_bounds(least: str, most: str, **sender: Any) -> None:
    """Bounds on θ of every node.

    catalyst govern schedule bounds --rpc URL --key-file OWNER --least 0.2 --most 0.9
    """
    low_wad, high_wad = _wad("--least", least), _wad("--most", most)
    from oracle.governance.changes import theta_bounds

    _schedule(lambda timelock: theta_bounds(timelock, low_wad, high_wad), **sender)


@schedule.command("limits", cls=Command)
@_sending
@click.option("--max-phi-lane", type=click.IntRange(0), help="Most |φ|, in units of 2⁻¹⁵.")
@click.option("--max-step-lane", type=click.IntRange(0), help="Most |φ − previous φ|, in units of 2⁻¹⁵.")
@click.option("--max-sum-ratio-bps", type=click.IntRange(0), help="Most change of Σexp(φ), in ten-thousandths.")
@click.option("--min-spacing-blocks", type=click.IntRange(0), help="Blocks between reports, at least.")
@click.option("--max-age-seconds", type=click.IntRange(0), help="Age from which a report is stale.")
@click.option("--relax-period-seconds", type=click.IntRange(0), help="Period in which a stale φ is halved once.")
def schedule_limits(
    rpc: str,
    deployments: Path,
    key_files: Sequence[Path],
    keystores: Sequence[Path],
    max_fee_gwei: float,
    **limits: int | None,
) -> None:
    """Limits of reports; those that are left out stay.

    catalyst govern schedule limits --rpc URL --key-file OWNER --max-step-lane 1638
    """
    given = {name: value for name, value in limits.items() if value is not None}
    from oracle.governance.changes import limits as change

    _schedule(
        lambda timelock: change(timelock, **given),
        rpc=rpc,
        deployments=deployments,
        key_files=key_files,
        keystores=keystores,
        max_fee_gwei=max_fee_gwei,
    )


@schedule.command("model", cls=Command)
@_sending
@click.option("--phi", type=click.Choice(["feedback", "oracle"]), help="Who is to set φ.")
@click.option("--bundle", type=INPUT_FOLDER, help="Bundle whose policy is to set φ.")
@click.option("--hash", "model_hash", help="The model hash itself: 0x and 64 hexadecimal digits.")
def schedule_model(phi: str | None, bundle: Path | None, model_hash: str | None, **sender: Any) -> None:
    """What decides φ, by the model hash that reports must carry.

    catalyst govern schedule model --rpc URL --key-file OWNER --bundle NEW
    """
    given = _model_hash(phi, bundle, model_hash)
    from oracle.governance.changes import model

    _schedule(lambda timelock: model(timelock, given), **sender)


@schedule.command("operators", cls=Command)
@_sending
@click.option("--add", "added", multiple=True, help="Address of an operator that comes; once for each.")
@click.option("--remove", "removed", multiple=True, help="Address of an operator that goes; once for each.")
@click.option("--threshold", type=click.IntRange(1), help="Signatures a report needs.  [default: as now]")
def schedule_operators(added: Sequence[str], removed: Sequence[str], threshold: int | None, **sender: Any) -> None:
    """The committee: who comes takes the place of who goes, or the next one at the end.

    catalyst govern schedule operators --rpc URL --key-file OWNER --add 0xNEW --remove 0xOLD
    """
    if not added and not removed and threshold is None:
        raise SettingsError("nothing is to change; give --add, --remove or --threshold")
    from oracle.governance.changes import operators

    _schedule(lambda timelock: operators(timelock, added, removed, threshold), **sender)


@schedule.command("guardian", cls=Command)
@_sending
@click.argument("address")
def schedule_guardian(address: str, **sender: Any) -> None:
    """Another guardian, who pauses and cancels in place of the present one.

    catalyst govern schedule guardian 0xNEW --rpc URL --key-file OWNER
    """
    from oracle.governance.changes import guardian

    _schedule(lambda timelock: guardian(timelock, address), **sender)


@schedule.command("delay", cls=Command)
@_sending
@click.argument("seconds", type=UINT32)
def schedule_delay(seconds: int, **sender: Any) -> None:
    """Another delay, from one hour to 30 days.

    catalyst govern schedule delay 259200 --rpc URL --key-file OWNER
    """
    from oracle.governance.changes import delay

    _schedule(lambda timelock: delay(timelock, seconds), **sender)


@schedule.command("unpause", cls=Command)
@_sending
def schedule_unpause(**sender: Any) -> None:
    """Take reports again, after the guardian paused them.

    catalyst govern schedule unpause --rpc URL --key-file OWNER
    """
    from oracle.governance.changes import unpause

    _schedule(unpause, **sender)


@schedule.command("call", cls=Command)
@_sending
@click.argument("function")
@click.argument("arguments", nargs=-1)
@click.option("--again", is_flag=True, help="Though the same call was executed before.")
def schedule_call(function: str, arguments: Sequence[str], again: bool, **sender: Any) -> None:
    """Any other function of the contract or the timelock, its arguments in JSON: nodes, θ₀, ownership.

    catalyst govern schedule call setTheta0 7 600000000000000000 --rpc URL --key-file OWNER
    """
    values = [_json(text) for text in arguments]
    from oracle.governance.changes import any_call

    _schedule(lambda timelock: any_call(timelock, function, values, again=again), **sender)


@govern.command(cls=Command)
@_operation
@_sending
def execute(operation: str, **sender: Any) -> None:
    """Execute an operation whose delay is over, by the owner's key.

    catalyst govern execute 0x1f0c2a --rpc URL --key-file OWNER
    """
    from oracle.governance.govern import execute as run

    run(_sender(**sender), operation, click.echo)


@govern.command(cls=Command)
@_operation
@_sending
def cancel(operation: str, **sender: Any) -> None:
    """Cancel an operation, by the guardian's key or the owner's.

    catalyst govern cancel 0x1f0c2a --rpc URL --key-file GUARDIAN
    """
    from oracle.governance.govern import cancel as run

    run(_sender(**sender), operation, click.echo)


@govern.command(cls=Command)
@_sending
def pause(**sender: Any) -> None:
    """Pause reports at once, by the guardian's key.

    catalyst govern pause --rpc URL --key-file GUARDIAN
    """
    from oracle.governance.govern import pause as run

    run(_sender(**sender), click.echo)


@govern.command("list", cls=Command)
@chain_options
@_all
@json_option
def list_(rpc: str, deployments: Path, everything: bool, as_json: bool) -> None:
    """Say who may do what, and which operations are open.

    catalyst govern list --rpc URL
    """
    governed = _looker(rpc, deployments)
    from oracle.governance.govern import standing, standing_as_json

    if as_json:
        click.echo(json.dumps(standing_as_json(governed, everything=everything)))
    else:
        click.echo("\n".join(standing(governed, everything=everything)))


@govern.command(cls=Command)
@_operation
@chain_options
@json_option
def show(operation: str, rpc: str, deployments: Path, as_json: bool) -> None:
    """Show one operation: how it stands, and what it calls.

    catalyst govern show 0x1f0c2a --rpc URL
    """
    timelock = _looker(rpc, deployments).timelock
    from oracle.governance.govern import find
    from oracle.governance.words import operation_as_json, operation_in_words

    found, now_seconds = find(timelock, operation), timelock.now_seconds()
    if as_json:
        click.echo(json.dumps(operation_as_json(found, timelock.names, now_seconds)))
    else:
        click.echo("\n".join(operation_in_words(found, timelock.names, now_seconds)))


def _model_hash(phi: str | None, bundle: Path | None, model_hash: str | None) -> bytes:
    if sum(given is not None for given in (phi, bundle, model_hash)) != 1:
        raise SettingsError("give one of --phi, --bundle and --hash")
    if model_hash is None:
        from oracle.control.choice import hash_named

        return hash_named(phi or "oracle", bundle)
    try:
        found = bytes.fromhex(model_hash.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise SettingsError(f"--hash {model_hash!r} is no model hash; give 0x and 64 hexadecimal digits")
    return found


def _wad(option: str, text: str) -> int:
    try:
        value = Decimal(text) * WAD
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite() or value != int(value) or not 0 <= value <= WAD:
        raise SettingsError(f"{option} {text!r} is no number from 0 to 1 of at most 18 decimals; give one, as 0.25")
    return int(value)


def _json(text: str) -> Any:
    """What a word says: a list or a number in JSON, or the word itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text
