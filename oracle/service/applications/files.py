"""Files of a StorageRegistry as answers: their terms, who holds them, and how challenges ended."""

from typing import Any, Literal, get_args

from eth_utils.address import to_checksum_address

from oracle.chain.events import event
from oracle.chain.proof.receipts import Log
from oracle.client.answers import BlockAnswer
from oracle.client.application_answers import AgreementState, FileAnswer, FileHolder, FileSummary, ProofAnswer
from oracle.keeping.terms import NOBODY, region_name
from oracle.service.applications.reader import Contract, Reader, View, state_name
from oracle.service.applications.search import Searches, Sought, latest
from oracle.storage.cid import DAG_PB, RAW, Cid
from oracle.storage.file_class import PRIVACIES, TEMPERATURES

CONTRACT = "StorageRegistry"
_STATES: tuple[AgreementState, ...] = get_args(AgreementState)  # of the contract, without the first: none
_Outcome = Literal["answered", "convicted"]


async def summaries(
    reader: Reader, registry: Contract, before: int, limit: int
) -> tuple[list[FileSummary], int | None]:
    """The newest files before a place, and the place before which to go on.

    Raises:
        TooManyRequests: the client is beyond its rate.
        ReadFailed: the node does not answer.
    """
    found = await latest(reader, _registrations(registry), before, limit)
    views = [View(registry, name, (log.topics[1],)) for log in found.logs for name in ("termsOf", "standingOf")]
    answers = await reader.read_each(views)
    rows = zip(found.logs, answers[::2], answers[1::2], strict=True)
    return [FileSummary(**_summary(log, terms, standing)) for log, terms, standing in rows], found.following


async def file(
    reader: Reader, registry: Contract, file_id: bytes, searches: Searches, block: BlockAnswer
) -> FileAnswer | None:
    """One file with its holders; None where the registry does not know it.

    Raises:
        TooManyRequests: the client is beyond its rate.
        ReadFailed: the node does not answer, or its registration lies further back than one request reaches.
    """
    if not await is_known(reader, registry, file_id):
        return None
    terms, standing, accounts, setup = await reader.read_each(
        [
            View(registry, "termsOf", (file_id,)),
            View(registry, "standingOf", (file_id,)),
            View(registry, "holdersOf", (file_id,)),
            View(registry, "setup", ()),
        ]
    )
    registered = await searches.one(reader, _registrations(registry), file_id)
    found = await reader.read_each([View(registry, "holderOf", (account,)) for account in accounts])
    agreements = await reader.read_each([View(registry, "agreementOf", (file_id, account)) for account in accounts])
    return FileAnswer(
        **_summary(registered, terms, standing),
        block=block,
        token=str(to_checksum_address(setup[0])),
        holders=[
            _holder(account, region_name(region), agreement)
            for account, (region, *_), agreement in zip(accounts, found, agreements, strict=True)
        ],
    )


async def is_known(reader: Reader, registry: Contract, file_id: bytes) -> bool:
    """Whether a file was registered.

    Raises:
        TooManyRequests: the client is beyond its rate.
        ReadFailed: the node does not answer.
    """
    owner, *_ = await reader.read(registry, "standingOf", file_id)
    return int(owner, 16) != 0


async def proofs(
    reader: Reader, registry: Contract, file_id: bytes, before: int, limit: int
) -> tuple[list[ProofAnswer], int | None]:
    """How the newest challenges about a file before a place ended, and the place before which to go on.

    Raises:
        TooManyRequests: the client is beyond its rate.
        ReadFailed: the node does not answer.
    """
    outcomes: dict[bytes, _Outcome] = {
        event(CONTRACT, "Answered").topic: "answered",
        event(CONTRACT, "Convicted").topic: "convicted",
    }
    found = await latest(reader, Sought([registry], [list(outcomes), [file_id]]), before, limit)
    return [
        ProofAnswer(
            block=log.block_number,
            transaction_hash="0x" + log.transaction_hash.hex(),
            holder=str(to_checksum_address(log.topics[2][-20:])),
            outcome=outcomes[log.topics[0]],
        )
        for log in found.logs
    ], found.following


def _registrations(registry: Contract) -> Sought:
    return Sought([registry], [[event(CONTRACT, "FileRegistered").topic]])


def _summary(registered: Log, terms: Any, standing: Any) -> dict[str, Any]:
    digest, _, size, codec, temperature, privacy, least, most, steward, rent, regions = terms
    owner, agreements, held, fund = standing
    return {
        "id": "0x" + registered.topics[1].hex(),
        # The registry takes any codec; of others there is no CID that this network's holders could serve.
        "cid": str(Cid(codec, digest)) if codec in (RAW, DAG_PB) else None,
        "content_digest": "0x" + digest.hex(),
        "size_bytes": size,
        "temperature": TEMPERATURES[temperature],
        "privacy": PRIVACIES[privacy],
        "replicas_min": least,
        "replicas_max": most,
        "regions": [region_name(each) for each in regions if any(each)],
        "max_rent": str(rent),
        "owner": str(to_checksum_address(owner)),
        "steward": None if steward == NOBODY else str(to_checksum_address(steward)),
        "fund": str(fund),
        "agreements": agreements,
        "held": held,
        "registered_block": registered.block_number,
    }


def _holder(account: str, region: str, agreement: Any) -> FileHolder:
    status, since_seconds, _, _, rent, locked, challenger, _ = agreement
    return FileHolder(
        address=account,
        region=region,
        status=state_name(_STATES, status),
        since_seconds=since_seconds,
        rent=str(rent),
        locked=str(locked),
        challenged=challenger != NOBODY,
    )
