"""What the routes read from: one object for each app, found by the request."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request

from oracle.client.answers import Won
from oracle.service.answers import won_by_node
from oracle.service.applications.search import Searches
from oracle.service.control import Control
from oracle.service.daemon import Daemon
from oracle.service.journal_view import JournalView
from oracle.service.lookout import Seen
from oracle.service.rpc_proxy import RpcProxy
from oracle.service.v1.cached import Answers


@dataclass
class Sources:
    """A daemon, which is read and, but by `control`, never changed."""

    daemon: Daemon
    journal: JournalView
    proxy: RpcProxy
    deployment: Mapping[str, Any]  # content of the deployment file
    control: Control | None  # None: nothing can be written
    answers: Answers = field(default_factory=Answers)
    searches: Searches = field(default_factory=Searches)
    streams: dict[str, int] = field(default_factory=dict)  # open streams of events, by client
    ending: threading.Event = field(default_factory=threading.Event)  # streams end, and none begins
    _won: tuple[int, dict[int, Won]] = (0, {})  # by node, of the look with that number

    @property
    def seen(self) -> Seen:
        """What the last look found.

        Raises:
            HTTPException: 503, there was none yet.
        """
        seen = self.daemon.cycle.lookout.seen
        if seen is None:
            raise HTTPException(503, "the oracle has not read the chain yet; try again soon", {"Retry-After": "1"})
        return seen

    def won(self, seen: Seen) -> dict[int, Won] | None:
        """What each node that won rounds did in the last ones; None without a ledger."""
        if seen.rounds is None:
            return None
        if self._won[0] != seen.number:
            self._won = seen.number, won_by_node(seen.rounds, self.daemon.cycle.settings.capacity_transactions)
        return self._won[1]


async def _sources(request: Request) -> Sources:
    found: Sources = request.app.state.sources
    return found


From = Annotated[Sources, Depends(_sources)]
