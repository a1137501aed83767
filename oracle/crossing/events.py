"""Events of the contracts of routes, in settled blocks, as the headers of these blocks vouch for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_utils.address import to_canonical_address

from oracle.chain.artefacts import artefact
from oracle.chain.events import Event, event
from oracle.chain.proof.check import SealedBlock
from oracle.crossing.places import CONTRACTS, Place
from oracle.errors import ConnectionFailed

_BLOCKS_PER_REQUEST = 10_000  # of one search for logs; nodes allow little more


@dataclass(frozen=True)
class Seen:
    """One event."""

    kind: str  # its name
    values: Mapping[str, Any]  # by the names of the event
    block: int
    time_seconds: int


class SettledEvents:
    """The events of a place's contracts; each settled block is read once, for all of them.

    The node says in which blocks there are any; what those hold is checked against their headers. So a node can leave
    out a block, but not change or invent an event.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._addresses = {field: str(getattr(place.addresses, field)) for field in CONTRACTS}
        self._next = place.from_block
        self._seen: dict[str, list[Seen]] = {field: [] for field in CONTRACTS}

    def read(self, field: str, last: int) -> list[Seen]:
        """All events of one contract up to a settled block, in order; later ones too, where they were read before.

        Args:
            field: Of `Addresses`.
            last: Number of the block.

        Raises:
            ConnectionFailed: the node does not answer, or with what is none.
        """
        if last >= self._next:
            found = [self._events_of(number) for number in self._blocks_with(self._next, last)]
            for each in found:
                for name, events in each.items():
                    self._seen[name] += events
            self._next = last + 1
        return self._seen[field]

    def _events_of(self, number: int) -> dict[str, list[Seen]]:
        sealed = self._place.chain.sealed_block(number)
        return {
            field: events_in(self._place, CONTRACTS[field], address, sealed)
            for field, address in self._addresses.items()
        }

    def _blocks_with(self, first: int, last: int) -> list[int]:
        numbers: set[int] = set()
        for begin in range(first, last + 1, _BLOCKS_PER_REQUEST):
            end = min(begin + _BLOCKS_PER_REQUEST - 1, last)
            query = {"address": list(self._addresses.values()), "fromBlock": hex(begin), "toBlock": hex(end)}
            answer = self._place.chain.request("eth_getLogs", [query])
            try:
                numbers |= {int(log["blockNumber"], 16) for log in answer}
            except (KeyError, TypeError, ValueError) as error:
                raise ConnectionFailed(
                    f"{self._place.chain.name} answers eth_getLogs with what is no list of logs; give another node"
                ) from error
        return sorted(number for number in numbers if first <= number <= last)


def events_in(place: Place, contract: str, address: str, sealed: SealedBlock) -> list[Seen]:
    """The events of a contract in one block, in order."""
    found = []
    for log in place.chain.logs(sealed, to_canonical_address(address)):
        known = _events(contract)[log.topics[0]]
        block = sealed.block
        found.append(Seen(known.name, known.arguments(log), block.number, block.timestamp_seconds))
    return found


@cache
def _events(contract: str) -> dict[bytes, Event]:
    names = [entry["name"] for entry in artefact(contract)["abi"] if entry["type"] == "event"]
    return {each.topic: each for each in (event(contract, name) for name in names)}
