"""The command line: `catalyst local`, `oracle`, `deploy`, `train`, `node`, `network`, `compare`, `bench`."""

import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from eth_account.signers.local import LocalAccount

from oracle import __version__
from oracle.chain.keys import load_key_file, load_keystore
from oracle.chain.redact import configure_logging, redact
from oracle.errors import CatalystError, InputError, SettingsError
from oracle.settings import ENVIRONMENT_PREFIX, PASSWORD_VARIABLE, keystore_password, refuse_unknown_variables

F = TypeVar("F", bound=Callable[..., Any])

EXIT_INPUT = 2
EXIT_FAILED = 1
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143
_PATH = click.Path(path_type=Path)
_DEFAULT_PORT = 8460
# Commands that show their own progress; the others are followed by their log.
_QUIET = ("local", "bench", "network", "compare")
_SEED = click.IntRange(0, 2**63 - 1)
_UINT32 = click.IntRange(1, 2**32 - 1)  # what the contracts hold seconds in


def _options(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, in the order given."""

    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


_key_options = _options(
    click.option(
        "--key-file", "key_files", multiple=True, type=_PATH, help="File with one private key in hexadecimal."
    ),
    click.option(
        "--keystore",
        "keystores",
        multiple=True,
        type=_PATH,
        help=f"Encrypted keystore; its password is read from {PASSWORD_VARIABLE}.",
    ),
)
_bundle_options = _options(
    click.option("--bundle", type=_PATH, help="Policy bundle.  [default: the one in the package]"),
    click.option("--encoder", help="Encoder directory or hub name.  [default: what the bundle was made with]"),
)
_http_options = _options(
    click.option("--host", default="127.0.0.1", show_default=True, help="Address of the HTTP API."),
    click.option(
        "--port", default=_DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535), help="0: a free one."
    ),
)
_committee_options = _options(
    click.option("--nodes", default=100, show_default=True, type=click.IntRange(1, 10_000), help="Nodes to register."),
    click.option("--threshold", default=2, show_default=True, help="Signatures a report needs."),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option("-v", "--verbose", is_flag=True, help="Log more.")
@click.pass_context
def cli(context: click.Context, verbose: bool) -> None:
    """Adaptive consensus: consensus parameters that follow the chain's traffic, by signed oracle reports.

    Every option can be set by an environment variable: CATALYST_<COMMAND>_<OPTION>, several files separated by colons.
    """
    usual = logging.WARNING if context.invoked_subcommand in _QUIET else logging.INFO
    configure_logging(logging.DEBUG if verbose else usual)
    refuse_unknown_variables(os.environ, _VARIABLES)


@cli.command()
@click.option("--chain", type=click.Choice(["eth-tester", "anvil"]), default="eth-tester", show_default=True)
@click.option("--rpc", help="A running JSON-RPC node in place of --chain; needs --key-file or --keystore.")
@_key_options
@click.option("--deployments", type=_PATH, default=Path("deployments"), show_default=True, help="Folder, with --rpc.")
@_committee_options
@click.option("--committee", default=3, show_default=True, help="Operators.")
@click.option("--epochs", default=5, show_default=True, type=click.IntRange(1), help="Reports to apply.")
@click.option(
    "--epoch-blocks", default=4, show_default=True, type=click.IntRange(2), help="Blocks from report to report."
)
@click.option("--seed", default=1, show_default=True, type=_SEED, help="Decides traffic, keys and block intervals.")
@click.option("--blocks", "blocks_file", type=_PATH, help="Replay recorded blocks (.jsonl or .jsonl.gz).")
@_bundle_options
@click.option("--json", "json_file", type=_PATH, help="Write the epochs as JSON.")
@click.option("--serve", is_flag=True, help="Serve page and API, and keep going.")
@_http_options
def local(
    key_files: Sequence[Path],
    keystores: Sequence[Path],
    bundle: Path | None,
    chain: str,
    rpc: str | None,
    deployments: Path,
    nodes: int,
    committee: int,
    threshold: int,
    epochs: int,
    epoch_blocks: int,
    seed: int,
    blocks_file: Path | None,
    encoder: str | None,
    json_file: Path | None,
    serve: bool,
    host: str,
    port: int,
) -> None:
    """Run it all: chain, contracts, traffic, oracle, checks."""
    # Imported here, as in the other commands: torch and py-evm take seconds that `--help` need not wait for.
    from oracle.local.run import LocalOptions, run_local
    from oracle.model.bundle import DEFAULT_BUNDLE

    keys = _load_keys(key_files, keystores)
    run_local(
        LocalOptions(
            chain=chain,
            rpc=rpc,
            deployer=keys[0] if keys else None,
            deployments=deployments,
            nodes=nodes,
            committee=committee,
            threshold=threshold,
            epochs=epochs,
            epoch_blocks=epoch_blocks,
            seed=seed,
            blocks_file=blocks_file,
            bundle=bundle or DEFAULT_BUNDLE,
            encoder=encoder,
            json_file=json_file,
            serve=serve,
            host=host,
            port=port,
        )
    )


@cli.command()
@click.option("--rpc", required=True, help="JSON-RPC URL of the node.")
@click.option("--deployments", type=_PATH, default=Path("deployments"), show_default=True, help="Folder or file.")
@_key_options
@_bundle_options
@click.option("--epoch-blocks", type=int, help="Report every so many blocks.")
@click.option("--epoch-seconds", type=int, help="Report every so many seconds of chain time instead.")
@click.option("--depth", default=6, show_default=True, help="Blocks below the head that count as settled.")
@click.option("--capacity", required=True, type=int, help="Transactions of a block at θ = 1.")
@click.option("--deadline-seconds", default=600, show_default=True, help="Life of a report.")
@click.option("--poll-seconds", default=1.0, show_default=True, help="How often the head is looked at.")
@click.option("--max-fee-gwei", default=100.0, show_default=True, help="Most a report's transaction bids per gas.")
@click.option("--state", type=_PATH, default=Path("oracle.sqlite"), show_default=True, help="Journal.")
@_http_options
def oracle(
    rpc: str,
    deployments: Path,
    key_files: Sequence[Path],
    keystores: Sequence[Path],
    bundle: Path | None,
    encoder: str | None,
    epoch_blocks: int | None,
    epoch_seconds: int | None,
    depth: int,
    capacity: int,
    deadline_seconds: int,
    poll_seconds: float,
    max_fee_gwei: float,
    state: Path,
    host: str,
    port: int,
) -> None:
    """Run the oracle as a daemon against a running chain.

    The first key given pays for transactions; those that are operators sign.
    """
    from oracle.model.bundle import DEFAULT_BUNDLE
    from oracle.service.process import DaemonOptions, run_daemon
    from oracle.settings import OracleSettings

    settings = OracleSettings(
        epoch_blocks=epoch_blocks,
        epoch_seconds=epoch_seconds,
        depth_blocks=depth,
        capacity_transactions=capacity,
        deadline_seconds=deadline_seconds,
        poll_seconds=poll_seconds,
        max_fee_gwei=max_fee_gwei,
    )
    keys = _load_keys(key_files, keystores)
    if not keys:
        raise SettingsError(
            "the oracle has no operator key: give --key-file or --keystore, once for each operator held"
        )
    run_daemon(
        DaemonOptions(
            rpc=rpc,
            deployments=deployments,
            keys=keys,
            bundle=bundle or DEFAULT_BUNDLE,
            encoder=encoder,
            settings=settings,
            state=state,
            host=host,
            port=port,
        )
    )


@cli.command()
@click.option(
    "--chain", type=click.Choice(["eth-tester", "anvil"]), help="A trial on a chain that ends with the command."
)
@click.option("--rpc", help="JSON-RPC URL of a running node; needs --key-file or --keystore.")
@_key_options
@click.option("--deployments", type=_PATH, default=Path("deployments"), show_default=True, help="Folder of records.")
@_committee_options
@click.option("--operator", "operators", multiple=True, help="Address of an operator, in order; once for each.")
@click.option("--guardian", help="Address that may pause reports.  [default: the deployer]")
@click.option(
    "--miners", "miners_file", type=_PATH, help="File of node addresses, one a line.  [default: the deployer's]"
)
@click.option("--theta0", default="0.5", show_default=True, help="θ₀ of every node.")
@click.option("--interval-seconds", default=10, show_default=True, type=_UINT32, help="Target block interval.")
@click.option("--half-life-seconds", default=2880, show_default=True, type=_UINT32, help="Of ASERT.")
@click.option(
    "--hashes-per-block", default=65536, show_default=True, type=click.IntRange(1, 2**128), help="p at the start."
)
@click.option("--ledger-capacity", type=_UINT32, help="Deploy PowLedger too: transactions of a block at θ = 1.")
@click.option("--confirmations", default=6, show_default=True, type=_UINT32, help="Rounds until a round is final.")
@click.option("--bundle", type=_PATH, help="Bundle whose hash reports must carry.  [default: the one in the package]")
def deploy(
    chain: str | None,
    rpc: str | None,
    key_files: Sequence[Path],
    keystores: Sequence[Path],
    deployments: Path,
    nodes: int,
    threshold: int,
    operators: Sequence[str],
    guardian: str | None,
    miners_file: Path | None,
    theta0: str,
    interval_seconds: int,
    half_life_seconds: int,
    hashes_per_block: int,
    ledger_capacity: int | None,
    confirmations: int,
    bundle: Path | None,
) -> None:
    """Deploy the contracts, or go on with a deployment that was interrupted."""
    from deploy.command import DeployOptions, run_deploy
    from oracle.model.bundle import DEFAULT_BUNDLE

    if (chain is None) == (rpc is None):
        raise SettingsError("give either --rpc for a running node or --chain for a trial")
    keys = _load_keys(key_files, keystores)
    run_deploy(
        DeployOptions(
            chain=chain,
            rpc=rpc,
            deployer=keys[0] if keys else None,
            deployments=deployments,
            nodes=nodes,
            threshold=threshold,
            operators=tuple(operators),
            guardian=guardian,
            miners_file=miners_file,
            theta0=theta0,
            interval_seconds=interval_seconds,
            half_life_seconds=half_life_seconds,
            hashes_per_block=hashes_per_block,
            ledger_capacity=ledger_capacity,
            confirmations=confirmations,
            bundle=bundle or DEFAULT_BUNDLE,
        )
    )


@cli.command()
@click.option("--out", type=_PATH, required=True, help="Directory of the new bundle.")
@click.option("--encoder", help="Encoder package, directory or hub name.  [default: the packaged MiniLM]")
@click.option("--seed", default=7, show_default=True, type=_SEED, help="Decides data and initial weights.")
@click.option("--runs", default=100, show_default=True, type=click.IntRange(1), help="Simulated runs to train on.")
@click.option(
    "--passes", default=12, show_default=True, type=click.IntRange(1), help="Passes over the data, in each stage."
)
def train(out: Path, encoder: str | None, seed: int, runs: int, passes: int) -> None:
    """Train a policy on the project's own workload and write its bundle."""
    from oracle.model.encoder import DEFAULT_SOURCE
    from oracle.training.train import train_bundle

    model_hash = train_bundle(out, encoder_source=encoder or DEFAULT_SOURCE, seed=seed, runs=runs, epochs=passes)
    click.echo(f"bundle {out}, modelHash 0x{model_hash.hex()}")


_network_options = _options(
    click.option("--nodes", default=100, show_default=True, type=click.IntRange(1, 10_000), help="Nodes that mine."),
    click.option(
        "--minutes", default=60, show_default=True, type=click.IntRange(1), help="Length, by the chain's clock."
    ),
    click.option(
        "--interval-seconds", default=10, show_default=True, type=click.IntRange(2), help="Target block interval."
    ),
    click.option(
        "--capacity", default=100, show_default=True, type=click.IntRange(2), help="Transactions of a block at θ = 1."
    ),
    click.option("--seed", default=1, show_default=True, type=_SEED, help="Decides traffic, hash rates and keys."),
    click.option("--out", type=_PATH, help="New directory for events, figures and plots.  [default: under runs/]"),
)


@cli.command()
@_network_options
@click.option(
    "--phi", type=click.Choice(["off", "feedback", "oracle"]), default="oracle", show_default=True, help="Who sets φ."
)
@click.option(
    "--time",
    "pace",
    type=click.Choice(["driven", "real"]),
    default="driven",
    show_default=True,
    help="As fast as the machine can, or by the clock, with miners and oracle as processes.",
)
@_bundle_options
def network(
    nodes: int,
    minutes: int,
    interval_seconds: int,
    capacity: int,
    seed: int,
    out: Path | None,
    phi: str,
    pace: str,
    bundle: Path | None,
    encoder: str | None,
) -> None:
    """Run nodes that mine under φ, traffic and committee together, on Anvil."""
    from oracle.network.command import NetworkOptions, run_network

    run_network(
        NetworkOptions(
            nodes=nodes,
            minutes=minutes,
            interval_seconds=interval_seconds,
            capacity=capacity,
            seed=seed,
            out=out,
            bundle=bundle,
            encoder=encoder,
        ),
        phi,
        real_time=pace == "real",
    )


@cli.command()
@_network_options
@_bundle_options
def compare(
    nodes: int,
    minutes: int,
    interval_seconds: int,
    capacity: int,
    seed: int,
    out: Path | None,
    bundle: Path | None,
    encoder: str | None,
) -> None:
    """Play the same traffic under φ off, classical feedback and the oracle, and write a page of what came of it."""
    from oracle.network.command import NetworkOptions, run_compare

    run_compare(
        NetworkOptions(
            nodes=nodes,
            minutes=minutes,
            interval_seconds=interval_seconds,
            capacity=capacity,
            seed=seed,
            out=out,
            bundle=bundle,
            encoder=encoder,
        )
    )


@cli.command()
@click.option("--rpc", required=True, help="JSON-RPC URL of the node.")
@click.option("--deployments", type=_PATH, default=Path("deployments"), show_default=True, help="Folder or file.")
@_key_options
@click.option(
    "--index", "indices", multiple=True, required=True, type=click.IntRange(0), help="A node to mine as; once for each."
)
@click.option("--hash-rate", type=click.FloatRange(0, min_open=True), help="Most hashes a second.  [default: no limit]")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes that search.")
def node(
    rpc: str,
    deployments: Path,
    key_files: Sequence[Path],
    keystores: Sequence[Path],
    indices: Sequence[int],
    hash_rate: float | None,
    processes: int,
) -> None:
    """Mine as one node or several: blocks of the dearest pending transactions, within θ, at p.

    One key for each --index, in the same order.
    """
    from oracle.network.node import NodeOptions, run_nodes

    run_nodes(
        NodeOptions(
            rpc=rpc,
            deployments=deployments,
            keys=_load_keys(key_files, keystores),
            indices=tuple(indices),
            hash_rate=hash_rate,
            processes=processes,
        )
    )


@cli.group()
def bench() -> None:
    """Measure what things cost."""


@bench.command()
@click.option("--json", "json_file", type=_PATH, help="File for the rows as data.")
def gas(json_file: Path | None) -> None:
    """Gas of reports for networks and committees of several sizes, beside the floor of their bytes and storage."""
    from oracle.bench.gas import measure_all

    measured = measure_all(click.echo)
    if json_file is not None:
        json_file.write_text(json.dumps(measured, indent=1) + "\n")


def main() -> None:
    """Entry point: runs a command; errors become one line and an exit code (2 for inputs, 1 for the rest)."""
    # As with Ctrl-C, what was started is ended on the way out. The daemon sets its own handler.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_TERMINATED))
    try:
        cli.main(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as error:
        _say(error.format_message())
        sys.exit(EXIT_INPUT)
    except InputError as error:
        _say(str(error))
        sys.exit(EXIT_INPUT)
    except CatalystError as error:
        _say(str(error))
        sys.exit(EXIT_FAILED)


def _say(message: str) -> None:
    click.echo(f"catalyst: {redact(' '.join(message.split()))}", err=True)


def _load_keys(key_files: Sequence[Path], keystores: Sequence[Path]) -> list[LocalAccount]:
    password = keystore_password()
    return [load_key_file(path) for path in key_files] + [load_keystore(path, password) for path in keystores]


def _name_variables() -> set[str]:
    """Give every option its environment variable, named as the option is; all their names."""
    names = {PASSWORD_VARIABLE}
    commands: list[tuple[str, click.Command]] = [("", cli)]
    while commands:
        path, command = commands.pop()
        if isinstance(command, click.Group):
            commands += [(f"{path}{name}_", member) for name, member in command.commands.items()]
        for parameter in command.params:
            option = max(parameter.opts, key=len).removeprefix("--")
            parameter.envvar = f"{ENVIRONMENT_PREFIX}{path}{option}".upper().replace("-", "_")
            names.add(parameter.envvar)
    return names


_VARIABLES = _name_variables()
