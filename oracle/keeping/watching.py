"""Watches holders: whether they answer, whether their bytes are those of the CID, and what challenges come to."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from oracle.errors import CallRefused, NodeAway, WrongBytes
from oracle.keeping.journal import Journal, KeptFile, NodeRow, Report
from oracle.keeping.peers import Peer
from oracle.keeping.registry import RegistryClient
from oracle.keeping.terms import Agreement

log = logging.getLogger(__name__)
UNPROVEN = "did not prove that it has the file"  # what is reported of who is convicted
Agreements = Mapping[bytes, Mapping[str, Agreement]]  # by file and holder


@dataclass(frozen=True)
class WatchRules:
    """When a holder counts as lost, and how much is looked at."""

    lost_misses: int = 2  # looks in a row without an answer
    audits_per_turn: int = 4  # files read whole and compared with their CIDs
    timeout_seconds: float = 5.0
    convicted_seconds: int = 86_400  # without offers for a holder that could not prove what it was paid for


def watch(
    journal: Journal,
    registry: RegistryClient,
    peers: Mapping[str, Peer],
    files: Sequence[KeptFile],
    agreements: Agreements,
    rules: WatchRules,
    now_seconds: int,
) -> None:
    """One look at all holders, and at as many files as the rules allow, those first that nobody looked at for longest.

    Who does not answer, or answers with wrong bytes, is challenged on chain: it proves that it has the file, or loses
    its bond and makes room for another. Who proves it, and still is no use to readers, is challenged once, since the
    fee is its own, and let go as soon as there are enough others.
    """
    accounts = sorted({account for held in agreements.values() for account in held} | peers.keys())
    rows = journal.nodes()
    for account in accounts:
        row = rows.get(account, NodeRow(account))
        seen = replace(row, misses=0 if _answers(peers.get(account), rules) else row.misses + 1)
        if seen != rows.get(account):
            journal.set_node(seen)
    rows = journal.nodes()
    _audit(journal, peers, files, agreements, rules, now_seconds)
    suspects = {row.account for row in rows.values() if row.misses >= rules.lost_misses}
    suspects |= {row.account for row in journal.nodes().values() if row.is_distrusted}
    for file, held in agreements.items():
        for account, agreement in held.items():
            if agreement.holds and account in suspects and not agreement.is_challenged:
                if _has_answered(journal, file, account, agreement):
                    _let_go(registry, file, account, held, suspects)
                else:
                    _challenge(journal, registry, file, account, agreement)
            if agreement.is_challenged:
                _convict(journal, registry, file, account, agreement, rules, now_seconds)


def _answers(peer: Peer | None, rules: WatchRules) -> bool:
    if peer is None:
        return False
    try:
        peer.node(rules.timeout_seconds).standing()
    except NodeAway:
        return False
    return True


def _audit(
    journal: Journal,
    peers: Mapping[str, Peer],
    files: Sequence[KeptFile],
    agreements: Agreements,
    rules: WatchRules,
    now_seconds: int,
) -> None:
    rows, audits = journal.nodes(), journal.last_audits()
    due = [
        (audits.get((file.id, account), 0), file, account)
        for file in files
        for account, agreement in agreements.get(file.id, {}).items()
        if agreement.holds and account in peers and not rows[account].misses and not rows[account].is_distrusted
    ]
    due.sort(key=lambda each: each[0])
    for _, file, account in due[: rules.audits_per_turn]:
        reason = wrong_bytes(file, peers[account], rules)
        if reason is None:
            journal.audited(file.id, account, now_seconds)
        else:
            log.warning("%s: %s", account, reason)
            journal.report(Report(file.id, account, reason, now_seconds))
            journal.set_node(replace(journal.nodes()[account], is_distrusted=True))


def wrong_bytes(file: KeptFile, peer: Peer, rules: WatchRules) -> str | None:
    """What is wrong with a holder's copy, by its own CID; None where nothing is."""
    try:
        peer.node(rules.timeout_seconds).fetch(file.cid, file.classed.facts.size_bytes)
    except WrongBytes:
        return "serves bytes that are not those of the CID"
    except NodeAway as error:
        return "does not serve a file that it is to hold" if error.status else None  # else it is a miss of its own
    return None


def _has_answered(journal: Journal, file: bytes, account: str, agreement: Agreement) -> bool:
    """Whether it has answered a challenge that this coordinator made: an answer has it rest until a later block."""
    block = journal.challenges().get((file, account))
    return block is not None and agreement.draw_block > block


def _challenge(journal: Journal, registry: RegistryClient, file: bytes, account: str, agreement: Agreement) -> None:
    head = registry.chain.head()
    if head < agreement.draw_block:
        return  # it has answered a while ago, and rests
    journal.challenged(file, account, head)
    try:
        registry.challenge(file, account)
    except CallRefused as error:
        log.info("cannot challenge %s: %s", account, error)


def _let_go(
    registry: RegistryClient,
    file: bytes,
    account: str,
    held: Mapping[str, Agreement],
    suspects: Collection[str],
) -> None:
    others = sum(each.holds and other not in suspects for other, each in held.items())
    if others < registry.terms(file).replicas_min:
        return
    try:
        registry.release(file, account)
    except CallRefused as error:
        log.info("cannot release %s: %s", account, error)


def _convict(
    journal: Journal,
    registry: RegistryClient,
    file: bytes,
    account: str,
    agreement: Agreement,
    rules: WatchRules,
    now_seconds: int,
) -> None:
    if registry.chain.head() <= agreement.draw_block + registry.setup.answer_blocks:
        return
    now = registry.agreement(file, account)
    if (now.challenger, now.draw_block) != (agreement.challenger, agreement.draw_block):
        return  # it has answered since it was looked at, or somebody else convicted it
    # No answer can come any more. This is written down before the agreement ends, which nobody sees afterwards.
    journal.report(Report(file, account, UNPROVEN, now_seconds))
    row = journal.nodes().get(account, NodeRow(account))
    journal.set_node(replace(row, refused_until=now_seconds + rules.convicted_seconds))
    try:
        registry.convict(file, account)
    except CallRefused as error:
        log.info("cannot convict %s: %s", account, error)
