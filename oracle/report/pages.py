"""Pages of phi, for networks whose phi does not fit one transaction; see `contracts/interfaces/IPagedPhiOracle.sol`."""

from collections.abc import Sequence
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from oracle.formulas.lanes import phi_hash
from oracle.report.signing import CompactSignature, document, sign_document

PAGE_WORDS = 512
_PAGE_FIELDS = [
    {"name": "epoch", "type": "uint64"},
    {"name": "deadline", "type": "uint64"},
    {"name": "page", "type": "uint32"},
    {"name": "phiHash", "type": "bytes32"},
    {"name": "pageHash", "type": "bytes32"},
]


@dataclass(frozen=True)
class Page:
    """PhiPage, as operators sign it."""

    epoch: int
    deadline: int  # of the report, in seconds since 1970
    page: int
    phi_hash: bytes  # of all words of the report
    page_hash: bytes  # of the words of this page


@dataclass(frozen=True)
class SignedPage:
    """A page with its words and the signatures of operators, ascending by index."""

    page: Page
    words: tuple[int, ...]
    signatures: tuple[CompactSignature, ...]


def sign_pages(
    epoch: int,
    deadline: int,
    words: Sequence[int],
    *,
    signers: Sequence[LocalAccount],
    chain_id: int,
    oracle_address: str,
) -> list[SignedPage]:
    """All pages of phi for the report of this epoch and deadline, each signed by `signers`, given in operator order."""
    whole = phi_hash(words)
    pages = []
    for index, first in enumerate(range(0, len(words), PAGE_WORDS)):
        part = tuple(words[first : first + PAGE_WORDS])
        page = Page(epoch=epoch, deadline=deadline, page=index, phi_hash=whole, page_hash=phi_hash(part))
        message = {
            "epoch": epoch,
            "deadline": deadline,
            "page": index,
            "phiHash": whole,
            "pageHash": page.page_hash,
        }
        full = document("PhiPage", _PAGE_FIELDS, message, chain_id=chain_id, oracle_address=oracle_address)
        pages.append(SignedPage(page=page, words=part, signatures=sign_document(full, signers)))
    return pages
