"""A stage whose oracle takes paged reports."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Any

from web3.contract import Contract
from web3.contract.contract import ContractFunction
from web3.types import TxReceipt

from oracle.chain.anvil import AnvilChain
from oracle.chain.embedded import EmbeddedChain
from oracle.formulas.lanes import pack, phi_hash
from oracle.report.pages import SignedPage, sign_pages
from tests.contracts.stage import GENESIS_TIMESTAMP_SECONDS, THRESHOLD, Stage, deploy_stage
from tests.web3_contract import web3_contract

# Of pages and their reports, where a test asks for no other: later than any test goes on.
DEADLINE = GENESIS_TIMESTAMP_SECONDS + 10**7


class PagedStage(Stage):
    """A Stage over PagedPhiOracle."""

    @property
    def paged(self) -> Contract:
        """The oracle with the functions of paged reports."""
        return web3_contract(self.chain, "PagedPhiOracle", self.oracle.address)

    def pages(
        self,
        lanes: Sequence[int],
        *,
        signers: Sequence[int] = (0, 1, 2),
        epoch: int | None = None,
        deadline: int = DEADLINE,
    ) -> list[SignedPage]:
        """Every page of `lanes`, signed for the next epoch, or for another."""
        return sign_pages(
            self.contracts.oracle_state().epoch + 1 if epoch is None else epoch,
            deadline,
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
        made: dict[str, Any] = {"phi_hash": phi_hash(pack(lanes)), "deadline": DEADLINE} | changes
        report = replace(self.report([0] * 16), **made)
        signed = self.sign(report, lanes)
        call: ContractFunction = self.paged.functions.submitPagedReport(
            astuple(signed.report), [astuple(signature) for signature in signed.signatures]
        )
        return call

    def stage_all(self, lanes: Sequence[int], *, deadline: int = DEADLINE) -> list[TxReceipt]:
        """Stage every page."""
        return [self.send(self.staging(page)) for page in self.pages(lanes, deadline=deadline)]

    def staged(self, lanes: Sequence[int], *, deadline: int = DEADLINE) -> int:
        """Bits of the pages of `lanes` that are staged."""
        return int(self.paged.functions.stagedPages(deadline, phi_hash(pack(lanes))).call())


def deploy_paged(blocks: EmbeddedChain | AnvilChain, theta0_wad: Sequence[int], **options: Any) -> PagedStage:
    """As `deploy_stage`, with PagedPhiOracle."""
    stage = deploy_stage(blocks, theta0_wad=theta0_wad, oracle_name="PagedPhiOracle", threshold=THRESHOLD, **options)
    return PagedStage(blocks, stage.contracts, stage.operators)
