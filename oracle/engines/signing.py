"""Blocks that the keys of nodes sign (EIP-712), in the domain of their ledger."""

from typing import Any

from eth_account.signers.local import LocalAccount

from oracle.chain.ledger import LedgerFacts
from oracle.report.signing import document, sign_document


def sign_block(
    facts: LedgerFacts, key: LocalAccount, name: str, kind: str, fields: list[dict[str, str]], message: dict[str, Any]
) -> bytes:
    """The signature of a block, 64 bytes (EIP-2098).

    Args:
        facts: Of the ledger that the block is for.
        key: Of the node.
        name: Of the domain, which is the ledger's contract.
        kind: Of the struct.
        fields: Of the struct, with their types.
        message: Their values.
    """
    (signature,) = sign_document(
        document(
            kind,
            fields,
            message,
            chain_id=facts.chain_id,
            oracle_address=facts.address,
            name=name,
        ),
        [key],
    )
    return signature.r + signature.vs
