"""`catalyst records`: medical records that are read under a consent on chain."""

import json
import re
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from oracle.cli import EXIT_DIFFERENT
from oracle.cli.book import one_key
from oracle.cli.environment import Command
from oracle.cli.options import PATH, chain_options, http_options, json_option, key_options, options
from oracle.cli.paths import INPUT_FILE, INPUT_FOLDER, OUTPUT_FILE
from oracle.errors import SettingsError
from oracle.output import write_whole

if TYPE_CHECKING:
    from oracle.records.access_log import Entry

_HELD = re.compile(r"([1-9][0-9]{0,17}):0x([0-9a-fA-F]{64})")


@click.group()
def records() -> None:
    """Medical records: serve them under consents on chain, and read them as a grantee."""


@records.command(cls=Command)
@click.option("--out", type=PATH, required=True, help="New file for the private key.")
@json_option
def key(out: Path, as_json: bool) -> None:
    """Make a key that opens records: X25519, for HPKE. No file is written over; its owner alone may read it.

    catalyst records key --out clinic.key
    """
    from oracle.records.sealed import new_key_file

    public = "0x" + new_key_file(out).hex()
    click.echo(json.dumps({"file": str(out), "publicKey": public}) if as_json else f"public key {public}")


@records.command(cls=Command)
@options(chain_options, http_options)
@click.option("--records", "records_folder", type=INPUT_FOLDER, required=True, help="Folder of records, *.json.")
@click.option("--consents", type=INPUT_FOLDER, required=True, help="Folder with a folder for each consent.")
@click.option("--log", "log_file", type=OUTPUT_FILE, required=True, help="File of the access log.")
@click.option("--name", required=True, help="The server's name, which grantees sign.")
@click.option(
    "--depth",
    type=click.IntRange(0, 10_000),
    default=2,
    show_default=True,
    help="Blocks below the head at which a grant is settled. A revocation counts at once.",
)
@click.option(
    "--max-head-age-seconds",
    type=click.FloatRange(1),
    default=300.0,
    show_default=True,
    help="Beyond, nothing is granted: the node does not show what was revoked.",
)
@json_option
def serve(
    rpc: str,
    deployments: Path,
    host: str,
    port: int,
    records_folder: Path,
    consents: Path,
    log_file: Path,
    name: str,
    depth: int,
    max_head_age_seconds: float,
    as_json: bool,
) -> None:
    """Serve records to whom a consent on chain grants them now. Folders are read once, at the start.

    A record is {"id", "patient", "identity", "fields"}; the folder of a consent holds agreement.txt, plan.json (as
    `catalyst plan make` writes it) and terms.json. Put TLS in front where others than this machine ask.

    catalyst records serve --rpc URL --records records --consents consents --log access.sqlite --name registry.example
    """
    from oracle.agreements.deployment import agreements_path, read_agreements
    from oracle.chain.connection import connect
    from oracle.records.access import Settings
    from oracle.records.access_log import AccessLog
    from oracle.records.data_server import create_app
    from oracle.records.held import load_holdings
    from oracle.service.http_server import HttpServer, take_port

    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    holdings = load_holdings(records_folder, consents)
    chain = connect(rpc)
    book = read_agreements(chain, agreements_path(deployments, chain)).book
    log = AccessLog(log_file)
    try:
        settings = Settings(name, max_head_age_seconds=max_head_age_seconds, depth_blocks=depth)
        server = HttpServer(create_app(chain, book, holdings, log, settings), take_port(host, port))
        server.start()
        count = {"records": len(holdings.records), "consents": len(holdings.consents)}
        told = f"{count['records']} records under {count['consents']} consents at {server.url}"
        click.echo(json.dumps({"url": server.url, **count}) if as_json else told)
        try:
            while not ending.wait(1):
                pass
        finally:
            server.stop()
    finally:
        log.close()


@records.command(cls=Command)
@click.option("--url", required=True, help="Of the data server.")
@click.option("--consent", type=INPUT_FOLDER, required=True, help="Folder of agreement.txt, plan.json, terms.json.")
@click.option("--record", required=True, help="Id of the record.")
@click.option("--field", "fields", multiple=True, help="Field to read; several.  [default: all of the consent]")
@key_options
@click.option("--opening-key", type=INPUT_FILE, required=True, help="What `catalyst records key` wrote.")
@click.option("--out", type=OUTPUT_FILE, help="File for the record.  [default: it is printed]")
@json_option
def read(
    url: str,
    consent: Path,
    record: str,
    fields: Sequence[str],
    key_files: Sequence[Path],
    keystores: Sequence[Path],
    opening_key: Path,
    out: Path | None,
    as_json: bool,
) -> None:
    """Read a record as the grantee of a consent: sign the server's challenge, and open what it seals.

    The exit status is 1 if the server refuses. Keep the number and hash of the log's entry: they hold the server to it.

    catalyst records read --url URL --consent consents/ada --record r-1 --key-file CLINIC --opening-key clinic.key
    """
    from oracle.records.data_client import DataClient
    from oracle.records.held import RECORD_ID, load_consent
    from oracle.records.sealed import load_key_file

    if not re.fullmatch(RECORD_ID, record):
        raise SettingsError(f"--record {record!r} is no id of a record: give letters, digits, '.', '_' and '-'")
    client = DataClient(url, one_key(key_files, keystores), load_key_file(opening_key))
    answer = client.read(load_consent(consent), record, fields)
    if answer.content is None:
        told = {"granted": False, "refusal": answer.refusal}
        click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"refused: {answer.refusal}")
        sys.exit(EXIT_DIFFERENT)
    content = json.dumps(answer.content, indent=1, ensure_ascii=False) + "\n"
    if out is not None:
        write_whole(out, content)
    entry = answer.log or {}
    if as_json:
        shown = {} if out is not None else {"content": answer.content}
        click.echo(json.dumps({"granted": True, **shown, "log": entry}, indent=1, ensure_ascii=False))
        return
    if out is None:
        click.echo(content, nl=False)
    click.echo(f"entry {entry.get('number')}:{entry.get('hash')} of the server's log")


@records.command("verify-log", cls=Command)
@click.argument("file", type=INPUT_FILE)
@click.option("--held", multiple=True, help="number:hash of an entry, as `read` prints it; several.")
@json_option
def verify_log(file: Path, held: Sequence[str], as_json: bool) -> None:
    """Compute the chain of an access log anew. The exit status is 1 if an entry was changed or is missing.

    catalyst records verify-log access.sqlite --held 3:0x…
    """
    from oracle.records.access_log import LogBroken, verify_file

    entries = [_entry(each) for each in held]
    try:
        count = verify_file(file, entries)
    except LogBroken as error:
        click.echo(json.dumps({"whole": False, "broken": str(error)}) if as_json else f"broken: {error}")
        sys.exit(EXIT_DIFFERENT)
    told = f"{count} entries, each with the hash of the one before"
    click.echo(json.dumps({"whole": True, "entries": count}) if as_json else told)


def _entry(text: str) -> "Entry":
    from oracle.records.access_log import Entry

    found = _HELD.fullmatch(text)
    if found is None:
        raise SettingsError(f"--held {text!r} is no number:0xhash: give what `catalyst records read` printed")
    return Entry(int(found[1]), bytes.fromhex(found[2]))
