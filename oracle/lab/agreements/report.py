"""A public report: figures of this chain's blocks, written down, attested on chain, and computed anew."""

from typing import Any

from pydantic_core import from_json

from oracle.agreements.sending import Sent
from oracle.chain.contracts import Addresses
from oracle.errors import FormulaMismatch, InputError
from oracle.lab.agreements.carried import Carried, tell_text
from oracle.lab.agreements.faucet import BLOCK_SECONDS
from oracle.lab.agreements.network import deploy_network
from oracle.lab.agreements.stage import Agreement, Say, Stage
from oracle.lab.agreements.words import when_words
from oracle.output import write_whole
from oracle.plans.reading.terms_of import report_terms
from oracle.plans.templates.report import ReportTerms, report_plan
from oracle.plans.wording import Money, counted, listed
from oracle.records.figures import OF_CONTRACTS, Evaluated, evaluate, query_of_terms
from oracle.records.public_report import recompute, report_csv, report_hash, report_html, report_json, rows_of

MOST_BLOCKS = 500  # that this chain is made to have for a report
_ATTEST = 0
_SHOWN_ROWS = 12


def walk_report(stage: Stage, agreement: Agreement, say: Say) -> None:
    """The office evaluates the query, publishes JSON, CSV and a page in `stage.out`, and attests to their hash.

    Raises:
        TermsMissing: the text does not settle what a plan needs.
        InputError: the text asks for more blocks than a demonstration makes.
        WriteFailed: a file cannot be written.
        FormulaMismatch: what was attested is not what the chain gives.
    """
    terms = report_terms(agreement.reading)
    if terms.last_block > MOST_BLOCKS:
        raise InputError(
            f"the report is up to block {terms.last_block}, and this chain is made to have {MOST_BLOCKS} at most: "
            "walk a text with earlier blocks"
        )
    tell_text(agreement, _told(terms), say)
    addresses = None
    if OF_CONTRACTS & set(terms.figures):
        addresses = deploy_network(stage)
        say(f"Figures of contracts are of a network that is deployed in blocks up to {stage.chain.head()}.")
    plan = report_plan(terms, stage.setting(agreement, [terms.office]))
    carried = Carried(stage, plan, [terms.office], Money(), say)
    carried.check(frozenset())
    carried.begin()
    _fill(stage, terms, say)
    evaluated = evaluate(stage.chain, query_of_terms(terms), addresses)
    _write(stage, evaluated, say)
    sent = carried.perform(_ATTEST, report_hash(evaluated), what="the report is published")
    carried.end()
    _recompute(stage, evaluated, addresses, sent, say)


def _fill(stage: Stage, terms: ReportTerms, say: Say) -> None:
    """Have the chain reach the last block of the report, with a few transfers on the way."""
    before = stage.chain.head()
    while stage.chain.head() < terms.last_block:
        if stage.chain.head() % 3:
            stage.owned.next_block(BLOCK_SECONDS)
        else:
            stage.send_all([(stage.key(terms.office).address, b"", 1)] * (1 + stage.chain.head() % 4))
    made = stage.chain.head() - before
    if made:
        say(f"{counted(made, 'block')} come, some with transfers; the latest is {stage.chain.head()}.")


def _write(stage: Stage, evaluated: Evaluated, say: Say) -> None:
    rows = rows_of(evaluated)
    say(f"The figures of blocks {evaluated.query.first_block} to {evaluated.query.last_block}:")
    for row in rows[:_SHOWN_ROWS]:
        at = "" if row.block is None else f" at block {row.block}"
        say(f"  {row.figure}, {row.measure}{at}: {row.value}{f' ({row.shown})' if row.shown else ''}")
    if len(rows) > _SHOWN_ROWS:
        say(f"  and {len(rows) - _SHOWN_ROWS} more")
    stage.out.mkdir(parents=True, exist_ok=True)
    files = {"report.json": report_json, "report.csv": report_csv, "report.html": report_html}
    for name, made in files.items():
        write_whole(stage.out / name, made(evaluated).decode())
    say(f"The report is written to {listed(str(stage.out / name) for name in files)}.")


def _recompute(stage: Stage, evaluated: Evaluated, addresses: Addresses | None, sent: Sent, say: Say) -> None:
    """Anyone computes the file anew, and finds the attested hash; a report that was changed is found out."""
    document: Any = from_json((stage.out / "report.json").read_bytes())
    difference = recompute(stage.chain, document, addresses)
    if difference is not None:
        raise FormulaMismatch(f"the report is not what the chain gives: {difference}")
    attested = next(each.values["evidence"] for each in sent.happenings if each.kind == "Performed")
    if bytes(attested) != report_hash(evaluated):
        raise FormulaMismatch(f"0x{bytes(attested).hex()} was attested, and the report's hash is another")
    say(f"Computed anew from the chain, the report is equal, and its hash is the attested 0x{attested.hex()}.")
    figure = next(iter(document["figures"].values()))
    measure, value = next(iter(figure.items()))
    figure[measure] = value + 1 if isinstance(value, int) else "0"
    changed = recompute(stage.chain, document, addresses)
    if changed is None:
        raise FormulaMismatch("a report with another figure was not found out")
    say(f"With one figure changed it is found out: {changed}.")


def _told(terms: ReportTerms) -> list[str]:
    return [
        f"{terms.office} publishes figures of blocks {terms.first_block} to {terms.last_block}",
        f"they are of {listed(terms.figures)}",
        f"the report is attested {when_words(terms.due, 'all have signed')}",
    ]
