"""The contracts of agreements on a chain that this process starts, and parties whose accounts hold money."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from oracle.agreements.book import PlanBookClient
from oracle.agreements.clearing import ClearingClient
from oracle.agreements.deployment import deploy_agreements
from oracle.agreements.erc20 import Erc20
from oracle.agreements.sending import Sender
from oracle.agreements.signatures import Joining, Permit, sign_permit, sign_plan
from oracle.chain.calls import ContractCalls
from oracle.chain.owned import OwnedBlocks
from oracle.chain.transactions import sign_transaction
from oracle.plans.plan import DAY_SECONDS, Plan
from tests.contracts.plan_stage import BUYER, CARRIER, JUDGE, SELLER, sale

BLOCK_SECONDS = 10
MINTED = 10**12
_ETHER = 10**18


def account(number: int) -> LocalAccount:
    """The account whose private key is a number."""
    found: LocalAccount = Account.from_key(number.to_bytes(32, "big"))
    return found


SELLER_KEY, CARRIER_KEY, BUYER_KEY, JUDGE_KEY = (account(number) for number in (SELLER, CARRIER, BUYER, JUDGE))
PARTIES = (SELLER_KEY, CARRIER_KEY, BUYER_KEY)
NAMES = ("seller", "carrier", "buyer")


class Stage:
    """A book, a clearing and a token, deployed by the faucet's key."""

    def __init__(self, owned: OwnedBlocks, record: Path | None = None) -> None:
        """The parties of a sale and its judge hold ether; the buyer holds money, and has approved nothing."""
        self.owned, self.chain = owned, owned.chain
        self.faucet: LocalAccount = Account.from_key(owned.faucet_key)
        self.contracts = deploy_agreements(self.sender(self.faucet), record, with_money=True)
        assert self.contracts.money is not None
        self.token = Erc20(self.chain, self.contracts.money)
        self._money = ContractCalls(self.chain, "SampleMoney", self.contracts.money)
        self.endow([*PARTIES, JUDGE_KEY])
        self.mint(BUYER_KEY.address)

    def sender(self, key: LocalAccount, *, max_fee_wei: int | None = None) -> Sender:
        """A sender whose transactions come into a block of their own."""
        return Sender(self.owned.chain, key, max_fee_wei=max_fee_wei, mine=lambda: self.owned.next_block(BLOCK_SECONDS))

    def book(self, key: LocalAccount | None = None) -> PlanBookClient:
        """The book, for one key; for the faucet's where none is given."""
        return PlanBookClient(self.chain, self.contracts.book, self.sender(key or self.faucet))

    def clearing(self, key: LocalAccount | None = None) -> ClearingClient:
        """The clearing, as the book."""
        return ClearingClient(self.chain, self.contracts.clearing, self.sender(key or self.faucet))

    @property
    def now(self) -> int:
        return self.chain.timestamp(self.chain.head())

    def later(self, seconds: int) -> None:
        """Let time pass: one empty block."""
        self.owned.next_block(seconds)

    def mint(self, holder: str) -> None:
        """Give an account money."""
        self.sender(self.faucet).call(self._money, {}, "mint", holder, MINTED)

    def endow(self, keys: Sequence[LocalAccount]) -> None:
        """Give keys ether for their transactions."""
        for key in keys:
            transaction = sign_transaction(
                chain=self.chain,
                account=self.faucet,
                nonce=self.chain.nonce(self.faucet.address, pending=False),
                to=key.address,
                data=b"",
                gas_limit=21_000,
                value_wei=_ETHER,
            )
            self.chain.send_raw(transaction.raw, transaction.hash)
            self.later(BLOCK_SECONDS)

    def sale(self, **changes: Any) -> Plan:
        """The sale of `plan_stage` on this chain."""
        here: dict[str, Any] = {"token": self.token.address, "join_by_seconds": self.now + 7 * DAY_SECONDS}
        found = sale(**here | changes)
        return replace(found, parties=tuple(str(to_checksum_address(each)) for each in found.parties))

    def permit(self, amount: int, *, deadline_seconds: int | None = None, nonce: int | None = None) -> Permit:
        """A permit of the buyer for the book."""
        terms = self.token.permit_terms(BUYER_KEY.address)
        if nonce is not None:
            terms = replace(terms, nonce=nonce)
        until = self.now + DAY_SECONDS if deadline_seconds is None else deadline_seconds
        return sign_permit(terms, BUYER_KEY, self.contracts.book, amount, until)

    def joinings(self, plan: Plan, keys: Sequence[LocalAccount] = PARTIES) -> list[Joining]:
        """Signatures of the parties of a sale, the buyer's with a permit."""
        place = self.book().place
        return [
            sign_plan(plan, key, place, self.permit(plan.deposits[2]) if key is BUYER_KEY else None) for key in keys
        ]

    def begin(self, plan: Plan, keys: Sequence[LocalAccount] = PARTIES) -> bytes:
        """Propose a sale, and have all join."""
        plan_id, _ = self.book().propose(plan)
        self.book().join(plan, self.joinings(plan, keys))
        return plan_id
