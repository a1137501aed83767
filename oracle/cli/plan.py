"""`catalyst plan`: from a text to a plan. What speaks to a chain is in `plan_chain.py`."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from oracle.cli import EXIT_DIFFERENT
from oracle.cli.environment import Command
from oracle.cli.options import json_option
from oracle.cli.paths import INPUT_FILE, INPUT_FOLDER, OUTPUT_FILE, OUTPUT_FOLDER
from oracle.cli.plan_amend import amend
from oracle.cli.plan_chain import CHAIN_COMMANDS
from oracle.errors import InputError, SettingsError
from oracle.output import write_whole
from oracle.plans.templates import TEMPLATES

if TYPE_CHECKING:
    from oracle.plans.paths import Checked
    from oracle.plans.reading.record import Record


@click.group()
def plan() -> None:
    """Agreements: read a text, make a plan of it, and carry it out by a contract."""


@plan.command(cls=Command)
@click.argument("file", type=INPUT_FILE)
@click.option("--template", type=click.Choice(TEMPLATES), help="The kind of agreement, if the text leaves it open.")
@click.option("--party", "parties", multiple=True, help="role=name, where the text does not tell; several.")
@click.option("--bundle", type=INPUT_FOLDER, help="The reader.  [default: the one in the package]")
@click.option("--reader", help="A language model as the reader: smollm2, a directory, or URL#MODEL.")
@click.option("--out", type=OUTPUT_FILE, help="File for the reading, which `answer` and `make` take.")
@json_option
def read(
    file: Path,
    template: str | None,
    parties: Sequence[str],
    bundle: Path | None,
    reader: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Read the text of an agreement: its terms, where they come from, and what it leaves open.

    The exit status is 0 if nothing is in doubt, and 1 if there are questions, or the text is not read at all.

    catalyst plan read sale.txt --out sale.reading.json
    """
    from oracle.cli.plan_readers import chosen_reader
    from oracle.plans.reading.read import read_agreement
    from oracle.plans.reading.record import Record, text_hash

    text = _text(file)
    reads, thresholds, model_hash = chosen_reader(reader, bundle)
    reading = read_agreement(text, reads, thresholds, template=template, parties=_pairs("--party", parties))
    record = Record(reading, text_hash(text), model_hash)
    _give(record, out, as_json=as_json)


@plan.command(cls=Command)
@click.argument("file", type=INPUT_FILE)
@click.argument("answers", nargs=-1, required=True)
@click.option("--out", type=OUTPUT_FILE, help="File for the reading with the answers.  [default: the same file]")
@json_option
def answer(file: Path, answers: Sequence[str], out: Path | None, as_json: bool) -> None:
    """Answer questions of a reading: term=value, the value as JSON or as words.

    catalyst plan answer sale.reading.json delivery_seconds=432000 carrier="Redfern Haulage"
    """
    from oracle.plans.reading.record import answered

    given = {term: _value(value) for term, value in _pairs("an answer", answers).items()}
    _give(answered(_record(file), given), out or file, as_json=as_json)


@plan.command(cls=Command)
@click.argument("file", type=INPUT_FILE)
@click.option("--token", help="Address of the ERC-20 that is deposited.")
@click.option("--decimals", type=click.IntRange(2, 36), help="Of the token, as its contract says; needed with --token.")
@click.option("--account", "accounts", multiple=True, required=True, help="name=address of each party.")
@click.option(
    "--join-days", type=click.IntRange(1, 365), default=7, show_default=True, help="Time to sign and deposit."
)
@click.option("--salt", type=click.IntRange(0), default=0, show_default=True, help="Tells equal agreements apart.")
@click.option("--out", type=OUTPUT_FILE, required=True, help="File for the plan.")
@json_option
def make(
    file: Path,
    token: str | None,
    decimals: int | None,
    accounts: Sequence[str],
    join_days: int,
    salt: int,
    out: Path,
    as_json: bool,
) -> None:
    """Make a plan of a reading that leaves nothing open. It is written only if the checker finds no fault.

    catalyst plan make sale.reading.json --token 0x… --decimals 6 --account "Ann=0x…" --out sale.plan.json
    """
    from oracle.plans.document import document_of, write_plan
    from oracle.plans.plan import DAY_SECONDS, NO_TOKEN
    from oracle.plans.reading.planned import plan_of_reading, sources_of
    from oracle.plans.terms import Setting

    if (token is None) != (decimals is None):
        raise SettingsError("--token and --decimals go together: give the address of the token, and its decimals")
    record = _record(file)
    setting = Setting(
        accounts=_pairs("--account", accounts),
        token=token or NO_TOKEN,
        now_seconds=int(time.time()),
        terms_hash=record.terms_hash,
        model_hash=record.model_hash,
        salt=salt,
        join_seconds=join_days * DAY_SECONDS,
        units_per_hundredth=10 ** ((decimals or 2) - 2),
    )
    made, names, accepted = plan_of_reading(record.reading, setting)
    checked = _checked(made, names, accepted)
    if not checked.faults:
        write_plan(out, document_of(made, names, sources_of(record.reading)))
    _tell(checked, as_json=as_json)
    if checked.faults:
        sys.exit(EXIT_DIFFERENT)


