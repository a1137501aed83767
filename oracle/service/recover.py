"""A journal made anew from the chain, where the old one is lost or damaged.

The chain knows what was applied, and not what was signed and never came there. So the new journal signs nothing at a
block that is the latest now, or older: a second signature for an epoch and a block that the old one may have signed
cannot come about. The next window that settles is signed as ever.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

from eth_utils.address import to_canonical_address

from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.chain.events import event
from oracle.errors import SettingsError
from oracle.service.journal_file import refuse_in_use
from oracle.service.status import Status
from oracle.service.store import ReportRow, Store

log = logging.getLogger(__name__)

_EPOCHS = 100  # of the last reports, those are put in, for readers
_REPORT_WORDS = 7
_BESIDE = ("", "-wal", "-shm")


def recover(path: Path, chain: Chain, contracts: Contracts) -> tuple[int, Path | None]:
    """Put a new journal in the place of what is there, and what is there aside.

    Returns:
        The last block at which the new journal signs nothing, and where the old file is now.

    Raises:
        SettingsError: the file is in use by a daemon, or cannot be moved.
        ConnectionFailed: the node does not answer.
    """
    head = chain.head()
    rows = list(_applied(chain, contracts, head))
    aside = _put_aside(path)
    store = Store(
        path,
        chain_id=chain.chain_id,
        genesis_hash=chain.genesis_hash,
        oracle_address=contracts.addresses.oracle,
        signs_after=head,
    )
    try:
        for row in rows:
            store.add(row)
    finally:
        store.close()
    return head, aside


def _put_aside(path: Path) -> Path | None:
    """Rename a journal and what SQLite keeps beside it; nothing of it is deleted."""
    if not path.exists():
        return None
    refuse_in_use(path)
    number = next(each for each in range(1, 10_000) if not path.with_name(f"{path.name}.aside-{each}").exists())
    aside = path.with_name(f"{path.name}.aside-{number}")
    try:
        for suffix in _BESIDE:
            beside = path.with_name(path.name + suffix)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + suffix))
    except OSError as error:
        raise SettingsError(f"state file {path} cannot be moved aside: {error.strerror}; move it by hand") from error
    return aside


def _applied(chain: Chain, contracts: Contracts, head: int) -> Iterator[ReportRow]:
    """The last reports in force, oldest first; the state ahead of each names the block of the one before it."""
    found: list[ReportRow] = []
    block = contracts.oracle_state(head).reported.number
    while block > contracts.anchor.height and len(found) < _EPOCHS:
        sealed = chain.sealed_block(block)
        for entry in chain.logs(sealed, to_canonical_address(contracts.addresses.oracle)):
            wanted = event("PhiOracle", "ReportApplied")
            if entry.topics[0] != wanted.topic:
                continue
            said = wanted.arguments(entry)
            calldata = next(each.calldata for each in sealed.block.transactions if each.hash == entry.transaction_hash)
            words = [calldata[4 + 32 * at : 36 + 32 * at] for at in range(_REPORT_WORDS)]
            found.append(
                ReportRow(
                    epoch=said["epoch"],
                    status=Status.APPLIED,
                    from_block=said["fromBlock"],
                    to_block=said["toBlock"],
                    deadline=int.from_bytes(words[3][-8:], "big"),
                    transactions=0,
                    window_hash=said["windowHash"],
                    model_hash=words[5],
                    phi_hash=said["phiHash"],
                    lanes=contracts.nodes(block).lanes,
                    signers=tuple(index for index in range(32) if said["signers"] >> index & 1),
                    milliseconds={},
                    transaction_hash=entry.transaction_hash,
                    block_number=block,
                    reason="read from the chain",
                    settled=True,
                )
            )
        block = contracts.oracle_state(block - 1).reported.number
    yield from reversed(found)
