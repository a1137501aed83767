"""What commands about plans on a chain share: the plan of a file, the book, one key, and what was sent in words."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from oracle.cli.options import load_keys
from oracle.errors import SettingsError
from oracle.output import write_whole
from oracle.settings import fee_wei

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from oracle.agreements.book import PlanBookClient
    from oracle.agreements.sending import Sender, Sent
    from oracle.agreements.signatures import Attestation, Joining
    from oracle.agreements.words import PlanWords
    from oracle.chain.connection import Chain
    from oracle.plans.plan import Plan


def plan_in(file: Path) -> "tuple[Plan, tuple[str, ...]]":
    """The plan of a file, and the names of its parties."""
    from oracle.plans.document import plan_of, read_plan

    return plan_of(read_plan(file))


def book_at(rpc: str, deployments: Path, keys: dict[str, Any] | None = None) -> "PlanBookClient":
    """The book of the deployment; it can send where keys are given."""
    from oracle.agreements.book import PlanBookClient
    from oracle.agreements.deployment import agreements_path, read_agreements
    from oracle.chain.connection import connect

    chain = connect(rpc)
    contracts = read_agreements(chain, agreements_path(deployments, chain))
    return PlanBookClient(chain, contracts.book, None if keys is None else sender(chain, **keys))


def sender(chain: "Chain", *, key_files: Sequence[Path], keystores: Sequence[Path], max_fee_gwei: float) -> "Sender":
    """What sends, by the one key that is given."""
    from oracle.agreements.sending import Sender

    return Sender(chain, one_key(key_files, keystores), max_fee_wei=fee_wei("--max-fee-gwei", max_fee_gwei))


def one_key(key_files: Sequence[Path], keystores: Sequence[Path]) -> "LocalAccount":
    """The one key that is given."""
    keys = load_keys(key_files, keystores)
    if len(keys) != 1:
        raise SettingsError(f"{len(keys)} keys are given; give one, by --key-file or --keystore")
    return keys[0]


def joinings_in(files: Sequence[Path]) -> list[Any]:
    """Signatures of parties, as `sign` wrote them."""
    from oracle.agreements.received import joining_of

    return [joining_of(json_in(each)) for each in files]


def json_in(file: Path) -> Any:
    """The JSON of a file."""
    from pydantic_core import from_json

    try:
        return from_json(file.read_bytes())  # bounds its depth itself; json would follow any nesting off the stack
    except ValueError as error:
        raise SettingsError(f"{file} is no JSON: {error}") from error


def evidence_hash(file: Path | None) -> bytes:
    """The keccak of a file's bytes; 32 zeros without one."""
    from eth_hash.auto import keccak

    return bytes(32) if file is None else bytes(keccak(file.read_bytes()))


def words_of(made: "Plan", names: tuple[str, ...], chain: "Chain") -> "PlanWords":
    """How a plan is spoken of, its amounts as its token writes them."""
    from oracle.agreements.words import PlanWords, units
    from oracle.chain.stake_token import StakeToken
    from oracle.plans.plan import NO_TOKEN

    shown = units if made.token == NO_TOKEN else StakeToken(chain, made.token).shown
    return PlanWords(made, names, shown)


def said(sent: "Sent", *, as_json: bool, **more: str) -> None:
    """Tell what a call did; `more` goes ahead of it, by name."""
    transaction = f"0x{bytes(sent.transaction_hash).hex()}"
    if as_json:
        events = [{"kind": each.kind, "values": plain(each.values)} for each in sent.happenings]
        found = {**more, "block": sent.block, "gas": sent.gas, "transaction": transaction, "events": events}
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
        return
    for name, value in more.items():
        click.echo(f"{name} {value}")
    click.echo(f"in block {sent.block}, for {sent.gas:,} gas, by transaction {transaction}")
    for happening in sent.happenings:
        click.echo(f"  {happening.kind}")


def plain(value: Any) -> Any:
    """What an event holds, as JSON has it: bytes in hexadecimal, and a plan by its id."""
    from oracle.plans.plan import Plan
    from oracle.plans.signing import plan_id

    if isinstance(value, Plan):
        return "0x" + plan_id(value).hex()
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if hasattr(value, "items"):
        return {str(name): plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def signed_into(out: Path, signed: "Joining | Attestation", address: str, *, as_json: bool) -> None:
    """Write what a key signed, to be sent to the others."""
    content = json.dumps(signed.as_json(), indent=1) + "\n"
    write_whole(out, content)
    if as_json:
        click.echo(json.dumps({"signer": address, "signed": signed.as_json()}, indent=1))
    else:
        click.echo(f"{address} signed; send {out} to who sends the call")
