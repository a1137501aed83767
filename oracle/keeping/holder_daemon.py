"""A holder: fetches what it is offered, accepts what is true, answers challenges, and collects its rent."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from oracle.errors import CallRefused, ConnectionFailed, NodeAway, TransactionFailed
from oracle.keeping.node_client import OwnNode
from oracle.keeping.peers import Peer
from oracle.keeping.registry import RegistryClient
from oracle.keeping.terms import Agreement, AgreementStatus, Terms
from oracle.storage.merkle import ChunkProof, chunk_span, leaves_of, path_of, root_of

log = logging.getLogger(__name__)
_PIN_SECONDS = 20.0
_PIECE_BYTES = 1 << 20
_LEAF_BYTES = 32


class HolderDaemon:
    """One holder with a node and a key. All that it must remember is on the chain, in its node, and in its trees."""

    def __init__(
        self,
        registry: RegistryClient,
        node: OwnNode,
        peers: Callable[[], Mapping[str, Peer]],
        trees: Path,
        *,
        collect_periods: int = 1,
        from_block: int = 0,
        pin_seconds: float = _PIN_SECONDS,
    ) -> None:
        """A holder.

        Args:
            registry: With the holder's key.
            node: Its node.
            peers: The address book, as it is now.
            trees: Where it keeps the leaves of the files that it holds.
            collect_periods: How many periods of rent it lets come together.
            from_block: First block that can have offers.
            pin_seconds: Longest that fetching one file may take.
        """
        self._registry, self._node, self._peers, self._trees = registry, node, peers, trees
        self._collect_periods, self._from_block, self._pin_seconds = collect_periods, from_block, pin_seconds
        self._files: set[bytes] = set()
        self._tries: Counter[bytes] = Counter()  # of accepting, by file
        self.account = registry.account
        trees.mkdir(parents=True, exist_ok=True)

    def turn(self) -> None:
        """Look at the chain once and do what is due: answers first, since they have a time.

        Raises:
            ConnectionFailed: the chain cannot be reached.
        """
        head = self._registry.chain.head()
        if head >= self._from_block:
            self._files.update(self._registry.offered_to(self.account, self._from_block, head))
            self._from_block = head + 1
        agreements = self._registry.agreements_of(self.account, sorted(self._files))
        for file, agreement in agreements.items():
            if agreement.is_challenged:
                self._tried("answer", file, partial(self._answer, file, agreement))
        now_seconds = self._registry.chain.timestamp(head)
        for file, agreement in agreements.items():
            if agreement.status is AgreementStatus.NONE:
                self._tried("forget", file, partial(self._forget, file))
            elif agreement.holds and not agreement.is_challenged:
                self._tried("collect", file, partial(self._collect, file, agreement, now_seconds))
        self._accept_some(
            [
                file
                for file, agreement in agreements.items()
                if agreement.status is AgreementStatus.OFFERED and now_seconds <= agreement.since_seconds
            ]
        )

    def prove(self, file: bytes, terms: Terms, indexes: list[int]) -> list[ChunkProof]:
        """The drawn chunks from the node's disk, with their paths.

        Raises:
            NodeAway: the node does not answer, or has lost the file.
        """
        leaves = self._leaves(file, terms)
        proofs = []
        for index in indexes:
            first, length = chunk_span(terms.size_bytes, index)
            proofs.append(ChunkProof(self._node.read(terms.cid, first, length), path_of(leaves, index)))
        return proofs

    def _tried(self, what: str, file: bytes, act: Callable[[], None]) -> None:
        """One file that fails does not keep the others from their turn; the next turn tries again."""
        try:
            act()
        except (CallRefused, ConnectionFailed, NodeAway, TransactionFailed) as error:
            log.info("cannot %s 0x%s…: %s", what, file.hex()[:8], error)

    def _answer(self, file: bytes, agreement: Agreement) -> None:
        blocks = self._registry.chain.head() - agreement.draw_block
        if not 0 < blocks < self._registry.setup.answer_blocks:
            return  # the hash that draws is not there yet, or it is too late
        terms = self._registry.terms(file)
        self._registry.answer(file, self.prove(file, terms, self._registry.drawn(file, self.account)))

    def _accept_some(self, offered: Sequence[bytes]) -> None:
        """Those first that were tried least often, and for so long only that a challenge finds its answer in time.

        Anyone can offer files that nobody has, each of which would take its whole time.
        """
        deadline = time.monotonic() + self._pin_seconds
        for file in sorted(offered, key=self._tries.__getitem__):
            if time.monotonic() >= deadline:
                return
            self._tries[file] += 1
            self._tried("accept", file, partial(self._accept, file))

    def _accept(self, file: bytes) -> None:
        terms = self._registry.terms(file)
        self._node.pin(terms.cid, terms.size_bytes, self._sources(file), timeout_seconds=self._pin_seconds)
        leaves = self._read_leaves(terms)
        if root_of(leaves) != terms.chunk_root:
            log.warning("0x%s… has another root than its bytes: not accepted", file.hex()[:8])
            self._node.remove(terms.cid)
            return
        self._keep_tree(file, leaves)
        self._registry.accept(file)

    def _sources(self, file: bytes) -> list[str]:
        """Where the file's owner and its other holders are."""
        peers = self._peers()
        others = [self._registry.standing(file).owner]
        others += [account for account, each in self._registry.agreements(file).items() if each.holds]
        addresses: list[str] = []
        for account in others:
            if account in peers and account != self.account:
                try:
                    addresses += peers[account].node(timeout_seconds=2.0).standing().addresses
                except NodeAway as error:
                    log.info("no source: %s", error)
        return addresses

    def _collect(self, file: bytes, agreement: Agreement, now_seconds: int) -> None:
        periods = (now_seconds - agreement.paid_until_seconds) // self._registry.setup.period_seconds
        if periods < self._collect_periods or agreement.rent == 0:
            return
        if self._registry.standing(file).fund >= agreement.rent:
            self._registry.collect(file)
        else:
            log.warning("nobody pays for 0x%s…: it goes", file.hex()[:8])
            self._registry.depart(file)

    def _forget(self, file: bytes) -> None:
        self._files.discard(file)
        self._tries.pop(file, None)
        self._tree(file).unlink(missing_ok=True)
        terms = self._registry.terms(file)
        # Another owner may keep the same bytes here.
        is_needed = any(self._registry.terms(each).cid == terms.cid for each in self._files)
        if not is_needed and str(terms.cid) in self._node.files():
            self._node.remove(terms.cid)

    def _read_leaves(self, terms: Terms) -> list[bytes]:
        return leaves_of(
            self._node.read(terms.cid, at, min(_PIECE_BYTES, terms.size_bytes - at))
            for at in range(0, terms.size_bytes, _PIECE_BYTES)
        )

    def _leaves(self, file: bytes, terms: Terms) -> list[bytes]:
        path = self._tree(file)
        if not path.exists():  # a new disk, with the blocks of the old one
            self._keep_tree(file, self._read_leaves(terms))
        kept = path.read_bytes()
        return [kept[at : at + _LEAF_BYTES] for at in range(0, len(kept), _LEAF_BYTES)]

    def _keep_tree(self, file: bytes, leaves: list[bytes]) -> None:
        partial_path = self._trees / f"{file.hex()}.partial"  # a kill leaves no half tree behind
        partial_path.write_bytes(b"".join(leaves))
        partial_path.replace(self._tree(file))

    def _tree(self, file: bytes) -> Path:
        return self._trees / f"{file.hex()}.leaves"
