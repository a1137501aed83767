"""All commands as one, and what their errors end in."""

import errno
import logging
import os
import signal
import sys

import click

from oracle import __version__
from oracle.chain.redact import configure_logging
from oracle.cli import EXIT_INTERRUPTED
from oracle.cli.backtest import backtest
from oracle.cli.bench import bench
from oracle.cli.committee import committee
from oracle.cli.daemon import check, oracle
from oracle.cli.deploy import deploy
from oracle.cli.environment import name_variables
from oracle.cli.journal import journal
from oracle.cli.local import local
from oracle.cli.network import compare, network, node
from oracle.cli.say import say
from oracle.cli.stake import stake, vote
from oracle.cli.train import train
from oracle.errors import CatalystError, InputError
from oracle.log_lines import FORMS, Form

EXIT_INPUT = 2
EXIT_FAILED = 1
EXIT_TERMINATED = 143
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Commands that show their own progress; the others are followed by their log.
_QUIET = ("local", "committee", "check", "journal", "bench", "stake", "vote", "network", "compare", "backtest")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option("-v", "--verbose", is_flag=True, help="Log more.")
@click.option(
    "--log-format", type=click.Choice(FORMS), default="text", show_default=True, help="Of the lines on standard error."
)
@click.pass_context
def cli(context: click.Context, verbose: bool, log_format: Form) -> None:
    """Adaptive consensus: consensus parameters that follow the chain's traffic, by signed oracle reports.

    Every option can be set by an environment variable: CATALYST_<COMMAND>_<OPTION>, several files separated by colons.
    """
    usual = logging.WARNING if context.invoked_subcommand in _QUIET else logging.INFO
    configure_logging(logging.DEBUG if verbose else usual, log_format)


for command in (
    local,
    committee,
    oracle,
    check,
    journal,
    deploy,
    node,
    stake,
    vote,
    network,
    compare,
    train,
    bench,
    backtest,
):
    cli.add_command(command)
name_variables(cli)


def run() -> None:
    """Run a command; errors become one line and an exit code (2 for inputs, 1 for the rest)."""
    # As with Ctrl-C, what was started is ended on the way out. The daemon sets its own handler.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_TERMINATED))
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(EXIT_INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(EXIT_INPUT)
    except click.ClickException as error:
        say(logging.ERROR, error.format_message())
        sys.exit(EXIT_INPUT)
    except InputError as error:
        say(logging.ERROR, str(error))
        sys.exit(EXIT_INPUT)
    except CatalystError as error:
        say(logging.ERROR, str(error))
        sys.exit(EXIT_FAILED)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        name = error.filename or "a result"
        say(logging.ERROR, f"{name} cannot be written: {os.strerror(error.errno)}; make room, and run it again")
        sys.exit(EXIT_FAILED)
