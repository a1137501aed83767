"""`catalyst report`: figures of a chain by a declared query, attested to on chain, and computed anew by anyone."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from oracle.cli import EXIT_DIFFERENT
from oracle.cli.book import book_at, evidence_hash, json_in, plan_in
from oracle.cli.environment import Command
from oracle.cli.options import chain_options, json_option, options
from oracle.cli.paths import INPUT_FILE, OUTPUT_FOLDER
from oracle.errors import SettingsError
from oracle.output import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oracle.agreements.book import PlanBookClient
    from oracle.chain.connection import Chain
    from oracle.chain.contracts import Addresses
    from oracle.plans.plan import Plan
    from oracle.records.figures import Query


@click.group()
def report() -> None:
    """Public reports: figures of a declared query, whose hash an office attests to on chain."""


@report.command(cls=Command)
@options(chain_options)
@click.option("--query", type=INPUT_FILE, help='JSON: {"figures": ["blocks", …], "first_block": 1, "last_block": 9}.')
@click.option("--reading", type=INPUT_FILE, help="What `catalyst plan read` wrote, in place of a query.")
@click.option("--out", type=OUTPUT_FOLDER, required=True, help="Folder for report.json, report.csv, report.html.")
@json_option
def make(rpc: str, deployments: Path, query: Path | None, reading: Path | None, out: Path, as_json: bool) -> None:
    """Compute the figures of a query, and write them as JSON, CSV and a page. report.json is what is attested to.

    The office attests by `catalyst plan perform report.plan.json --step 1 --evidence OUT/report.json`.

    catalyst report make --query query.json --rpc URL --out report
    """
    from oracle.chain.connection import connect
    from oracle.records.figures import evaluate
    from oracle.records.public_report import report_csv, report_hash, report_html, report_json

    asked = _query(query, reading)
    chain = connect(rpc)
    evaluated = evaluate(chain, asked, _addresses(chain, deployments, asked.figures))
    out.mkdir(parents=True, exist_ok=True)
    files = {"report.json": report_json, "report.csv": report_csv, "report.html": report_html}
    for name, made in files.items():
        write_whole(out / name, made(evaluated))
    told = "0x" + report_hash(evaluated).hex()
    if as_json:
        found = {"hash": told, "files": [str(out / name) for name in files], "figures": evaluated.figures}
        click.echo(json.dumps(found, indent=1))
        return
    click.echo(f"blocks {asked.first_block} to {asked.last_block}: {', '.join(asked.figures)}")
    click.echo(f"hash {told}")
    for name in files:
        click.echo(f"  {out / name}")


@report.command(cls=Command)
@click.argument("file", type=INPUT_FILE)
@click.option("--plan", "plan_file", type=INPUT_FILE, required=True, help="The plan by which the report is due.")
@options(chain_options)
@json_option
def recompute(file: Path, plan_file: Path, rpc: str, deployments: Path, as_json: bool) -> None:
    """Compare a report with the hash that was attested to on chain, and compute its figures anew.

    The exit status is 1 if the report is not what was attested to, or not what the chain gives; the first difference
    is named.

    catalyst report recompute report/report.json --plan report.plan.json --rpc URL
    """
    from oracle.records.public_report import recompute as computed

    document, (made, _) = json_in(file), plan_in(plan_file)
    book = book_at(rpc, deployments)
    found = evidence_hash(file)
    attested = _attested(book, made)
    query = document.get("query") if isinstance(document, dict) else None
    figures = query.get("figures") if isinstance(query, dict) else None
    addresses = _addresses(book.chain, deployments, figures if isinstance(figures, list) else ())
    differences = [
        *_other_hash(found, attested),
        *filter(None, [computed(book.chain, document, addresses)]),
    ]
    if as_json:
        hashes: dict[str, Any] = {"hash": "0x" + found.hex(), "attested": attested and "0x" + attested.hex()}
        click.echo(json.dumps({**hashes, "equal": not differences, "differences": differences}, indent=1))
    else:
        for each in differences:
            click.echo(f"differs: {each}")
        if not differences:
            click.echo(f"equal: the chain gives these figures, and 0x{found.hex()} was attested to")
    if differences:
        sys.exit(EXIT_DIFFERENT)


def _query(query: Path | None, reading: Path | None) -> "Query":
    from oracle.plans.reading.record import record_of
    from oracle.plans.reading.terms_of import report_terms
    from oracle.records.figures import query_of, query_of_terms

    if query is not None and reading is None:
        return query_of(json_in(query))
    if reading is not None and query is None:
        return query_of_terms(report_terms(record_of(json_in(reading), str(reading)).reading))
    raise SettingsError("a report is of one declared query: give either --query or --reading")


def _addresses(chain: "Chain", deployments: Path, figures: "Sequence[object]") -> "Addresses | None":
    """The consensus contracts, where a figure is of them."""
    from oracle.chain.deployment import find_deployment
    from oracle.records.figures import OF_CONTRACTS

    named = {each for each in figures if isinstance(each, str)}
    return find_deployment(chain, deployments).addresses() if OF_CONTRACTS & named else None


def _attested(book: "PlanBookClient", made: "Plan") -> bytes | None:
    """The evidence that the plan's last step with any was done with; None where there is none on chain."""
    from oracle.plans.signing import plan_id

    done = [each.values["evidence"] for each in book.history(plan_id(made)) if each.kind == "Performed"]
    shown = [bytes(each) for each in done if any(each)]
    return shown[-1] if shown else None


def _other_hash(found: bytes, attested: bytes | None) -> list[str]:
    if attested is None:
        return ["nobody has attested to a report by this plan on the chain"]
    if attested != found:
        return [f"0x{attested.hex()} was attested to, and the hash of this file is 0x{found.hex()}"]
    return []
