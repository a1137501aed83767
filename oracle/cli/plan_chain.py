"""`catalyst plan` on a chain: deploy, propose, sign, join, perform, refuse, divide, timeout, withdraw, watch."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from oracle.cli.book import (
    book_at,
    evidence_hash,
    joinings_in,
    json_in,
    one_key,
    plain,
    plan_in,
    said,
    sender,
    signed_into,
    words_of,
)
from oracle.cli.environment import Command
from oracle.cli.options import chain_options, json_option, key_options, max_fee_option, options
from oracle.cli.paths import INPUT_FILE, OUTPUT_FILE
from oracle.errors import SettingsError

if TYPE_CHECKING:
    from oracle.agreements.watch import Notice

_sending = options(chain_options, key_options, max_fee_option, json_option)
_file = click.argument("file", type=INPUT_FILE)
_step = click.option("--step", type=click.IntRange(1, 16), required=True, help="Number of the step, from 1.")
_evidence = click.option("--evidence", type=INPUT_FILE, help="File whose keccak256 is the evidence.")
_REST_SECONDS = 3


@click.command("deploy", cls=Command)
@_sending
@click.option("--with-money", is_flag=True, help="Deploy a worthless token too, to try things out.")
def deploy_contracts(with_money: bool, rpc: str, deployments: Path, as_json: bool, **keys: Any) -> None:
    """Deploy PlanBook and Clearing, and write their record into the folder of deployments.

    catalyst plan deploy --rpc URL --key-file KEY
    """
    from oracle.agreements.deployment import agreements_path, deploy_agreements
    from oracle.chain.connection import connect

    chain = connect(rpc)
    deployed = deploy_agreements(sender(chain, **keys), agreements_path(deployments, chain), with_money=with_money)
    if as_json:
        click.echo(json.dumps({"PlanBook": deployed.book, "Clearing": deployed.clearing, "money": deployed.money}))
        return
    click.echo(f"PlanBook  {deployed.book}")
    click.echo(f"Clearing  {deployed.clearing}")
    if deployed.money is not None:
        click.echo(f"money     {deployed.money}")


@click.command(cls=Command)
@_file
@_sending
@click.option("--signature", "signatures", multiple=True, type=INPUT_FILE, help="What `sign` wrote; several.")
def propose(file: Path, signatures: Sequence[Path], rpc: str, deployments: Path, as_json: bool, **keys: Any) -> None:
    """Make a plan known on the chain; with signatures, have these parties join at once.

    catalyst plan propose sale.plan.json --rpc URL --key-file KEY
    """
    (made, _), book = plan_in(file), book_at(rpc, deployments, keys)
    plan_id, sent = book.propose(made, joinings_in(signatures))
    said(sent, as_json=as_json, plan=f"0x{plan_id.hex()}")


@click.command(cls=Command)
@_file
@options(chain_options, key_options, json_option)
@click.option("--permit", is_flag=True, help="Sign a permit of the token for the deposit too.")
@click.option("--out", type=OUTPUT_FILE, required=True, help="File for the signature, to be sent to the others.")
def sign(
    file: Path,
    permit: bool,
    out: Path,
    rpc: str,
    deployments: Path,
    as_json: bool,
    key_files: Sequence[Path],
    keystores: Sequence[Path],
) -> None:
    """Sign a plan as one of its parties; nothing is sent.

    catalyst plan sign sale.plan.json --rpc URL --key-file BUYER --permit --out buyer.json
    """
    from oracle.agreements.erc20 import Erc20
    from oracle.agreements.signatures import party_of, sign_permit, sign_plan

    (made, _), book = plan_in(file), book_at(rpc, deployments)
    key = one_key(key_files, keystores)
    allowed = None
    if permit:
        terms = Erc20(book.chain, made.token).permit_terms(key.address)
        deposit = made.deposits[party_of(made, key)]
        allowed = sign_permit(terms, key, book.place.contract, deposit, made.join_by_seconds)
    signed_into(out, sign_plan(made, key, book.place, allowed), key.address, as_json=as_json)


@click.command(cls=Command)
@_file
@_sending
@click.option("--signature", "signatures", multiple=True, required=True, type=INPUT_FILE, help="What `sign` wrote.")
def join(file: Path, signatures: Sequence[Path], rpc: str, deployments: Path, as_json: bool, **keys: Any) -> None:
    """Have parties join by their signatures: their deposits are drawn.

    catalyst plan join sale.plan.json --signature buyer.json --rpc URL --key-file KEY
    """
    (made, _), book = plan_in(file), book_at(rpc, deployments, keys)
    said(book.join(made, joinings_in(signatures)), as_json=as_json)


@click.command(cls=Command)
@_file
@_sending
@_step
@_evidence
@click.option("--attestation", "attestations", multiple=True, type=INPUT_FILE, help="What `attest` wrote; several.")
def perform(
    file: Path,
    step: int,
    evidence: Path | None,
    attestations: Sequence[Path],
    rpc: str,
    deployments: Path,
    as_json: bool,
    **keys: Any,
) -> None:
    """Do the present step, as its actor.

    catalyst plan perform sale.plan.json --step 1 --evidence note.pdf --rpc URL --key-file CARRIER
    """
    from oracle.agreements.received import attestation_of

    (made, _), book = plan_in(file), book_at(rpc, deployments, keys)
    seen = [attestation_of(json_in(each)) for each in attestations]
    said(book.perform(made, step - 1, evidence_hash(evidence), seen), as_json=as_json)


@click.command(cls=Command)
@_file
@options(chain_options, key_options, json_option)
@_step
@_evidence
@click.option("--out", type=OUTPUT_FILE, required=True, help="File for the attestation.")
def attest(
    file: Path,
    step: int,
    evidence: Path | None,
    out: Path,
    rpc: str,
    deployments: Path,
    as_json: bool,
    key_files: Sequence[Path],
    keystores: Sequence[Path],
) -> None:
    """Sign, as a witness, that a step was done as the evidence shows; nothing is sent.

    catalyst plan attest well.plan.json --step 1 --evidence photo.jpg --key-file REVIEWER --rpc URL --out ana.json
    """
    from oracle.agreements.signatures import sign_attestation

    (made, _), book = plan_in(file), book_at(rpc, deployments)
    key = one_key(key_files, keystores)
    signed = sign_attestation(made, step - 1, evidence_hash(evidence), key, book.place)
    signed_into(out, signed, key.address, as_json=as_json)


@click.command(cls=Command)
@_file
@_sending
@_step
def refuse(file: Path, step: int, rpc: str, deployments: Path, as_json: bool, **keys: Any) -> None:
    """Refuse the present step, as its actor.

    catalyst plan refuse sale.plan.json --step 2 --rpc URL --key-file BUYER
    """
    (made, _), book = plan_in(file), book_at(rpc, deployments, keys)
    said(book.refuse(made, step - 1), as_json=as_json)


@click.command(cls=Command)
@_file
@click.argument("shares", nargs=-1, required=True)
@_sending
def divide(file: Path, shares: Sequence[str], rpc: str, deployments: Path, as_json: bool, **keys: Any) -> None:
    """Divide what is held after a dispute, as the arbiter: name=units of each party that gets any.

    catalyst plan divide sale.plan.json Ann=40000 Bob=80000 --rpc URL --key-file ARBITER
    """
    (made, names), book = plan_in(file), book_at(rpc, deployments, keys)
    given = dict.fromkeys(names, 0)
    for each in shares:
        name, _, units = each.partition("=")
        if name not in given or not (units.isascii() and units.isdigit()):
            raise SettingsError(f"a share is name=units, of one of {', '.join(names)}, and not {each!r}")
        given[name] = int(units)
    said(book.divide(made, list(given.values())), as_json=as_json)


@click.command(cls=Command)
@_file
@_sending
def timeout(file: Path, rpc: str, deployments: Path, as_json: bool, **keys: Any) -> None:
    """Pass what is over: the present step, the dispute, or the joining. Anyone may.

    catalyst plan timeout sale.plan.json --rpc URL --key-file KEY
    """
    from oracle.plans.signing import plan_id

    (made, _), book = plan_in(file), book_at(rpc, deployments, keys)
    said(book.timeout(made, book.standing(plan_id(made)).step), as_json=as_json)


@click.command(cls=Command)
@_file
@_sending
@click.option("--to", help="Address that is paid.  [default: that of the key]")
def withdraw(file: Path, to: str | None, rpc: str, deployments: Path, as_json: bool, **keys: Any) -> None:
    """Pay out what plans in this token have credited to the key.

    catalyst plan withdraw sale.plan.json --rpc URL --key-file SELLER
    """
    (made, _), book = plan_in(file), book_at(rpc, deployments, keys)
    said(book.withdraw(made.token, to), as_json=as_json)


@click.command(cls=Command)
@_file
@options(chain_options, json_option)
def watch(file: Path, rpc: str, deployments: Path, as_json: bool) -> None:
    """Follow a plan to its end: what happens, what is due next, by whom and until when.

    catalyst plan watch sale.plan.json --rpc URL
    """
    from oracle.agreements.watch import follow

    made, names = plan_in(file)
    book = book_at(rpc, deployments)
    for notice in follow(book, words_of(made, names, book.chain), rest=lambda: time.sleep(_REST_SECONDS)):
        click.echo(json.dumps(_notice(notice), ensure_ascii=False) if as_json else notice.words)


def _notice(notice: "Notice") -> dict[str, Any]:
    """One line of `watch --json`."""
    found: dict[str, Any] = {"time": notice.time_seconds, "words": notice.words}
    if notice.happening is not None:
        found["event"] = {"kind": notice.happening.kind, "values": plain(notice.happening.values)}
    if notice.due is not None:
        found["due"] = {"parties": list(notice.due.parties), "until": notice.due.until_seconds}
    return found


CHAIN_COMMANDS = (deploy_contracts, propose, sign, join, perform, attest, refuse, divide, timeout, withdraw, watch)
