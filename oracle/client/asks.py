"""What can be asked of the API, each as a value: a path, its parameters, and the type of the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from pydantic import BaseModel

from oracle.client.answers import (
    AuditEntry,
    Committee,
    Consensus,
    EpochAnswer,
    Health,
    Network,
    NodeAnswer,
    Page,
    PastNode,
    Point,
    ReportAnswer,
    RoundAnswer,
    SignaturesAnswer,
    SigningState,
    WholeReport,
)
from oracle.client.application_answers import (
    FileAnswer,
    FileSummary,
    PlanAnswer,
    PlanSummary,
    PoolAnswer,
    ProofAnswer,
    RouteAnswer,
    TransferAnswer,
)

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True)
class Ask(Generic[Answer]):
    """One request."""

    path: str
    answer: type[Answer]
    query: Mapping[str, str | int] = field(default_factory=dict)
    method: str = "GET"

    def at(self, cursor: str) -> "Ask[Answer]":
        """The same, of a later page."""
        return replace(self, query={**self.query, "cursor": cursor})


def health() -> Ask[Health]:
    """Whether the oracle works."""
    return Ask("/health", Health)


def network() -> Ask[Network]:
    """The network's state."""
    return Ask("/v1/network", Network)


def committee() -> Ask[Committee]:
    """The operators, and what binds them."""
    return Ask("/v1/committee", Committee)


def consensus() -> Ask[Consensus]:
    """What the consensus has of its own."""
    return Ask("/v1/consensus", Consensus)


def rounds(limit: int = 50) -> Ask[Page[RoundAnswer]]:
    """The last rounds of the ledger, newest first."""
    return Ask("/v1/rounds", Page[RoundAnswer], {"limit": limit})


def nodes(limit: int = 200) -> Ask[Page[NodeAnswer]]:
    """All nodes."""
    return Ask("/v1/nodes", Page[NodeAnswer], {"limit": limit})


def node(index: int) -> Ask[NodeAnswer]:
    """One node."""
    return Ask(f"/v1/nodes/{index:d}", NodeAnswer)


def node_history(index: int, limit: int = 200) -> Ask[Page[PastNode]]:
    """One node after each epoch, newest first."""
    return Ask(f"/v1/nodes/{index:d}/history", Page[PastNode], {"limit": limit})


def epochs(limit: int = 50) -> Ask[Page[EpochAnswer]]:
    """Reports that were applied, newest first."""
    return Ask("/v1/epochs", Page[EpochAnswer], {"limit": limit})


def epoch(number: int) -> Ask[EpochAnswer]:
    """One of them."""
    return Ask(f"/v1/epochs/{number:d}", EpochAnswer)


def epoch_nodes(number: int, limit: int = 200) -> Ask[Page[PastNode]]:
    """All nodes after one epoch."""
    return Ask(f"/v1/epochs/{number:d}/nodes", Page[PastNode], {"limit": limit})


def history(limit: int = 200) -> Ask[Page[Point]]:
    """Points for charts, newest first."""
    return Ask("/v1/history", Page[Point], {"limit": limit})


def reports(limit: int = 50) -> Ask[Page[ReportAnswer]]:
    """This operator's own reports, newest first."""
    return Ask("/v1/reports", Page[ReportAnswer], {"limit": limit})


def report(epoch: int) -> Ask[WholeReport]:
    """One of them, with the lane of every node."""
    return Ask(f"/v1/reports/{epoch:d}", WholeReport)


def signatures(epoch: int) -> Ask[SignaturesAnswer]:
    """What this operator signed for an epoch."""
    return Ask(f"/v1/signatures/{epoch:d}", SignaturesAnswer)


def plans(limit: int = 20) -> Ask[Page[PlanSummary]]:
    """Plans, the last proposed first."""
    return Ask("/v1/plans", Page[PlanSummary], {"limit": limit})


def plan(identity: str) -> Ask[PlanAnswer]:
    """One of them, by its id in hexadecimal."""
    return Ask(f"/v1/plans/{identity}", PlanAnswer)


def files(limit: int = 20) -> Ask[Page[FileSummary]]:
    """Files, the last registered first."""
    return Ask("/v1/files", Page[FileSummary], {"limit": limit})


def file(identity: str) -> Ask[FileAnswer]:
    """One of them with its holders, by its id in hexadecimal."""
    return Ask(f"/v1/files/{identity}", FileAnswer)


def proofs(identity: str, limit: int = 20) -> Ask[Page[ProofAnswer]]:
    """How challenges of a file's holders ended, the last first."""
    return Ask(f"/v1/files/{identity}/proofs", Page[ProofAnswer], {"limit": limit})


def transfers(limit: int = 20) -> Ask[Page[TransferAnswer]]:
    """Transfers to and from other chains, the last first."""
    return Ask("/v1/transfers", Page[TransferAnswer], {"limit": limit})


def transfer(identity: str) -> Ask[TransferAnswer]:
    """One of them, by the id of its lock or order in hexadecimal."""
    return Ask(f"/v1/transfers/{identity}", TransferAnswer)


def routes(limit: int = 20) -> Ask[Page[RouteAnswer]]:
    """What operators signed of each route last, the latest first."""
    return Ask("/v1/routes", Page[RouteAnswer], {"limit": limit})


def route(identity: str) -> Ask[RouteAnswer]:
    """The same of one route, by its id in hexadecimal."""
    return Ask(f"/v1/routes/{identity}", RouteAnswer)


def pool() -> Ask[PoolAnswer]:
    """The liquidity of the pool."""
    return Ask("/v1/pool", PoolAnswer)


def pause_reporting() -> Ask[SigningState]:
    """Have this operator sign nothing; needs a key with scope `control`."""
    return Ask("/v1/control/pause-reporting", SigningState, method="POST")


def resume() -> Ask[SigningState]:
    """Have it sign again; likewise."""
    return Ask("/v1/control/resume", SigningState, method="POST")


def audit(limit: int = 50) -> Ask[Page[AuditEntry]]:
    """What keys did; needs a key with scope `audit`."""
    return Ask("/v1/control/audit", Page[AuditEntry], {"limit": limit})
