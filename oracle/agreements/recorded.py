"""Creates contracts and writes each into a record, so that an interrupted run goes on where it stopped."""

from pathlib import Path

from eth_utils.address import to_canonical_address, to_checksum_address

from oracle.agreements.sending import Sender
from oracle.chain.artefacts import runtime_matches
from oracle.chain.connection import Chain
from oracle.chain.deployment import Deployment, Entry, load_deployment, new_deployment
from oracle.chain.proof.encoding import encode_rlp, integer_bytes, keccak
from oracle.chain.transactions import SignedTransaction
from oracle.errors import DeploymentError, TransactionReverted


def record_at(chain: Chain, path: Path | None) -> Deployment:
    """The record in a file; a new one where there is no file, or none is to be kept.

    Raises:
        DeploymentError: the file is unreadable, or of another chain.
    """
    return new_deployment(chain, path) if path is None or not path.exists() else load_deployment(chain, path)


def created(sender: Sender, record: Deployment, name: str, *arguments: object) -> Entry:
    """The contract of that name in the record; created where the record shows none on the chain yet.

    An entry is written before its transaction is sent, and again once it is mined.

    Args:
        sender: Pays.
        record: Gets the entry.
        name: Of the artefact.
        arguments: Of its constructor.

    Raises:
        DeploymentError: the record names an address where the contract is not.
        TransactionFailed: the contract was not mined in time.
        WriteFailed: the record cannot be written.
    """
    entry = record.contracts.get(name)
    if entry is not None and entry.block_number is None:
        entry = _sent_before(sender, record, name, entry)
    return entry or _create(sender, record, name, arguments)


def check_code(chain: Chain, name: str, address: str) -> None:
    """See that contract `name` of this version is at an address.

    Raises:
        DeploymentError: it is not.
    """
    code = chain.code(address)
    if not runtime_matches(name, code):
        found = "the code there is another" if code else "there is no code"
        raise DeploymentError(
            f"{address} is not a {name} of this version: {found}; give the address from the record of its deployment"
        )


def _create(sender: Sender, record: Deployment, name: str, arguments: tuple[object, ...]) -> Entry:
    def remember(transaction: SignedTransaction) -> None:
        _remember(record, name, Entry(_address_of(sender.key.address, transaction.nonce), transaction.hash, None))

    receipt = sender.create(name, remember, *arguments)
    entry = record.contracts[name]
    check_code(sender.chain, name, entry.address)
    return _remember(record, name, Entry(entry.address, entry.transaction_hash, receipt["blockNumber"]))


def _sent_before(sender: Sender, record: Deployment, name: str, entry: Entry) -> Entry | None:
    """The contract that an interrupted run sent; None where its transaction never came or reverted."""
    if not sender.chain.knows_transaction(entry.transaction_hash):
        return None
    try:
        receipt = sender.receipt(entry.transaction_hash, f"deploy {name}")
    except TransactionReverted:
        return None
    check_code(sender.chain, name, entry.address)
    return _remember(record, name, Entry(entry.address, entry.transaction_hash, receipt["blockNumber"]))


def _remember(record: Deployment, name: str, entry: Entry) -> Entry:
    record.contracts[name] = entry
    record.save()
    return entry


def _address_of(sender: str, nonce: int) -> str:
    """The address of the contract that a transaction creates."""
    encoded = encode_rlp([to_canonical_address(sender), integer_bytes(nonce)])
    return str(to_checksum_address(keccak(encoded)[12:]))
