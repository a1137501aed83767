"""`catalyst stake` and `catalyst vote`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from oracle.cli.environment import Command
from oracle.cli.options import chain_options, key_options, load_keys, max_fee_option, options
from oracle.engines.dpos.terms import DelegateTerms
from oracle.engines.pos.terms import StakeTerms
from oracle.errors import SettingsError
from oracle.settings import fee_wei

if TYPE_CHECKING:
    from oracle.engines.holder import HeldTerms, Holder

_STAKE, _VOTE = StakeTerms, DelegateTerms
_sending_options = options(chain_options, key_options, max_fee_option)
_NODE = click.IntRange(0)
_index_option = click.option("--index", "node", required=True, type=_NODE, help="The node.")
_amount_option = click.option("--amount", required=True, help="In coins, or in tokens where a token is staked.")
_part_option = click.option("--amount", required=True, help="In coins or tokens, or `all`.")


def _looker(engine: "type[HeldTerms]", rpc: str, deployments: Path) -> "Holder":
    from oracle.engines.holder import HolderOptions, open_holder

    return open_holder(HolderOptions(rpc, deployments, key=None, max_fee_wei=0), engine)


def _sender(
    engine: "type[HeldTerms]",
    *,
    rpc: str,
    deployments: Path,
    key_files: Sequence[Path],
    keystores: Sequence[Path],
    max_fee_gwei: float,
) -> "Holder":
    max_fee_wei = fee_wei("--max-fee-gwei", max_fee_gwei)
    keys = load_keys(key_files, keystores)
    if len(keys) != 1:
        raise SettingsError(f"{len(keys)} keys are given; give the one that sends, by --key-file or --keystore")
    from oracle.engines.holder import HolderOptions, open_holder

    return open_holder(HolderOptions(rpc, deployments, keys[0], max_fee_wei), engine)


@click.group()
def stake() -> None:
    """Stake of nodes under proof of stake."""


@stake.command(cls=Command)
@_sending_options
@_index_option
@_amount_option
def deposit(node: int, amount: str, **sender: Any) -> None:
    """Stake for a node, by its key. If a token is staked, exactly the amount is approved first.

    catalyst stake deposit --rpc URL --index 7 --amount 32 --key-file KEY
    """
    holder = _sender(_STAKE, **sender)
    from oracle.engines.pos.stake import deposit as run

    run(holder, node, amount, click.echo)


@stake.command("exit", cls=Command)
@_sending_options
@_index_option
@_part_option
def exit_(node: int, amount: str, **sender: Any) -> None:
    """Begin to take stake out. It stops counting two terms later, and can be withdrawn after the exit's delay.

    catalyst stake exit --rpc URL --index 7 --amount 32 --key-file KEY
    """
    holder = _sender(_STAKE, **sender)
    from oracle.engines.pos.stake import exit_stake

    exit_stake(holder, node, amount, click.echo)


@stake.command("withdraw", cls=Command)
@_sending_options
@_index_option
def withdraw_stake(node: int, **sender: Any) -> None:
    """Pay out an exit to the staker, once its delay is over.

    catalyst stake withdraw --rpc URL --index 7 --key-file KEY
    """
    holder = _sender(_STAKE, **sender)
    from oracle.engines.pos.stake import withdraw

    withdraw(holder, node, click.echo)


@stake.command("status", cls=Command)
@chain_options
@_index_option
def stake_status(node: int, rpc: str, deployments: Path) -> None:
    """Show what a node has staked, how much of it counts, and when an exit is due.

    catalyst stake status --rpc URL --index 7
    """
    holder = _looker(_STAKE, rpc, deployments)
    from oracle.engines.pos.stake import status

    status(holder, node, click.echo)


@click.group()
def vote() -> None:
    """Votes for delegates under delegated proof of stake."""


@vote.command(cls=Command)
@_sending_options
@_index_option
@_amount_option
def cast(node: int, amount: str, **sender: Any) -> None:
    """Lock an amount as votes for a node. If a token is locked, exactly the amount is approved first.

    catalyst vote cast --rpc URL --index 7 --amount 5 --key-file KEY
    """
    holder = _sender(_VOTE, **sender)
    from oracle.engines.dpos.votes import cast as run

    run(holder, node, amount, click.echo)


@vote.command(cls=Command)
@_sending_options
@_index_option
@_part_option
def revoke(node: int, amount: str, **sender: Any) -> None:
    """Take votes back. They stop counting two terms later, and can be withdrawn from then on.

    catalyst vote revoke --rpc URL --index 7 --amount 5 --key-file KEY
    """
    holder = _sender(_VOTE, **sender)
    from oracle.engines.dpos.votes import revoke as run

    run(holder, node, amount, click.echo)


@vote.command(cls=Command)
@_sending_options
@_index_option
@click.option("--to", "to_node", required=True, type=_NODE, help="The node that gets them.")
@_part_option
def move(node: int, to_node: int, amount: str, **sender: Any) -> None:
    """Move votes from the node of --index to another. They count there once they stop counting here.

    catalyst vote move --rpc URL --index 7 --to 9 --amount 5 --key-file KEY
    """
    holder = _sender(_VOTE, **sender)
    from oracle.engines.dpos.votes import move as run

    run(holder, node, to_node, amount, click.echo)


@vote.command("withdraw", cls=Command)
@_sending_options
def withdraw_votes(**sender: Any) -> None:
    """Pay out what the key took back, once it no longer counts.

    catalyst vote withdraw --rpc URL --key-file KEY
    """
    holder = _sender(_VOTE, **sender)
    from oracle.engines.dpos.votes import withdraw

    withdraw(holder, click.echo)


@vote.command(cls=Command)
@_sending_options
@_index_option
@click.option("--in-place-of", type=_NODE, help="A node with fewer votes to replace, if as many stand as can.")
def stand(node: int, in_place_of: int | None, **sender: Any) -> None:
    """Put a node up for election, by its key. A running `catalyst node` does so by itself.

    catalyst vote stand --rpc URL --index 7 --key-file KEY
    """
    holder = _sender(_VOTE, **sender)
    from oracle.engines.dpos.votes import stand as run

    run(holder, node, in_place_of, click.echo)


@vote.command("status", cls=Command)
@chain_options
@click.option("--index", "node", type=_NODE, help="A node: shows its votes, its turns, its jail.")
@click.option("--voter", help="Address of a voter: shows whom it votes for, and what leaves.")
def vote_status(node: int | None, voter: str | None, rpc: str, deployments: Path) -> None:
    """Show the state of a node, of a voter, or of both.

    catalyst vote status --rpc URL
    """
    if node is None and voter is None:
        raise SettingsError("give --index for a node, --voter for a voter, or both")
    from oracle.engines.dpos.votes import status, voter_address

    address = None if voter is None else voter_address(voter)
    status(_looker(_VOTE, rpc, deployments), node, address, click.echo)
