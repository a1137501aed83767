"""A PhiOracle and a DifficultyController on pyrevm, and valid reports to start an attack from."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Any

from eth_hash.auto import keccak

from oracle.formulas.lanes import WAD, pack, phi_hash
from oracle.report.limits import Limits
from oracle.report.signing import Report
from tests.contracts.stage import LIMITS
from tests.contracts.storage import layout_slots
from tests.trust.evm import Chain, Deployed, Reverted
from tests.trust.signing import Signature, address, sign_all

GENESIS_NUMBER = 1000
GENESIS_TIMESTAMP = 1_767_225_600
BLOCK_SECONDS = 10
HALF_LIFE_SECONDS = 2880
ANCHOR_DIFFICULTY = 1 << 24
MODEL_HASH = bytes(keccak(b"model"))
WINDOW_HASH = bytes(keccak(b"window"))

OWNER, GUARDIAN, STRANGER = 1, 2, 3
OPERATORS = tuple(range(1000, 1005))
THRESHOLD = 3
THETA_MIN_WAD, THETA_MAX_WAD = WAD // 10, WAD
# In the order in which PhiOracle declares them.
Call = tuple[Any, list[Signature], list[int]]


class Scene:
    """One deployment."""

    def __init__(
        self,
        *,
        nodes: int = 20,
        theta0_wad: Sequence[int] | None = None,
        limits: Limits = LIMITS,
        operators: Sequence[int] = OPERATORS,
        threshold: int = THRESHOLD,
        theta_bounds: tuple[int, int] = (THETA_MIN_WAD, THETA_MAX_WAD),
        contract: str = "PhiOracle",
        chain_id: int = 31_337,
    ) -> None:
        self.chain = Chain(number=GENESIS_NUMBER, timestamp=GENESIS_TIMESTAMP, chain_id=chain_id)
        self.chain_id = chain_id
        self.operators = tuple(operators)
        self.owner = address(OWNER)
        self.oracle = self.chain.deploy(
            contract,
            self.owner,
            *theta_bounds,
            address(GUARDIAN),
            MODEL_HASH,
            [address(number) for number in operators],
            threshold,
            astuple(limits),
            sender=self.owner,
        )
        self.controller: Deployed = self.chain.deploy(
            "DifficultyController",
            self.oracle.address,
            ANCHOR_DIFFICULTY,
            BLOCK_SECONDS,
            HALF_LIFE_SECONDS,
            sender=self.owner,
        )
        self.nodes = 0
        self.register(theta0_wad if theta0_wad is not None else [WAD // 2] * nodes)
        self.mine(5)

    def register(self, theta0_wad: Sequence[int]) -> None:
        """Append nodes."""
        miners = [address(5000 + (self.nodes + i) % 64) for i in range(len(theta0_wad))]
        self.oracle.send("register", miners, list(theta0_wad))
        self.nodes += len(theta0_wad)

    def mine(self, blocks: int = 1) -> None:
        """Move the block in which calls run."""
        self.chain.at(number=self.chain.number + blocks, timestamp=self.chain.timestamp + blocks * BLOCK_SECONDS)

    # Reports

    def report(self, lanes: Sequence[int], **changes: Any) -> Report:
        """A report that is valid now, but for `changes`."""
        epoch, to_block, _, _ = self.oracle.read("lastReport")
        valid = Report(
            epoch=epoch + 1,
            from_block=min(to_block + 1, self.chain.number - 1),
            to_block=self.chain.number - 1,
            deadline=self.chain.timestamp + 60,
            window_hash=WINDOW_HASH,
            model_hash=MODEL_HASH,
            phi_hash=phi_hash(pack(lanes)),
        )
        return replace(valid, **changes)

    def sign(self, report: Report, signers: Sequence[int] = (0, 1, 2)) -> list[Signature]:
        """Signatures of these operators, by index, in their order."""
        return sign_all(
            report,
            [self.operators[index] for index in signers],
            chain_id=self.chain_id,
            contract=self.oracle.address,
        )

    def submission(self, lanes: Sequence[int], *, signers: Sequence[int] = (0, 1, 2), **changes: Any) -> Call:
        """Arguments of `submitReport` for a report of `lanes`, signed."""
        report = self.report(lanes, **changes)
        return astuple(report), self.sign(report, signers), pack(lanes)

    def space(self) -> None:
        """Move on until a report may be applied."""
        _, to_block, number, _ = self.oracle.read("lastReport")
        spacing = self.oracle.read("limits")[3]
        self.mine(max(0, number + spacing - self.chain.number, to_block + 2 - self.chain.number))

    def apply(self, lanes: Sequence[int]) -> int:
        """Apply a valid report as soon as spacing allows; the gas it used."""
        self.space()
        return self.oracle.send("submitReport", *self.submission(lanes), sender=address(STRANGER))

    def refusal(self, function: str, *arguments: Any, sender: int = STRANGER) -> tuple[Any, ...]:
        """The error of a call that must revert, and must leave every slot as it was."""
        return self.refusal_of(self.oracle.data(function, *arguments), sender=sender)

    def refusal_of(self, data: bytes, *, sender: int = STRANGER) -> tuple[Any, ...]:
        """As `refusal`, for raw calldata."""
        before = self.state()
        try:
            self.chain.call(self.oracle.address, data, sender=address(sender))
        except Reverted as error:
            assert self.state() == before, "a call that reverted changed a slot"
            return error.failure
        raise AssertionError("the call was meant to revert")

    # State

    def state(self) -> tuple[int, ...]:
        """Every slot that a call could have written, and the count of contracts that the oracle has created."""
        slots = layout_slots(self.oracle.name, nodes=self.nodes + 8)
        account = self.chain.evm.basic(self.oracle.address)
        return (account.nonce, *map(self.oracle.storage, slots))
