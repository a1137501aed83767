"""One provider at work: it answers locks and fills orders between all chains, until it is told to stop."""

import logging
from collections.abc import Callable

from oracle.crossing.crossing import Crossing
from oracle.crossing.maker import Maker
from oracle.crossing.observe import standing_offers
from oracle.crossing.relayer import Relayer
from oracle.errors import ConnectionFailed

log = logging.getLogger(__name__)


class Provider:
    """One key that serves hash locks and pools, wherever it has offers."""

    def __init__(self, crossing: Crossing) -> None:
        self.maker, self.relayer, self._crossing = Maker(crossing), Relayer(crossing), crossing
        self._lock_ways: set[tuple[str, str]] = set()
        self._pool_ways: set[tuple[str, str]] = set()
        self._waiting: set[str] = set()  # what was held up in the last turn

    def step(self) -> None:
        """Do what can be done now. A chain that does not answer holds up what needs it, and nothing else."""
        for name in self._crossing.places.by_name:
            self._tried(name, lambda name=name: self._look(name))  # type: ignore[misc]
        for work, ways in ((self.maker, self._lock_ways), (self.relayer, self._pool_ways)):
            for source, target in sorted(ways | work.open_ways()):
                way = f"{source} to {target}"
                self._tried(way, lambda work=work, a=source, b=target: work.step(a, b))  # type: ignore[misc]

    def _look(self, source: str) -> None:
        """See how far a chain is settled, and which ways from it this key has offers for now."""
        here = self._crossing.at[source]
        here.look()
        for ways in (self._lock_ways, self._pool_ways):
            ways -= {way for way in ways if way[0] == source}
        for (provider, _), offer in standing_offers(here).items():
            place = self._crossing.places.of_chain(offer.target_chain_id)
            if provider == self._crossing.me and place is not None:
                ways = self._lock_ways if offer.settler.lower() == here.locks.address.lower() else self._pool_ways
                ways.add((source, place.name))
        self._crossing.outbox.refresh(here.place)

    def run(self, rest: Callable[[], bool]) -> None:
        """Work until `rest`, which lets time pass, says that it is over."""
        while not rest():
            self.step()

    def _tried(self, what: str, call: Callable[[], None]) -> None:
        try:
            call()
        except ConnectionFailed as error:
            if what not in self._waiting:
                log.warning("%s waits: %s", what, error)
            self._waiting.add(what)
        else:
            self._waiting.discard(what)
