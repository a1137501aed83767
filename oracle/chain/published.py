"""A report as its transaction published it, found in the calldata of whoever sent it."""

from dataclasses import dataclass

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak
from eth_utils.abi import collapse_if_tuple

from oracle.chain.artefacts import artefact
from oracle.errors import FalseAnswer
from oracle.formulas.lanes import phi_hash
from oracle.report.signing import CompactSignature, Report

_FUNCTIONS = ("submitReport", "submitSparseReport")


@dataclass(frozen=True)
class PublishedReport:
    """What operators signed, with what came beside it."""

    report: Report
    signatures: tuple[CompactSignature, ...]
    phi_words: tuple[int, ...]  # of all nodes


def published_report(calldata: bytes, wanted_phi_hash: bytes, words_in_force: tuple[int, ...]) -> PublishedReport:
    """The report of a phiHash in the calldata of a transaction, be it of the oracle or of a relay that calls it.

    Args:
        calldata: Of the transaction.
        wanted_phi_hash: What the event of the application says, 32 bytes.
        words_in_force: Phi ahead of it; a sparse report gives only the words that change.

    Raises:
        FalseAnswer: there is none, so that event and transaction are of different chains.
    """
    for name in _FUNCTIONS:
        selector, kinds = _signature(name)
        at = calldata.find(selector)
        while at >= 0:
            found = _decoded(calldata[at + 4 :], kinds, words_in_force)
            if found is not None and found.report.phi_hash == wanted_phi_hash == phi_hash(found.phi_words):
                return found
            at = calldata.find(selector, at + 1)
    raise FalseAnswer(
        f"no report with phiHash 0x{wanted_phi_hash.hex()} is in the calldata of the transaction that applied it"
    )


def _decoded(arguments: bytes, kinds: list[str], words_in_force: tuple[int, ...]) -> PublishedReport | None:
    try:
        fields, signatures, *words = decode(kinds, arguments, strict=False)
    except (DecodingError, OverflowError, ValueError):
        return None
    whole = words[0] if len(words) == 1 else _changed(words[0], words[1], words_in_force)
    if whole is None:
        return None
    return PublishedReport(Report(*fields), tuple(CompactSignature(r, vs) for r, vs in signatures), tuple(whole))


def _changed(
    bitmap: tuple[int, ...], words: tuple[int, ...], words_in_force: tuple[int, ...]
) -> tuple[int, ...] | None:
    changed = [at for at in range(256 * len(bitmap)) if bitmap[at // 256] >> (at % 256) & 1]
    if len(changed) != len(words) or (changed and changed[-1] >= len(words_in_force)):
        return None
    found = list(words_in_force)
    for at, word in zip(changed, words, strict=True):
        found[at] = word
    return tuple(found)


def _signature(name: str) -> tuple[bytes, list[str]]:
    """Selector and types of a function of the oracle contract."""
    entry = next(e for e in artefact("PhiOracle")["abi"] if e["type"] == "function" and e["name"] == name)
    kinds = [collapse_if_tuple(each) for each in entry["inputs"]]
    return bytes(keccak(f"{name}({','.join(kinds)})".encode())[:4]), kinds
