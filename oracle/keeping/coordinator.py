"""Sees to files: has the solver decide where they are kept, offers them, watches holders, and replaces lost ones.

Each turn reads the chain and the nodes anew, so it can be killed anywhere and goes on by its journal and the chain.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from oracle.errors import CallRefused
from oracle.keeping.journal import Journal, KeptFile, MoveRow, NodeRow
from oracle.keeping.peers import Peer
from oracle.keeping.registry import RegistryClient
from oracle.keeping.terms import Agreement, AgreementStatus
from oracle.keeping.watching import Agreements, WatchRules, watch
from oracle.storage.following import Cause, Following, FollowRules, follow
from oracle.storage.node import StorageNode
from oracle.storage.placed import Placement, Unplaceable
from oracle.storage.placement import place

log = logging.getLogger(__name__)
_MONTH_SECONDS = 365.25 * 86_400 / 12


@dataclass(frozen=True)
class CoordinatorRules:
    """How it decides."""

    follow: FollowRules
    watch: WatchRules
    offer_seconds: int = 600  # that a holder has to fetch a file and accept
    refused_seconds: int = 3_600  # without offers for a holder that has let one lapse
    token_unit: float = 1.0  # whole tokens in one unit, for prices


@dataclass(frozen=True)
class Turn:
    """What a turn has found and begun."""

    placements: Mapping[str, Placement]
    unplaceable: tuple[Unplaceable, ...]
    lost: tuple[str, ...]  # files that nobody is known to hold any more
    begun: int  # moves
    waiting: int  # moves that may not be made yet


class Coordinator:
    """Sees to the files of its journal, as their owner or steward."""

    def __init__(
        self,
        journal: Journal,
        registry: RegistryClient,
        peers: Callable[[], Mapping[str, Peer]],
        rules: CoordinatorRules,
    ) -> None:
        """A coordinator.

        Args:
            journal: Its own.
            registry: With the key of the owner or steward of the files.
            peers: The address book, as it is now.
            rules: How it decides.
        """
        self._journal, self._registry, self._peers, self._rules = journal, registry, peers, rules

    def turn(self) -> Turn:
        """Look at everything once, and do what is due.

        Raises:
            ConnectionFailed: the chain cannot be reached.
            TransactionFailed: what was sent was not mined.
            JournalFailed: the journal cannot be written.
        """
        files, peers = self._journal.files(), dict(self._peers())
        now_seconds = self._registry.chain.timestamp(self._registry.chain.head())
        self._go_on(self._agreements(files), now_seconds)
        watch(self._journal, self._registry, peers, files, self._agreements(files), self._rules.watch, now_seconds)
        agreements = self._agreements(files)
        nodes = self._nodes(files, peers, agreements, now_seconds)
        return self._decide(files, nodes, agreements, now_seconds)

    def _agreements(self, files: Sequence[KeptFile]) -> Agreements:
        return {file.id: self._registry.agreements(file.id) for file in files}

    # What was begun

    def _go_on(self, agreements: Agreements, now_seconds: int) -> None:
        """Bring moves on that were begun in turns before, or by a coordinator that was killed."""
        for move in self._journal.open_moves():
            try:
                self._bring_on(move, agreements.get(move.file, {}), now_seconds)
            except CallRefused as error:
                log.info("move %d of %s waits: %s", move.id, move.name, error)

    def _bring_on(self, move: MoveRow, agreements: Mapping[str, Agreement], now_seconds: int) -> None:
        if move.state == "begun" and move.target is not None:
            move = self._copied(move, move.target, agreements.get(move.target), now_seconds)
        if move.state == "copied":
            leaving = agreements.get(move.leaves) if move.leaves else None
            if leaving is not None and leaving.is_challenged:
                return  # it cannot be released before that has ended
            if move.leaves and leaving is not None:
                self._registry.release(move.file, move.leaves)
            self._journal.set_state(move, "done")

    def _copied(self, move: MoveRow, target: str, agreement: Agreement | None, now_seconds: int) -> MoveRow:
        """A move whose target holds the file by now, or has let its offer lapse, or is offered it only now."""
        if agreement is not None and agreement.holds:
            self._journal.set_state(move, "copied")
            return replace(move, state="copied")
        if now_seconds > move.until_seconds:
            if agreement is not None and agreement.status is AgreementStatus.OFFERED:
                self._registry.release(move.file, target)
            self._refused(target, now_seconds)
            self._journal.set_state(move, "failed")
        elif agreement is None:  # written down, and not sent
            self._registry.offer(move.file, target, move.until_seconds)
        return move

    def _refused(self, account: str, now_seconds: int) -> None:
        row = self._journal.nodes().get(account, NodeRow(account))
        until = max(row.refused_until, now_seconds + self._rules.refused_seconds)
        self._journal.set_node(replace(row, refused_until=until))

    # What is decided

    def _nodes(
        self, files: Sequence[KeptFile], peers: Mapping[str, Peer], agreements: Agreements, now_seconds: int
    ) -> list[StorageNode]:
        """Holders that can be used, as the solver sees them."""
        seen = self._journal.nodes()
        usable = [
            account
            for account, row in sorted(seen.items())
            if account in peers and not row.is_distrusted and row.misses < self._rules.watch.lost_misses
        ]
        sizes = {file.id: file.classed.facts.size_bytes for file in files}
        months = _MONTH_SECONDS / self._registry.setup.period_seconds
        nodes = []
        for account, holder in zip(usable, self._registry.holders(usable), strict=True):
            if not holder.region:
                continue  # a peer that is no holder, such as an owner
            own = sum(sizes[f] for f, held in agreements.items() if account in held and held[account].holds)
            used_bytes = holder.used_bytes - own
            if now_seconds < seen[account].refused_until:
                used_bytes = holder.capacity_bytes - own  # it has what it has, and takes no more for a while
            peer = peers[account]
            nodes.append(
                StorageNode(
                    name=account,
                    region=holder.region,
                    price_per_gib_month=holder.price_per_gib_period * months * self._rules.token_unit,
                    capacity_bytes=holder.capacity_bytes,
                    used_bytes=used_bytes,
                    latency_ms=peer.latency_ms,
                    failure_rate=peer.failure_rate,
                    trusted_for_personal=peer.trusted_for_personal,
                )
            )
        return nodes

    def _decide(
        self, files: Sequence[KeptFile], nodes: Sequence[StorageNode], agreements: Agreements, now_seconds: int
    ) -> Turn:
        holders = {file.name: list(agreements[file.id]) for file in files}
        names = {node.name for node in nodes}
        # Of these no holder is left, or there never was one: who has them, such as their owner, gives them again.
        bare = [file for file in files if not names & set(holders[file.name])]
        first = place([file.classed for file in bare], nodes, self._rules.follow.placement) if nodes else []
        placed = {each.name: each for each in first if isinstance(each, Placement)}
        begun = 0
        for file in bare:
            if file.name in placed:
                begun += self._place_first(file, placed[file.name].holders, agreements[file.id], now_seconds)
        following = self._followed([file for file in files if file not in bare], holders, nodes, now_seconds)
        by_name = {file.name: file for file in files}
        for move in following.moves:
            begun += self._begin(by_name[move.name], move.cause, move.to, move.leaves, now_seconds)
        failed = (*following.unplaceable, *(each for each in first if isinstance(each, Unplaceable)))
        return Turn(
            placements={**placed, **following.placements},
            unplaceable=tuple(failed),
            lost=tuple(file.name for file in bare if holders[file.name]),
            begun=begun,
            waiting=following.waiting,
        )

    def _followed(
        self,
        files: Sequence[KeptFile],
        holders: Mapping[str, Sequence[str]],
        nodes: Sequence[StorageNode],
        now_seconds: int,
    ) -> Following:
        if not files:
            return Following((), 0, {}, {}, (), ())
        since = now_seconds - round(max(self._rules.follow.rest_seconds, 3_600))
        # Who is to leave in a move that goes on has left, for the decision.
        leaving = {(move.name, move.leaves) for move in self._journal.open_moves()}
        left = {name: [each for each in of if (name, each) not in leaving] for name, of in holders.items()}
        classed = [file.classed for file in files if left[file.name]]
        return follow(classed, left, nodes, self._rules.follow, self._journal.moved(since), now_seconds)

    def _place_first(
        self, file: KeptFile, accounts: Sequence[str], agreements: Mapping[str, Agreement], now_seconds: int
    ) -> int:
        return sum(
            self._begin(file, "lost holder" if agreements else "broken rule", account, None, now_seconds)
            for account in accounts
            if account not in agreements
        )

    def _begin(self, file: KeptFile, cause: Cause, to: str | None, leaves: str | None, now_seconds: int) -> int:
        """Write a move down, then send its offer. Whether it was new."""
        is_going_on = any(
            (each.file, each.target, each.leaves) == (file.id, to, leaves) for each in self._journal.open_moves()
        )
        if is_going_on:
            return 0
        chain = self._registry.chain  # its time now: a turn of many files takes a while
        until_seconds = chain.timestamp(chain.head()) + self._rules.offer_seconds
        move = self._journal.begin(file, cause, to, leaves, now_seconds, until_seconds)
        try:
            self._bring_on(move, self._registry.agreements(file.id), now_seconds)
        except CallRefused as error:
            log.info("move %d of %s waits: %s", move.id, move.name, error)
        return 1
