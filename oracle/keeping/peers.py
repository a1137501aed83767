"""The address book of a network: where the node of each account answers, and what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from eth_utils.address import is_address, to_checksum_address
from pydantic import TypeAdapter, ValidationError

from oracle.errors import InputError
from oracle.keeping.node_client import PublicNode


@dataclass(frozen=True)
class Peer:
    """One account's node."""

    account: str  # checksummed
    url: str  # of its HTTP API
    latency_ms: Mapping[str, float] = field(default_factory=dict)  # by region that reads
    failure_rate: float = 0.1  # losses of all that it keeps, a year
    trusted_for_personal: bool = False

    def node(self, timeout_seconds: float = 10.0) -> PublicNode:
        """To speak with it."""
        return PublicNode(self.url, timeout_seconds=timeout_seconds)


_FILE = TypeAdapter(list[Peer])


def read_peers(path: Path) -> dict[str, Peer]:
    """An address book, by account.

    Raises:
        InputError: the file cannot be read as one.
    """
    try:
        peers = _FILE.validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; give the address book of the network") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path} is no address book: {where} {first['msg']}; correct it") from None
    for peer in peers:
        if not is_address(peer.account):
            raise InputError(f"{path} is no address book: {peer.account[:60]!r} is no account; correct it")
    return {each.account: each for each in (replace(p, account=to_checksum_address(p.account)) for p in peers)}


def write_peers(path: Path, peers: Mapping[str, Peer]) -> None:
    """Write one, whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_bytes(_FILE.dump_json(list(peers.values()), indent=1))
    partial.replace(path)
