"""All commands as one, and what their errors end in."""

import errno
import logging
import os
import signal
import sys

import rich_click as click
from click.exceptions import Abort, NoArgsIsHelpError
from click.shell_completion import get_completion_class

from oracle import __version__
from oracle.chain.redact import configure_logging
from oracle.cli import EXIT_INTERRUPTED
from oracle.cli.api_key import api_key
from oracle.cli.audit import explain, verify
from oracle.cli.backtest import backtest
from oracle.cli.bench import bench
from oracle.cli.committee import committee
from oracle.cli.daemon import check, oracle
from oracle.cli.deploy import deploy, verify_deployment
from oracle.cli.encoder import encoder
from oracle.cli.environment import Command, name_variables
from oracle.cli.extras import remedy
from oracle.cli.govern import govern
from oracle.cli.journal import journal
from oracle.cli.local import local
from oracle.cli.network import compare, network, node
from oracle.cli.plan import plan
from oracle.cli.records import records
from oracle.cli.report import report
from oracle.cli.route import route
from oracle.cli.say import say
from oracle.cli.stake import stake, vote
from oracle.cli.store import store
from oracle.cli.train import train
from oracle.errors import CatalystError, InputError
from oracle.log_lines import FORMS, Form

EXIT_INPUT = 2
EXIT_FAILED = 1
EXIT_TERMINATED = 143
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Commands that show their own progress; the others are followed by their log.
_QUIET = (
    "local",
    "committee",
    "check",
    "journal",
    "bench",
    "stake",
    "vote",
    "network",
    "compare",
    "backtest",
    "verify",
    "explain",
    "verify-deployment",
    "govern",
    "encoder",
    "plan",
    "records",
    "report",
    "completion",
    "route",
    "store",
    "api-key",
)


# Panels of `catalyst --help`.
click.rich_click.COMMAND_GROUPS = {
    "catalyst": [
        {"name": "Try it", "commands": ["local", "network", "compare", "committee"]},
        {
            "name": "A live network",
            "commands": [
                *("deploy", "verify-deployment", "govern", "oracle", "check"),
                *("node", "stake", "vote", "journal", "api-key", "encoder"),
            ],
        },
        {"name": "Look into what was decided", "commands": ["verify", "explain", "backtest"]},
        {"name": "Agreements", "commands": ["plan", "records", "report"]},
        {"name": "Between chains, and files", "commands": ["route", "store"]},
        {"name": "Models and measurements", "commands": ["train", "bench"]},
        {"name": "This command line", "commands": ["completion"]},
    ]
}
_FIRST = """\
Catalyst: a chain whose consensus parameters follow its traffic. What one does first:

  catalyst local                        see it work: a chain, a committee, five reports, all verified
  catalyst local --serve                the same, and the page that shows θ and p while it goes on
  catalyst network --minutes 60         nodes that mine under φ, with traffic and a committee, on Anvil
  catalyst plan demo logistics          from the text of a sale to a settled contract
  catalyst deploy --rpc URL --key-file KEY --operator 0x…
                                        put the contracts on a chain of yours

`catalyst --help` lists all commands, `catalyst COMMAND --help` says how one is used, with an example."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(__version__)
@click.option("-v", "--verbose", is_flag=True, help="Log more.")
@click.option(
    "--log-format", type=click.Choice(FORMS), default="text", show_default=True, help="Of the lines on standard error."
)
@click.pass_context
def cli(context: click.Context, verbose: bool, log_format: Form) -> None:
    """Adaptive consensus: consensus parameters that follow the chain's traffic, by signed oracle reports.

    Every option can be set by an environment variable: CATALYST_<COMMAND>_<OPTION>, several files separated by colons.
    Exit codes: 0 done; 1 failed, or what was verified differs; 2 an input is wrong; 130 interrupted; 143 ended.
    """
    if context.invoked_subcommand is None:
        click.echo(_FIRST)
    usual = logging.WARNING if context.invoked_subcommand in _QUIET else logging.INFO
    configure_logging(logging.DEBUG if verbose else usual, log_format)


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what has a shell complete commands and options.

    catalyst completion bash >> ~/.bashrc
    """
    completer = get_completion_class(shell)
    assert completer is not None  # noqa: S101 - the three that click has
    click.echo(completer(cli, {}, "catalyst", "_CATALYST_COMPLETE").source())


for command in (
    local,
    committee,
    oracle,
    check,
    journal,
    deploy,
    verify_deployment,
    govern,
    node,
    stake,
    vote,
    network,
    compare,
    train,
    bench,
    backtest,
    verify,
    explain,
    encoder,
    plan,
    records,
    report,
    completion,
    route,
    store,
    api_key,
):
    cli.add_command(command)
name_variables(cli)


def run() -> None:
    """Run a command; errors become one line and an exit code (2 for inputs, 1 for the rest)."""
    # As with Ctrl-C, what was started is ended on the way out. The daemon sets its own handler.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_TERMINATED))
    try:
        cli.main(prog_name="catalyst", standalone_mode=False)
    except Abort:
        sys.exit(EXIT_INTERRUPTED)
    except NoArgsIsHelpError as error:
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
    except ModuleNotFoundError as error:
        said = remedy(error)
        if said is None:
            raise
        say(logging.ERROR, said)
        sys.exit(EXIT_INPUT)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        name = error.filename or "a result"
        say(logging.ERROR, f"{name} cannot be written: {os.strerror(error.errno)}; make room, and run it again")
        sys.exit(EXIT_FAILED)
