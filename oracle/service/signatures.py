"""What this oracle's operators signed, kept ahead of being served: one digest for an epoch and a reference block."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from oracle.errors import AlreadySigned
from oracle.report.signing import CompactSignature, Report
from oracle.service.journal_file import JournalFile

_KEPT_EPOCHS = 100
_OF_ONE = "SELECT digest, signature FROM signatures WHERE epoch = ? AND reference_hash = ? AND signer = ?"


@dataclass(frozen=True)
class Reference:
    """The settled block at which a report's inputs are read."""

    block: int
    hash: bytes


@dataclass(frozen=True)
class Signed:
    """One operator's signature of a report."""

    reference: Reference
    signer: str  # address
    digest: bytes
    signature: CompactSignature
    report: Report


class Signatures:
    """The journal's table of them."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    @property
    def signs_after(self) -> int:
        """The last block at which nothing may be signed: something may have been that this journal does not know of."""
        return self._file.signs_after

    def keep(self, signed: Signed) -> None:
        """Commit a signature; it is on disk when this returns. The same one again does nothing.

        Raises:
            AlreadySigned: this operator signed another digest for the epoch and the reference block.
            JournalFailed: it cannot be written now.
        """
        epoch, reference = signed.report.epoch, _hexadecimal(signed.reference.hash)
        with self._file.writing() as database:
            found = database.execute(_OF_ONE, (epoch, reference, signed.signer)).fetchone()
            if found is not None:
                _refuse_second(found["digest"], epoch, signed.reference, signed.signer, signed.digest)
            database.execute(
                "INSERT OR IGNORE INTO signatures VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    epoch,
                    signed.reference.block,
                    reference,
                    signed.signer,
                    _hexadecimal(signed.digest),
                    _hexadecimal(signed.signature.r + signed.signature.vs),
                    json.dumps(report_as_json(signed.report)),
                ),
            )
            database.execute("DELETE FROM signatures WHERE epoch < ?", (epoch - _KEPT_EPOCHS,))

    def kept(self, epoch: int, reference: Reference, signer: str, digest: bytes) -> CompactSignature | None:
        """What an operator signed before, so that its key need not sign the same again; None where it signed nothing.

        Raises:
            AlreadySigned: it signed another digest for the epoch and the reference block.
        """
        for record in self._file.read(_OF_ONE, (epoch, _hexadecimal(reference.hash), signer)):
            _refuse_second(record["digest"], epoch, reference, signer, digest)
            return compact_of(record["signature"])
        return None

    def of(self, epoch: int) -> Sequence[Signed]:
        """All of an epoch."""
        return [
            Signed(
                reference=Reference(record["reference_block"], bytes.fromhex(record["reference_hash"][2:])),
                signer=record["signer"],
                digest=bytes.fromhex(record["digest"][2:]),
                signature=compact_of(record["signature"]),
                report=report_of_json(json.loads(record["report"])),
            )
            for record in self._file.read("SELECT * FROM signatures WHERE epoch = ?", (epoch,))
        ]

    def reference_block(self, epoch: int, phi_hash: bytes, deadline: int) -> int | None:
        """The reference block at which such a report was signed here last; None where none is kept."""
        reports = [
            each for each in self.of(epoch) if (each.report.phi_hash, each.report.deadline) == (phi_hash, deadline)
        ]
        return max((each.reference.block for each in reports), default=None)


def _refuse_second(before: str, epoch: int, reference: Reference, signer: str, digest: bytes) -> None:
    if before != _hexadecimal(digest):
        raise AlreadySigned(
            f"operator {signer} signed digest {before} for epoch {epoch} at block {reference.block}, and "
            f"{_hexadecimal(digest)} now: it signs no second one, so wait for the next window; settings or model must "
            "not change while a report is due"
        )


def report_as_json(report: Report) -> dict[str, int | str]:
    """The fields of a report; hashes in hexadecimal."""
    return {name: _hexadecimal(value) if isinstance(value, bytes) else value for name, value in asdict(report).items()}


def report_of_json(fields: dict[str, int | str]) -> Report:
    """The report of such fields."""
    return Report(
        **{name: bytes.fromhex(value[2:]) if isinstance(value, str) else value for name, value in fields.items()}  # type: ignore[arg-type]
    )


def compact_of(text: str) -> CompactSignature:
    """A signature from 64 bytes in hexadecimal.

    Raises:
        ValueError: it is not that.
    """
    raw = bytes.fromhex(text.removeprefix("0x"))
    if len(raw) != 64:
        raise ValueError(f"a compact signature has 64 bytes, and this {len(raw)}")
    return CompactSignature(r=raw[:32], vs=raw[32:])


def _hexadecimal(value: bytes) -> str:
    return "0x" + value.hex()
