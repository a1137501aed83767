"""`catalyst plan amend`: all parties replace a plan that has not ended by another one."""

import difflib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from oracle.cli import EXIT_DIFFERENT
from oracle.cli.book import book_at, joinings_in, one_key, plan_in, said, signed_into
from oracle.cli.environment import Command
from oracle.cli.options import chain_options, json_option, key_options, max_fee_option, options
from oracle.cli.paths import INPUT_FILE, OUTPUT_FILE
from oracle.errors import InputError

if TYPE_CHECKING:
    from oracle.plans.plan import Plan

_plans = options(click.argument("file", type=INPUT_FILE), click.argument("changed", type=INPUT_FILE))


@click.group()
def amend() -> None:
    """Replace a plan that has not ended, signed by all its parties.

    Change a copy of the plan's file: the replacement begins at its first step, its times count from the amendment, and
    it takes over what the parties hold. Give it a new join_by_seconds if the old one is over. Parties and token stay.
    """


@amend.command(cls=Command)
@_plans
@options(chain_options, json_option)
@click.option("--accept", multiple=True, help="Code of a finding that the parties agree to; several.")
def show(file: Path, changed: Path, accept: Sequence[str], rpc: str, deployments: Path, as_json: bool) -> None:
    """Tell where a plan stands, and what another one in its place would change. Exit status 1 if it has a fault.

    catalyst plan amend show sale.plan.json later.plan.json --rpc URL
    """
    from oracle.plans.drawing import story
    from oracle.plans.paths import check_paths
    from oracle.plans.signing import plan_id

    made, replacement, names = _both(file, changed)
    book = book_at(rpc, deployments)
    standing = book.standing(plan_id(made))
    lines = difflib.ndiff(story(made, names), story(replacement, names))
    changes = [line.rstrip("\n") for line in lines if line[:2] in ("- ", "+ ")]
    now_seconds = book.chain.timestamp(book.chain.head())
    checked = check_paths(replacement, names, now_seconds, accepted=frozenset(accept))
    findings = [{"code": each.code, "severity": each.severity, "sentence": each.sentence} for each in checked.findings]
    if as_json:
        status = standing.status.name.lower()
        told = {"status": status, "step": standing.step + 1, "changes": changes, "findings": findings}
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        click.echo(f"the plan is {standing.status.name.lower()}")
        for line in changes or ["no step changes"]:
            click.echo(line)
        for each in findings:
            click.echo(f"{each['severity']} {each['code']}: {each['sentence']}")
    if checked.faults:
        sys.exit(EXIT_DIFFERENT)


@amend.command(cls=Command)
@_plans
@options(chain_options, key_options, json_option)
@click.option("--permit", is_flag=True, help="Sign a permit of the token for what the deposit lacks too.")
@click.option("--out", type=OUTPUT_FILE, required=True, help="File for the signature, to be sent to the others.")
def sign(
    file: Path,
    changed: Path,
    permit: bool,
    out: Path,
    rpc: str,
    deployments: Path,
    as_json: bool,
    key_files: Sequence[Path],
    keystores: Sequence[Path],
) -> None:
    """Sign, as a party, that a plan is replaced where it stands now; nothing is sent. Good for this step alone.

    catalyst plan amend sign sale.plan.json later.plan.json --rpc URL --key-file BUYER --out buyer.json
    """
    from oracle.agreements.erc20 import Erc20
    from oracle.agreements.signatures import party_of, sign_amendment, sign_permit
    from oracle.plans.plan import Status
    from oracle.plans.signing import plan_id

    made, replacement, _ = _both(file, changed)
    book, key = book_at(rpc, deployments), one_key(key_files, keystores)
    party, standing = party_of(made, key), book.standing(plan_id(made))
    if standing.status is Status.UNKNOWN or standing.status.has_ended:
        raise InputError(f"the plan in {file} is {standing.status.name.lower()} on the chain: amend one that goes on")
    allowed = None
    if permit:
        lacking = max(replacement.deposits[party] - book.held(made)[party], 0)
        terms = Erc20(book.chain, made.token).permit_terms(key.address)
        allowed = sign_permit(terms, key, book.place.contract, lacking, replacement.join_by_seconds)
    signed = sign_amendment(made, standing.step, replacement, key, book.place, allowed)
    signed_into(out, signed, key.address, as_json=as_json)


@amend.command(cls=Command)
@_plans
@options(chain_options, key_options, max_fee_option, json_option)
@click.option("--signature", "signatures", multiple=True, required=True, type=INPUT_FILE, help="What `sign` wrote.")
def submit(
    file: Path,
    changed: Path,
    signatures: Sequence[Path],
    rpc: str,
    deployments: Path,
    as_json: bool,
    **keys: Any,
) -> None:
    """Replace a plan on the chain, once all its parties have signed. Anyone may send it.

    catalyst plan amend submit sale.plan.json later.plan.json --signature buyer.json … --rpc URL --key-file KEY
    """
    from oracle.plans.signing import plan_id

    made, replacement, _ = _both(file, changed)
    book = book_at(rpc, deployments, keys)
    sent = book.amend(made, replacement, joinings_in(signatures))
    said(sent, as_json=as_json, plan=f"0x{plan_id(replacement).hex()}")


def _both(file: Path, changed: Path) -> "tuple[Plan, Plan, tuple[str, ...]]":
    """A plan, the one in its place, and the names of the parties that both have.

    Raises:
        InputError: they are equal, or of other parties or another token.
    """
    (made, names), (replacement, others) = plan_in(file), plan_in(changed)
    if made == replacement:
        raise InputError(f"{changed} holds the same plan as {file}: change what the amendment is to change")
    if (made.parties, made.token, names) != (replacement.parties, replacement.token, others):
        raise InputError(
            f"{changed} has other parties or another token than {file}, and an amendment keeps both: propose a new plan"
        )
    return made, replacement, names
