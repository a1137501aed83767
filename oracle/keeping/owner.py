"""What an owner does: seal a file, hand it to its node, register and fund it; and read it again from any holder."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from oracle.errors import CallRefused, InputError, NodeAway, WrongBytes
from oracle.keeping.journal import Journal, KeptFile
from oracle.keeping.node_client import OwnNode
from oracle.keeping.peers import Peer
from oracle.keeping.registry import RegistryClient
from oracle.keeping.terms import Terms
from oracle.storage.file_class import ClassedFile
from oracle.storage.merkle import leaves_of, root_of
from oracle.storage.sealed import opened_file, sealed_file

# Beyond what the solver asks for, so that a copy can be made before the one it stands for is dropped.
_SPARE_REPLICAS = 2
_MOST_REPLICAS = 16
_TRIES, _PAUSE_SECONDS = 10, 2.0


@dataclass(frozen=True)
class Funding:
    """What an owner pays."""

    max_rent: int  # of one holder and period, in units of the token
    periods: int  # that the fund is to last, at that rent for all replicas


class Owner:
    """One owner with a node, a key on chain, and a key that opens what it has sealed."""

    def __init__(
        self, registry: RegistryClient, node: OwnNode, journal: Journal, sealing_key: X25519PrivateKey
    ) -> None:
        self._registry, self._node, self._journal, self._sealing_key = registry, node, journal, sealing_key

    def add(
        self, content: bytes, classed: ClassedFile, funding: Funding, *, replicas: tuple[int, int], steward: str
    ) -> KeptFile:
        """Keep a file. What is not public is sealed first; nothing of it leaves the machine in the clear.

        Args:
            content: Its bytes.
            classed: What it is; `facts.size_bytes` becomes that of what is kept.
            funding: What is paid.
            replicas: Least and most, as the solver is to keep them.
            steward: Who may offer and release it beside the owner.

        Raises:
            InputError: the file cannot be kept.
            NodeAway: the owner's node does not answer or has no room.
            CallRefused: the registry refuses it.
            TransactionFailed: a transaction was not mined.
        """
        if classed.file_class.privacy != "public":
            public = self._sealing_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
            content = sealed_file(content, public)
        classed = replace(classed, facts=replace(classed.facts, size_bytes=len(content)))
        cid = self._node.add(content)
        regions = classed.file_class.regions_allowed
        terms = Terms(
            cid=cid,
            chunk_root=root_of(leaves_of([content])),
            size_bytes=len(content),
            temperature=classed.file_class.temperature,
            privacy=classed.file_class.privacy,
            replicas_min=replicas[0],
            replicas_max=min(replicas[1] + _SPARE_REPLICAS, _MOST_REPLICAS),
            steward=steward,
            max_rent=funding.max_rent,
            regions=tuple(sorted(regions or ())),
        )
        file_id = self._registry.file_id(self._registry.account, cid.digest)
        if not self._registry.standing(file_id).is_known:  # else a run before was cut off after this
            self._registry.register(terms)
        amount = funding.max_rent * funding.periods * replicas[1]
        missing = amount - self._registry.standing(file_id).fund
        if missing > 0:
            self._registry.fund(file_id, missing)
        kept = KeptFile(file_id, cid, classed)
        self._journal.add(kept)
        return kept

    def get(self, file: KeptFile, peers: Mapping[str, Peer], *, region: str | None = None) -> bytes:
        """A file from the first holder that serves its true bytes, opened if it was sealed.

        Raises:
            InputError: no holder serves it now.
            SealBroken: it was sealed for another key.
        """
        holders = [account for account, each in self._registry.agreements(file.id).items() if each.holds]
        reasons = []
        for account in sorted(holders, key=lambda each: _latency(peers.get(each), region)):
            if account not in peers:
                continue
            try:
                content = peers[account].node().fetch(file.cid, file.classed.facts.size_bytes)
            except (NodeAway, WrongBytes) as error:
                reasons.append(str(error))
                continue
            if region is not None:
                self._journal.count_read(file.name, region)
            is_sealed = file.classed.file_class.privacy != "public"
            return opened_file(content, self._sealing_key) if is_sealed else content
        raise InputError(f"no holder serves {file.name} now: {'; '.join(reasons) or 'nobody holds it yet'}")


def drop(registry: RegistryClient, node: OwnNode, journal: Journal, file: KeptFile) -> None:
    """End the keeping of a file: release all holders, take out what is left of its fund, and forget it.

    Run again where it was cut off, it goes on.

    Raises:
        CallRefused: a challenge is open, which must end first.
        NodeAway: the owner's node does not answer.
    """
    journal.drop(file)
    for left in reversed(range(_TRIES)):
        try:
            for account in registry.agreements(file.id):
                registry.release(file.id, account)
            if registry.standing(file.id).fund:
                registry.defund(file.id)
            break
        except CallRefused:
            # A coordinator in the midst of its turn has offered the file once more; the next turn leaves it alone.
            if not left:
                raise
            time.sleep(_PAUSE_SECONDS)
    if str(file.cid) in node.files():
        node.remove(file.cid)
    journal.forget(file)


def _latency(peer: Peer | None, region: str | None) -> float:
    return float("inf") if peer is None or region is None else peer.latency_ms.get(region, float("inf"))
