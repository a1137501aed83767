"""The status of a report in the journal."""

from enum import StrEnum


class Status(StrEnum):
    """From its signatures to its outcome, as the journal, the API and the metrics spell it."""

    SIGNED = "signed"  # journalled, and not known to have reached a node yet
    SENT = "sent"
    REORGED = "reorged"  # was mined in a block that a reorganisation removed
    APPLIED = "applied"
    SUPERSEDED = "superseded"  # another report applied its epoch
    REVERTED = "reverted"
    EXPIRED = "expired"  # its deadline passed while it was pending
    UNSENT = "unsent"  # its deadline passed before any node accepted it
    STRANDED = "stranded"  # a reorganisation undid the report before it, without which it cannot be applied
    PROPOSED = "proposed"  # of a dry run: not sent
    REFUSED = "refused"  # the contract refused it when it was tried; nothing was sent


OPEN = (Status.SIGNED, Status.SENT, Status.REORGED)
ENDS = (
    Status.APPLIED,
    Status.SUPERSEDED,
    Status.REVERTED,
    Status.EXPIRED,
    Status.UNSENT,
    Status.STRANDED,
    Status.PROPOSED,
)
