"""What a run came to, counted from the chain, and from all that operators ever signed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from eth_utils.address import to_canonical_address

from oracle.chain.events import event
from tests.faults.committee import DEPTH_BLOCKS, EPOCH_BLOCKS, Committee
from tests.faults.process import OperatorProcess


@dataclass(frozen=True)
class Counts:
    """Of one run, or of several together."""

    expected: int = 0  # epochs that ended below the settled block
    applied: int = 0  # of those, by a report whose window ends in that epoch
    doubled: int = 0  # epochs that two windows report on
    lost: int = 0  # epochs that no window reports on
    transactions: int = 0  # of operators to the contract, mined
    wasted: int = 0  # of those, the ones that applied nothing
    nonce_gaps: int = 0  # operators whose waiting transactions do not begin at their next nonce
    equivocations: int = 0  # second digests of one operator for an epoch and a reference block that could be seen
    kills: int = 0
    rpc_faults: int = 0
    reorgs: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})


def count(committee: Committee, *, reorgs: int = 0) -> Counts:
    """What a run came to, after `Committee.settle`."""
    chain, contracts = committee.network.owned.chain, committee.network.contracts
    anchor, head = contracts.anchor.height, chain.head()
    oracle = contracts.addresses.oracle
    senders = {to_canonical_address(each.setup.address) for each in committee.operators}
    reported: Counter[int] = Counter()
    transactions = wasted = 0
    applied_topic = event("PhiOracle", "ReportApplied")
    for number in range(anchor + 1, head + 1):
        sealed = chain.sealed_block(number)
        applied = set()
        for entry in chain.logs(sealed, to_canonical_address(oracle)):
            if entry.topics[0] == applied_topic.topic:
                applied.add(entry.transaction_hash)
                reported[(applied_topic.arguments(entry)["toBlock"] - anchor) // EPOCH_BLOCKS] += 1
        for each in sealed.block.transactions:
            if each.sender in senders and each.receiver == to_canonical_address(oracle):
                transactions += 1
                wasted += each.hash not in applied
    expected = (head - DEPTH_BLOCKS - anchor) // EPOCH_BLOCKS
    return Counts(
        expected=expected,
        applied=sum(1 for epoch in range(1, expected + 1) if reported[epoch]),
        doubled=sum(times - 1 for times in reported.values() if times > 1),
        lost=sum(1 for epoch in range(1, expected + 1) if not reported[epoch]),
        transactions=transactions,
        wasted=wasted,
        nonce_gaps=_nonce_gaps(committee),
        equivocations=equivocations(
            line
            for each in committee.operators
            if each.setup.signed_log.exists()
            for line in each.setup.signed_log.read_text().splitlines()
        ),
        kills=sum(each.kills for each in committee.operators),
        rpc_faults=sum(sum(proxy.counts.values()) for some in committee.proxies for proxy in some),
        reorgs=reorgs,
    )


def equivocations(lines: Iterable[str]) -> int:
    """Second digests of one signer for an epoch and a reference block, in logs of `Setup.signed_log`."""
    refused: set[tuple[str, ...]] = set()
    signed: set[tuple[str, ...]] = set()
    for line in lines:
        words = line.split()
        (refused if words[0] == "refused" else signed).add(tuple(words[-4:]))
    digests = Counter(each[:3] for each in signed - refused)
    return sum(times - 1 for times in digests.values())


def _nonce_gaps(committee: Committee) -> int:
    chain = committee.network.owned.chain
    queued = chain.request("txpool_content", [])["queued"]
    senders = {each.setup.address.lower() for each in committee.operators}
    return sum(1 for address in queued if address.lower() in senders)


def kill_points(operators: Sequence[OperatorProcess]) -> Counter[str]:
    """At which points kills were."""
    found: Counter[str] = Counter()
    for each in operators:
        if each.setup.kill_log.exists():
            found.update(each.setup.kill_log.read_text().splitlines())
    return found