@plan.command(cls=Command)
@click.argument("file", type=INPUT_FILE)
@click.option("--accept", multiple=True, help="Code of a finding that the parties agree to; several.")
@json_option
def check(file: Path, accept: Sequence[str], as_json: bool) -> None:
    """Walk every path of a plan, and tell each fault as a story. The exit status is 1 if there is a fault.

    catalyst plan check sale.plan.json
    """
    from oracle.plans.document import plan_of, read_plan

    made, names = plan_of(read_plan(file))
    checked = _checked(made, names, frozenset(accept))
    _tell(checked, as_json=as_json)
    if checked.faults:
        sys.exit(EXIT_DIFFERENT)


@plan.command(cls=Command)
@click.argument("file", type=INPUT_FILE)
@click.option("--svg", type=OUTPUT_FILE, help="File for the picture of the state machine.")
@click.option("--mermaid", is_flag=True, help="Print it as a Mermaid diagram instead of words.")
@json_option
def show(file: Path, svg: Path | None, mermaid: bool, as_json: bool) -> None:
    """Tell a plan in words, or draw it.

    catalyst plan show sale.plan.json --svg sale.svg
    """
    from oracle.plans import drawing
    from oracle.plans.document import plan_of, read_plan

    document = read_plan(file)
    made, names = plan_of(document)
    if svg is not None:
        write_whole(svg, drawing.svg(made, names, dict(document.sources or {})))
    if as_json:
        told = {"sentences": drawing.story(made, names), "mermaid": drawing.mermaid(made, names)}
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
    elif mermaid:
        click.echo(drawing.mermaid(made, names))
    elif svg is None:
        for sentence in drawing.story(made, names):
            click.echo(sentence)


@plan.command(cls=Command)
def schema() -> None:
    """Print the JSON schema of the files of plans.

    catalyst plan schema plan
    """
    from oracle.plans import document

    click.echo(json.dumps(document.schema(), indent=1))


@plan.command(cls=Command)
@click.argument("template", type=click.Choice(TEMPLATES))
@click.option("--chain", type=click.Choice(["eth-tester", "anvil"]), default="eth-tester", show_default=True)
@click.option("--out", type=OUTPUT_FOLDER, default=Path("build/plans"), show_default=True, help="Folder for results.")
@json_option
def demo(template: str, chain: str, out: Path, as_json: bool) -> None:
    """Go from an example text to a settled contract, on a chain that the command starts.

    catalyst plan demo logistics
    """
    from oracle.lab.agreements.demo import demo as run
    from oracle.plans.bundle import load_reader
    from oracle.plans.reading.read import read_agreement

    loaded = load_reader()
    told: list[str] = []
    run(
        template,
        chain=chain,
        out=out,
        say=told.append if as_json else click.echo,
        read=lambda text: read_agreement(text, loaded.reader, loaded.thresholds),
    )
    if as_json:
        click.echo(json.dumps({"template": template, "chain": chain, "said": told}, indent=1, ensure_ascii=False))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is no text in UTF-8: save it as plain text, or give another file") from error


def _pairs(what: str, given: Sequence[str]) -> dict[str, str]:
    found = {}
    for each in given:
        name, sign, value = each.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise SettingsError(f"{what} is given as name=value, not as {each!r}")
        found[name.strip()] = value.strip()
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _record(file: Path) -> "Record":
    from oracle.plans.reading.record import record_of

    try:
        raw = json.loads(_text(file))
    except ValueError as error:
        raise InputError(f"{file} is no JSON: {error}") from error
    return record_of(raw, str(file))


def _give(record: "Record", out: Path | None, *, as_json: bool) -> None:
    written = json.dumps(record.as_json(), indent=1, ensure_ascii=False, default=str) + "\n"
    if out is not None:
        write_whole(out, written)
    if as_json:
        click.echo(written, nl=False)
    else:
        _say_reading(record)
    if not record.reading.is_offered:
        sys.exit(EXIT_DIFFERENT)


def _say_reading(record: "Record") -> None:
    reading = record.reading
    for refusal in reading.refusals:
        click.echo(f"not read: {refusal}")
    if reading.template is not None:
        click.echo(f"agreement: {reading.template}")
    if isinstance(reading.parties, dict):
        for role, name in reading.parties.items():
            click.echo(f"  {role:20} {name}")
    for term, value in reading.terms.items():
        click.echo(f"  {term:20} {value}")
        for sentence in reading.sources.get(term, ()):
            click.echo(f"  {'':20} “{sentence}”")
    for question in reading.questions:
        click.echo(f"? {question.term}: {question.words}")
        for sentence in question.sentences:
            click.echo(f"    “{sentence}”")
    if reading.is_offered:
        click.echo("nothing is open")


def _checked(made: Any, names: Sequence[str], accepted: frozenset[str]) -> "Checked":
    from oracle.plans.paths import check_paths

    return check_paths(made, tuple(names), int(time.time()), accepted=accepted)


def _tell(checked: "Checked", *, as_json: bool) -> None:
    if as_json:
        findings = [
            {"code": each.code, "severity": each.severity, "sentence": each.sentence, "story": list(each.story)}
            for each in checked.findings
        ]
        click.echo(json.dumps({"states": checked.states, "ends": len(checked.ends), "findings": findings}, indent=1))
        return
    for finding in checked.findings:
        click.echo(f"{finding.severity} {finding.code}: {finding.sentence}")
        for sentence in finding.story:
            click.echo(f"    {sentence}")
    click.echo(f"{checked.states} states, {len(checked.ends)} ends, {len(checked.faults)} faults")


for _command in (*CHAIN_COMMANDS, amend):
    plan.add_command(_command)
