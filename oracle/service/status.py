"""Where a report of the journal stands."""

from enum import StrEnum


class Status(StrEnum):
    """From its signatures to its end; as the journal, the API and the metrics spell it."""

    SIGNED = "signed"  # kept, and not known to be with the node yet
    SENT = "sent"
    REORGED = "reorged"  # was mined in a block that the chain lost
    APPLIED = "applied"
    SUPERSEDED = "superseded"  # another report brought its epoch
    REVERTED = "reverted"
    EXPIRED = "expired"  # its deadline passed while it was pending
    UNSENT = "unsent"  # its deadline passed before any node took it
    REFUSED = "refused"  # the contract refused it when it was tried; nothing was sent


OPEN = (Status.SIGNED, Status.SENT, Status.REORGED)
ENDS = (Status.APPLIED, Status.SUPERSEDED, Status.REVERTED, Status.EXPIRED, Status.UNSENT)
