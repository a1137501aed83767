"""A stage whose oracle takes paged reports."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Any

from web3.contract import Contract
from web3.contract.contract import ContractFunction
from web3.types import TxReceipt

from oracle.chain.anvil import AnvilChain
from oracle.chain.artefacts import artefact
from oracle.chain.embedded import EmbeddedChain
from oracle.formulas.lanes import pack, phi_hash
from oracle.report.pages import SignedPage, sign_pages
from tests.contracts.stage import THRESHOLD, Stage, deploy_stage


class PagedStage(Stage):
    """A Stage over PagedPhiOracle."""

    @property
    def paged(self) -> Contract:
        """The oracle with the functions of paged reports."""
        return self.chain.w3.eth.contract(
            address=self.chain.w3.to_checksum_address(self.oracle.address), abi=artefact("PagedPhiOracle")["abi"]
        )

    def pages(self, lanes: Sequence[int], *, signers: Sequence[int] = (0, 1, 2), epoch: int = 0) -> list[SignedPage]:
        """Every page of `lanes`, signed for the next epoch, or for another."""
        return sign_pages(
            epoch or self.contracts.oracle_state().epoch + 1,
            pack(lanes),
            signers=[self.operators[index] for index in signers],
            chain_id=self.chain.chain_id,
            oracle_address=self.oracle.address,
        )

    def staging(self, page: SignedPage) -> ContractFunction:
        """The call that stages a page."""
        call: ContractFunction = self.paged.functions.stagePage(
            astuple(page.page), [astuple(signature) for signature in page.signatures], list(page.words)
        )
        return call

    def turning(self, lanes: Sequence[int], **changes: Any) -> ContractFunction:
        """The call that puts the staged pages of `lanes` in force."""
        report = replace(self.report([0] * 16), phi_hash=phi_hash(pack(lanes)), **changes)
        signed = self.sign(report, lanes)
        call: ContractFunction = self.paged.functions.submitPagedReport(
            astuple(signed.report), [astuple(signature) for signature in signed.signatures]
        )
        return call

    def stage_all(self, lanes: Sequence[int]) -> list[TxReceipt]:
        """Stage every page."""
        return [self.send(self.staging(page)) for page in self.pages(lanes)]


def deploy_paged(blocks: EmbeddedChain | AnvilChain, theta0_wad: Sequence[int], **options: Any) -> PagedStage:
    """As `deploy_stage`, with PagedPhiOracle."""
    stage = deploy_stage(blocks, theta0_wad=theta0_wad, oracle_name="PagedPhiOracle", threshold=THRESHOLD, **options)
    return PagedStage(blocks, stage.contracts, stage.operators)
