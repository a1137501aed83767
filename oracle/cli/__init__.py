"""The command line: one module for each command, or for a few of one kind."""

import logging
import os
import signal
import sys

import click

from oracle import __version__
from oracle.chain.redact import configure_logging, redact
from oracle.cli.backtest import backtest
from oracle.cli.bench import bench
from oracle.cli.daemon import oracle
from oracle.cli.deploy import deploy
from oracle.cli.local import local
from oracle.cli.network import compare, network, node
from oracle.cli.train import train
from oracle.errors import CatalystError, InputError
from oracle.settings import ENVIRONMENT_PREFIX, PASSWORD_VARIABLE, refuse_unknown_variables

EXIT_INPUT = 2
EXIT_FAILED = 1
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143
# Commands that show their own progress; the others are followed by their log.
_QUIET = ("local", "bench", "network", "compare", "backtest")


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


for command in (local, oracle, deploy, node, network, compare, train, bench, backtest):
    cli.add_command(command)


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
