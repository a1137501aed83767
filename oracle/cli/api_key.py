"""`catalyst api-key`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from oracle.cli.environment import Command
from oracle.cli.paths import INPUT_FILE, OUTPUT_FILE

if TYPE_CHECKING:
    from oracle.service.api_keys import Scope

_DEFAULT = Path("api-keys.json")


@click.group("api-key")
def api_key() -> None:
    """Keys by which an operator's API may be written to."""


@api_key.command(cls=Command)
@click.option("--file", type=OUTPUT_FILE, default=_DEFAULT, show_default=True, help="File of keys; made if missing.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(("control", "audit")),
    multiple=True,
    required=True,
    help="What the key may do; several times for more.",
)
def create(file: Path, scopes: "Sequence[Scope]") -> None:
    """Make a key and print it, once: the file keeps its hash alone.

    catalyst api-key create --scope control --file api-keys.json
    """
    from oracle.service.api_keys import create_key

    click.echo(create_key(file, scopes))


@api_key.command("list", cls=Command)
@click.option("--file", type=INPUT_FILE, default=_DEFAULT, show_default=True, help="File of keys.")
def show(file: Path) -> None:
    """Print id, scopes, and when each key was made and revoked.

    catalyst api-key list --file api-keys.json
    """
    from oracle.service.api_keys import read_keys

    for key in read_keys(file):
        ended = "in force" if key.revoked is None else f"revoked {key.revoked}"
        click.echo(f"{key.id}  {','.join(key.scopes)}  made {key.created}  {ended}")


@api_key.command(cls=Command)
@click.argument("identity")
@click.option("--file", type=INPUT_FILE, default=_DEFAULT, show_default=True, help="File of keys.")
def revoke(identity: str, file: Path) -> None:
    """Have a key open nothing any more, from the next request on.

    catalyst api-key revoke 5f3a9c0e71b2 --file api-keys.json
    """
    from oracle.service.api_keys import revoke_key

    revoke_key(file, identity)
    click.echo(f"{identity} is revoked")


@api_key.command(cls=Command)
@click.option("--file", type=INPUT_FILE, default=_DEFAULT, show_default=True, help="File of keys beside the log.")
def log(file: Path) -> None:
    """Check the audit log and print its entries; exit 2 where one was changed.

    catalyst api-key log --file api-keys.json
    """
    from oracle.errors import SettingsError
    from oracle.service.audit_log import check_lines
    from oracle.service.control import audit_path

    path = audit_path(file)
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise SettingsError(
            f"audit log {path} cannot be read: {error.strerror}; see that a daemon uses its keys"
        ) from error
    for entry in check_lines(lines):
        click.echo(f"{entry.number}  {entry.time}  {entry.key}  {entry.client}  {entry.action}: {entry.outcome}")
