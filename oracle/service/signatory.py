"""The operators whose keys are held here, and what they sign: each one digest for an epoch and a reference block."""

import time
from collections.abc import Mapping, Sequence

from oracle.chain.contracts import Contracts, operator_positions
from oracle.report.signer import Signer
from oracle.report.signing import CompactSignature, sign_document, typed_data
from oracle.service.derive import Derived
from oracle.service.signatures import Signatures, Signed


class Signatory:
    """Signs what is due, once."""

    def __init__(self, contracts: Contracts, signers: Sequence[Signer], signatures: Signatures) -> None:
        """`signatures` are the journal's."""
        self._contracts, self._signers, self._signatures = contracts, tuple(signers), signatures
        # The last report signed here: its digest and signers, and their signatures.
        self._last: tuple[tuple[bytes, tuple[int, ...]], dict[int, CompactSignature]] | None = None
        self.milliseconds = 0.0  # that it took to sign it

    def held(self, operators: Sequence[str]) -> Mapping[int, Signer]:
        """Those of a committee, given by address, whose keys are held here, by index."""
        return operator_positions(self._signers, operators)

    def signed(self, derived: Derived) -> Mapping[int, CompactSignature]:
        """Their signatures of a report, by index, journalled ahead of all else.

        Raises:
            AlreadySigned: one of them signed another digest for the epoch and the reference block.
            JournalFailed: the journal cannot be written now.
        """
        if derived.reference.block <= self._signatures.signs_after:
            return {}
        held = self.held(derived.inputs.state.operators)
        key = derived.digest, tuple(held)
        if self._last is None or self._last[0] != key:
            began = time.perf_counter()
            self._last = key, {index: self._signature(derived, signer) for index, signer in held.items()}
            self.milliseconds = 1e3 * (time.perf_counter() - began)
        return self._last[1]

    def _signature(self, derived: Derived, signer: Signer) -> CompactSignature:
        # Looked up ahead: no key is to sign a second digest, not even for nothing.
        kept = self._signatures.kept(derived.epoch, derived.reference, signer.address, derived.digest)
        if kept is not None:
            return kept
        report = derived.proposal.report
        document = typed_data(
            report, chain_id=self._contracts.chain.chain_id, oracle_address=self._contracts.addresses.oracle
        )
        (made,) = sign_document(document, [signer])
        self._signatures.keep(Signed(derived.reference, signer.address, derived.digest, made, report))
        return made
