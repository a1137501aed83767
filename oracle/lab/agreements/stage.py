"""A chain with the contracts of agreements, and people on it by name, with ether and money that is worth nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from oracle.agreements.book import PlanBookClient
from oracle.agreements.clearing import ClearingClient
from oracle.agreements.deployment import deploy_agreements
from oracle.agreements.erc20 import Erc20
from oracle.agreements.sending import Sender
from oracle.chain.calls import calldata
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.errors import DeploymentError, InputError
from oracle.lab.agreements.faucet import BLOCK_SECONDS, Call, send_all
from oracle.plans.reading.read import Reading
from oracle.plans.reading.record import text_hash
from oracle.plans.reading.terms_of import join_seconds_of
from oracle.plans.terms import Setting

Say = Callable[[str], None]

CHAINS = ("eth-tester", "anvil")
_ETHER = 10**18


@dataclass(frozen=True)
class Agreement:
    """A text, and what was read of it."""

    text: str
    reading: Reading


class Stage:
    """A book, a clearing and a token on a chain whose blocks come when told."""

    def __init__(self, owned: OwnedBlocks, out: Path) -> None:
        """Deploy the contracts; `out` is a folder for what a walk writes."""
        self.owned, self.chain, self.out = owned, owned.chain, out
        self.faucet: LocalAccount = Account.from_key(owned.faucet_key)
        self.contracts = deploy_agreements(self.sender(self.faucet), None, with_money=True)
        if self.contracts.money is None:
            raise DeploymentError("no SampleMoney was deployed, so nobody has anything to deposit: deploy it too")
        self.token = Erc20(self.chain, self.contracts.money)

    @property
    def now(self) -> int:
        """The latest block's timestamp."""
        return self.chain.timestamp(self.chain.head())

    def key(self, name: str) -> LocalAccount:
        """The key of someone; the same for the same name. Anyone can make it, so it keeps nothing of worth."""
        made: LocalAccount = Account.from_key(keccak(f"a demonstration's {name}".encode()))
        return made

    def sender(self, key: LocalAccount) -> Sender:
        """A sender whose transactions come into a block of their own."""
        return Sender(self.chain, key, mine=lambda: self.owned.next_block(BLOCK_SECONDS))

    def book(self, key: LocalAccount) -> PlanBookClient:
        """The book, for one key."""
        return PlanBookClient(self.chain, self.contracts.book, self.sender(key))

    def clearing(self, key: LocalAccount) -> ClearingClient:
        """The clearing, for one key."""
        return ClearingClient(self.chain, self.contracts.clearing, self.sender(key))

    def setting(self, agreement: Agreement, names: Iterable[str]) -> Setting:
        """What a plan needs beside its terms."""
        return Setting(
            accounts={name: str(self.key(name).address) for name in names},
            token=self.token.address,
            now_seconds=self.now,
            terms_hash=text_hash(agreement.text),
            join_seconds=join_seconds_of(agreement.reading),
            salt=self.chain.head(),  # the same text can be walked again
        )

    def until(self, seconds: int) -> None:
        """Let time pass, up to a timestamp."""
        if seconds > self.now:
            self.owned.next_block(seconds - self.now)

    def fund(self, holdings: Mapping[str, int]) -> None:
        """Give people ether for their transactions, and units of the token."""
        calls = [(str(self.key(name).address), b"", _ETHER) for name in holdings]
        for name, units in holdings.items():
            if units:
                calls.append((self.token.address, calldata("SampleMoney", "mint", self.key(name).address, units), 0))
        self.send_all(calls)

    def send_all(self, calls: Sequence[Call]) -> None:
        """Have the faucet send calls, as few blocks as they fit in.

        Raises:
            InputError: one of them reverted.
        """
        send_all(self.owned, self.faucet, calls)


@contextmanager
def opened_stage(chain: str, out: Path) -> Iterator[Stage]:
    """A stage on a chain of this process, which ends with it.

    Args:
        chain: One of CHAINS.
        out: A folder for what a walk writes; made if it is not there.

    Raises:
        InputError: the chain is none of them.
    """
    if chain not in CHAINS:
        raise InputError(f"{chain!r} is no chain that can be started: give {' or '.join(CHAINS)}")
    owned = start_chain(chain)
    try:
        yield Stage(owned, out)
    finally:
        owned.close()
