"""The command line: one module for each command, or for a few of one kind; `oracle.cli.commands` puts them together."""

import sys

EXIT_DIFFERENT = 1  # what was verified is not what it should be
EXIT_INTERRUPTED = 130


def main() -> None:
    """Entry point. An interruption ends it without a word, also while the commands are still being imported."""
    try:
        from oracle.cli.commands import run

        run()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
