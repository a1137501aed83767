"""What the command line itself says on standard error, outside of the log of what runs."""

import logging

import rich_click as click

from oracle.chain.redact import redact
from oracle.log_lines import is_json


def say(level: int, message: str) -> None:
    """One line of the command line's own, as the log's lines are."""
    text = " ".join(message.split())
    if is_json():
        logging.getLogger("oracle.cli").log(level, "%s", text)
        return
    word = "" if level >= logging.ERROR else f"{logging.getLevelName(level).lower()}: "
    click.echo(f"catalyst: {word}{redact(text)}", err=True)
