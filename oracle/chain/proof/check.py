"""An answer of a node against the header of its block: what the header disproves is refused.

On Ethereum's headers that is exact: the hash from the fields, the list of transactions by its root, each sender by the
signature, the logs by the root of the receipts. Chains with other headers, or with transactions of other types, are
read all the same, with the checks that still hold, and that is said once.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from oracle.chain.proof.encoding import keccak
from oracle.chain.proof.headers import Header, read_header
from oracle.chain.proof.receipts import Log, bloom_of, encode_receipt, logs_of
from oracle.chain.proof.transactions import encode, is_bookkeeping, is_known, price_wei, signer, type_of
from oracle.chain.proof.trie import list_root
from oracle.window.blocks import Block, Transaction, data, parse_block, quantity

log = logging.getLogger(__name__)


class Disproved(Exception):
    """The header of the block says otherwise; the message says what of."""


@dataclass(frozen=True)
class SealedBlock:
    """A block as its header vouches for it."""

    block: Block
    header: Header
    ordinary: bool  # whether all its transactions are of types whose bytes are known


@dataclass
class ChainForm:
    """What has shown itself of how a chain makes its blocks. One that was Ethereum's once stays so."""

    name: str  # of the node, for log lines
    proven: bool = False  # a header has given its hash
    _said: set[str] = field(default_factory=set)

    def say_once(self, what: str) -> None:
        """Warn of a check that does not hold on this chain."""
        if what not in self._said:
            self._said.add(what)
            log.warning("%s: %s", self.name, what)


def check_header(raw: Mapping[str, Any], number: int, form: ChainForm) -> Header:
    """The header of an answer to the question for block `number`.

    Raises:
        Disproved: it is another block, or its fields do not give its hash.
        ValueError: a field is missing or malformed; names it.
    """
    header = read_header(raw)
    if header.number != number:
        raise Disproved(f"the answer is block {header.number}")
    if header.proven:
        form.proven = True
    elif form.proven:
        raise Disproved(f"its fields do not give its hash 0x{header.hash.hex()}")
    else:
        form.say_once(
            "headers of this chain are not Ethereum's, so that their hashes cannot be computed anew; what the node "
            "answers is checked as far as parent hashes, roots and hashes of transactions go"
        )
    return header


def check_block(raw: Mapping[str, Any], number: int, form: ChainForm) -> SealedBlock:
    """Block `number` with its full transactions.

    Raises:
        Disproved: its header says otherwise.
        ValueError: a field is missing or malformed; names it.
    """
    block = parse_block(raw)
    header = check_header(raw, number, form)
    listed = list(zip(raw["transactions"], block.transactions, strict=True))
    for position, (each, parsed) in enumerate(listed):
        _check_place(each, parsed, position, header)
    ordinary = all(is_known(each) for each, _ in listed)
    encoded = [
        (_check_content(each, parsed, position, header), parsed)
        for position, (each, parsed) in enumerate(listed)
        if is_known(each)
    ]
    if ordinary:
        proven = _proven_list([(raw, parsed) for raw, parsed in encoded if raw is not None], header, form)
        block = block if proven is None else replace(block, transactions=proven)
    else:
        kinds = ", ".join(sorted({hex(type_of(each)) for each, _ in listed if not is_known(each)}))
        form.say_once(f"transactions of type {kinds} are this chain's own, so that lists with them cannot be proven")
    return SealedBlock(block, header, ordinary)


def check_logs(receipts: Sequence[Mapping[str, Any]], sealed: SealedBlock, form: ChainForm) -> list[Log]:
    """The logs of a block, in order, from its receipts.

    Raises:
        Disproved: the header says otherwise.
        ValueError: a field is missing or malformed; names it.
    """
    header, transactions = sealed.header, [each.hash for each in sealed.block.transactions]
    # Some nodes show receipts of bookkeeping too, which the header knows nothing of.
    ours = set(transactions)
    receipts = [receipt for receipt in receipts if data(receipt, "transactionHash") in ours]
    if [data(receipt, "transactionHash") for receipt in receipts] != transactions:
        raise Disproved(f"its receipts are not of its {len(transactions)} transactions")
    if list_root([encode_receipt(receipt) for receipt in receipts]) == header.receipts_root:
        return logs_of(receipts, header.number, header.hash)
    if header.proven and sealed.ordinary:
        raise Disproved("its receipts do not give its receiptsRoot")
    # Receipts of other forms: their logs still give the bloom filter of the header, on all chains that keep one.
    logs = logs_of(receipts, header.number, header.hash)
    if bloom_of(item for each in logs for item in (each.address, *each.topics)) != header.logs_bloom:
        if header.proven:
            raise Disproved("the logs of its receipts do not give its logsBloom")
        form.say_once("neither receiptsRoot nor logsBloom of this chain are Ethereum's, so that logs cannot be proven")
    return logs


def _check_place(raw: Mapping[str, Any], parsed: Transaction, position: int, header: Header) -> None:
    what = f"transaction {position}, 0x{parsed.hash.hex()},"
    if raw.get("blockHash") is not None and data(raw, "blockHash") != header.hash:
        raise Disproved(f"{what} is of another block")
    if raw.get("blockNumber") is not None and quantity(raw, "blockNumber") != header.number:
        raise Disproved(f"{what} is of block {quantity(raw, 'blockNumber')}")
    if raw.get("transactionIndex") is not None and quantity(raw, "transactionIndex") != position:
        raise Disproved(f"{what} is number {quantity(raw, 'transactionIndex')} of its block, so that some are missing")


def _check_content(raw: Mapping[str, Any], parsed: Transaction, position: int, header: Header) -> bytes | None:
    """Bytes of a transaction of a known type; None where it is none of Ethereum's after all."""
    what = f"transaction {position}, 0x{parsed.hash.hex()},"
    try:
        encoding = encode(raw, parsed)
        price = price_wei(raw, header.base_fee_wei)
    except ValueError as error:
        if header.proven:
            raise Disproved(f"{what} lacks what its type has: {error}") from error
        return None
    hash_fits = keccak(encoding.raw) == parsed.hash
    if not header.proven and not hash_fits:
        return None
    if encoding.signed or encoding.signing_hash is None:  # what nobody signed has a hash of its node's making
        if not hash_fits:
            raise Disproved(f"{what} has fields that do not give its hash")
        if encoding.signed and signer(encoding) != parsed.sender:
            raise Disproved(f"{what} was not signed by its sender 0x{parsed.sender.hex()}")
    if price != parsed.gas_price_wei:
        raise Disproved(f"{what} pays {price} wei per gas, not {parsed.gas_price_wei}")
    return encoding.raw


def _proven_list(
    encoded: Sequence[tuple[bytes, Transaction]], header: Header, form: ChainForm
) -> tuple[Transaction, ...] | None:
    """The transactions that the header commits to; None where a chain of another kind commits to none."""
    signed = [(raw, parsed) for raw, parsed in encoded if not is_bookkeeping(parsed)]
    for chosen in (encoded, signed):
        if list_root([raw for raw, _ in chosen]) == header.transactions_root:
            return tuple(parsed for _, parsed in chosen)
    # Chains that keep no such root show zeros, or none.
    if header.proven or (not encoded and any(header.transactions_root)):
        raise Disproved(f"its {len(encoded)} transactions do not give its transactionsRoot")
    form.say_once("transactionsRoot of this chain is not Ethereum's, so that lists of transactions cannot be proven")
    return None
