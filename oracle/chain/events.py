"""Events of the contracts, decoded from logs by eth_abi itself."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import decode
from eth_hash.auto import keccak
from eth_utils.abi import collapse_if_tuple

from oracle.chain.artefacts import artefact
from oracle.chain.calls import checksummed
from oracle.chain.proof.receipts import Log


@dataclass(frozen=True)
class Event:
    """One event of a contract. Arguments are (name, type), in order."""

    name: str
    topic: bytes  # 32 bytes
    in_topics: tuple[tuple[str, str], ...]  # of types that fit a word
    in_data: tuple[tuple[str, str], ...]

    def arguments(self, log: Log) -> dict[str, Any]:
        """What a log of this event says, by name."""
        words = zip(self.in_topics, log.topics[1:], strict=True)
        indexed = {name: checksummed(kind, decode([kind], word)[0]) for (name, kind), word in words}
        values = zip(self.in_data, decode([kind for _, kind in self.in_data], log.data), strict=True)
        return indexed | {name: checksummed(kind, value) for (name, kind), value in values}


@cache
def event(contract: str, name: str) -> Event:
    """The event `name` of the contract of that artefact."""
    entry = next(e for e in artefact(contract)["abi"] if e["type"] == "event" and e["name"] == name)
    arguments = [(item["name"], collapse_if_tuple(item), item["indexed"]) for item in entry["inputs"]]
    return Event(
        name=name,
        topic=bytes(keccak(f"{name}({','.join(kind for _, kind, _ in arguments)})".encode())),
        in_topics=tuple((each, kind) for each, kind, indexed in arguments if indexed),
        in_data=tuple((each, kind) for each, kind, indexed in arguments if not indexed),
    )
