"""Options that several commands share."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from oracle.cli.paths import INPUT_FILE, INPUT_FOLDER
from oracle.engines.registry import ENGINES
from oracle.errors import SettingsError
from oracle.settings import PASSWORD_VARIABLE, keystore_password

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

F = TypeVar("F", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)
DEFAULT_PORT = 8460
SEED = click.IntRange(0, 2**63 - 1)
UINT32 = click.IntRange(1, 2**32 - 1)  # what the contracts hold seconds in


def options(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, in the order given."""

    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


def engine_option(says: str) -> Callable[[F], F]:
    """`--engine`, one of those that there are."""
    return click.option("--engine", type=click.Choice(list(ENGINES)), default="pow", show_default=True, help=says)


json_option = click.option("--json", "as_json", is_flag=True, help="Print data instead of words.")
deployments_option = click.option(
    "--deployments", type=PATH, default=Path("deployments"), show_default=True, help="Folder or file."
)
chain_options = options(
    click.option("--rpc", required=True, help="JSON-RPC URL of the node."),
    deployments_option,
)
key_options = options(
    click.option(
        "--key-file", "key_files", multiple=True, type=INPUT_FILE, help="File with one private key in hexadecimal."
    ),
    click.option(
        "--keystore",
        "keystores",
        multiple=True,
        type=INPUT_FILE,
        help=f"Encrypted keystore; its password is read from {PASSWORD_VARIABLE}.",
    ),
)
signer_options = options(
    click.option("--signer", help="URL of a Web3Signer in eth1 mode, which signs by keys that it holds."),
    click.option(
        "--signer-address", "signer_addresses", multiple=True, help="Address of a key there; once for each to use."
    ),
)
bundle_options = options(
    click.option("--bundle", type=INPUT_FOLDER, help="Policy bundle.  [default: the one in the package]"),
    click.option("--encoder", help="Encoder directory or hub name.  [default: what the bundle was made with]"),
)
http_options = options(
    click.option("--host", default="127.0.0.1", show_default=True, help="Address of the HTTP API."),
    click.option(
        "--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535), help="0: a free one."
    ),
)
workers_option = click.option(
    "--workers",
    help="Number of processes; ray or ray=HOST:PORT for a Ray cluster.  [default: one on each core, at most 8]",
)
max_fee_option = click.option(
    "--max-fee-gwei", default=100.0, show_default=True, help="Most that a transaction bids per gas."
)
threshold_option = click.option(
    "--threshold", default=2, show_default=True, help="Signatures a report needs: more than half."
)
training_encoder_option = click.option(
    "--encoder", help="Encoder package, directory or hub name.  [default: the packaged MiniLM]"
)
training_seed_option = click.option(
    "--seed", default=7, show_default=True, type=SEED, help="Decides data and initial weights."
)


def recorded_blocks_option(*, default: str) -> Callable[[F], F]:
    """Files of recorded blocks, and what there is where none is given."""
    return click.option(
        "--blocks",
        "blocks_files",
        multiple=True,
        required=default == "required",
        type=INPUT_FILE,
        help=f"Recorded blocks: lines of eth_getBlockByNumber(n, true).  [{default}]",
    )


def nodes_option(most: int) -> Callable[[F], F]:
    """How many nodes are registered."""
    return click.option(
        "--nodes", default=100, show_default=True, type=click.IntRange(1, most), help="Nodes to register."
    )


def phi_option(*choices: str) -> Callable[[F], F]:
    """Who sets phi, for `who_sets_phi`."""
    return click.option(
        "--phi",
        type=click.Choice(choices),
        help="Who sets φ: the model's policy (oracle), or classical feedback.  [default: oracle]",
    )


def who_sets_phi(phi: str | None, *model_options: object) -> str:
    """What `--phi` says; the model's policy where it is left out.

    Raises:
        SettingsError: a model is given, and another is to set phi.
    """
    is_model_given = any(option is not None for option in model_options)
    if is_model_given and phi not in (None, "oracle"):
        raise SettingsError(f"--phi {phi} reads no model: leave out either that or the options of the model")
    return phi or "oracle"


def load_keys(key_files: Sequence[Path], keystores: Sequence[Path]) -> "list[LocalAccount]":
    """The keys of all files, then those of all keystores, in the order given."""
    if not key_files and not keystores:
        return []
    from oracle.chain.keys import load_key_file, load_keystore

    password = keystore_password()
    return [load_key_file(path) for path in key_files] + [load_keystore(path, password) for path in keystores]
