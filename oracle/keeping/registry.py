"""The registry of files on one chain: how files and holders stand, and all calls about them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address
from hexbytes import HexBytes

from oracle.agreements.erc20 import Erc20
from oracle.agreements.recorded import check_code, created, record_at
from oracle.agreements.sending import Sender, Sent, needed
from oracle.chain.calls import ContractCalls
from oracle.chain.connection import Chain
from oracle.chain.deployment import application_path
from oracle.chain.events import event
from oracle.errors import ConnectionFailed, DeploymentError
from oracle.keeping.terms import (
    Agreement,
    AgreementStatus,
    FileStanding,
    HolderStanding,
    RegistrySetup,
    Terms,
    region_bytes,
    region_name,
    terms_of,
)
from oracle.storage.merkle import ChunkProof

CONTRACT = "StorageRegistry"
_BLOCKS_PER_REQUEST = 10_000


def registry_path(directory: Path, chain: Chain) -> Path:
    """`<directory>/<chainId>.storage.json`, beside the record of the consensus contracts."""
    return application_path(directory, chain.chain_id, "storage")


def deploy_registry(sender: Sender, setup: RegistrySetup, path: Path | None = None) -> str:
    """The address of the registry in a record, which is created where the record shows none on the chain yet.

    An interrupted run goes on where it stopped.

    Args:
        sender: Pays.
        setup: Of the registry.
        path: The record; None to keep none.

    Raises:
        DeploymentError: the record is of another chain, or its registry has another setup.
        TransactionFailed: it was not mined in time, or its setup cannot work.
        WriteFailed: the record cannot be written.
    """
    setup = replace(setup, token=to_checksum_address(setup.token))
    entry = created(sender, record_at(sender.chain, path), CONTRACT, setup.arguments())
    found = RegistryClient(sender.chain, entry.address).setup
    if found != setup:
        raise DeploymentError(
            f"{path} names the registry {entry.address}, whose setup is another ({found}); use it as it is, or keep "
            "the record of a new one in another folder with --deployments"
        )
    return entry.address


class RegistryClient:
    """One registry. Amounts are in units of its token; every call that sends is tried first (see `Sender`)."""

    def __init__(self, chain: Chain, address: str, sender: Sender | None = None) -> None:
        """Without a sender it can read but not send.

        Raises:
            DeploymentError: the code at the address is not that of this version's registry.
        """
        check_code(chain, CONTRACT, address)
        self.chain, self._sender = chain, sender
        self._calls = ContractCalls(chain, CONTRACT, address)
        self.address = self._calls.address
        token, *rest = self._calls.read("setup")
        self.setup = RegistrySetup(to_checksum_address(token), *rest)

    @property
    def account(self) -> str:
        """Who sends."""
        return str(needed(self._sender).key.address)

    # Reads

    def file_id(self, owner: str, digest: bytes) -> bytes:
        """The id of an owner's file."""
        return bytes(self._calls.read("idOf", owner, digest))

    def terms(self, file: bytes) -> Terms:
        """What the owner wants."""
        return terms_of(self._calls.read("termsOf", file))

    def standing(self, file: bytes) -> FileStanding:
        """How a file stands."""
        owner, *rest = self._calls.read("standingOf", file)
        return FileStanding(str(to_checksum_address(owner)), *rest)

    def holder(self, account: str) -> HolderStanding:
        """How a holder stands."""
        return self.holders([account])[0]

    def holders(self, accounts: Sequence[str]) -> list[HolderStanding]:
        """As `holder`, of several."""
        found = self._calls.read_each(*(("holderOf", account) for account in accounts))
        return [HolderStanding(region_name(bytes(region)), *rest) for region, *rest in found]

    def agreement(self, file: bytes, holder: str) -> Agreement:
        """A holder's agreement about a file."""
        return _agreement(self._calls.read("agreementOf", file, holder))

    def agreements(self, file: bytes) -> dict[str, Agreement]:
        """All agreements about a file, offers among them, by holder."""
        accounts = self._calls.read("holdersOf", file)
        found = self._calls.read_each(*(("agreementOf", file, account) for account in accounts))
        return {account: _agreement(each) for account, each in zip(accounts, found, strict=True)}

    def agreements_of(self, holder: str, files: Sequence[bytes]) -> dict[bytes, Agreement]:
        """A holder's agreements about files, by file."""
        found = self._calls.read_each(*(("agreementOf", file, holder) for file in files)) if files else []
        return {file: _agreement(each) for file, each in zip(files, found, strict=True)}

    def drawn(self, file: bytes, holder: str) -> list[int]:
        """The chunks that the open challenge has drawn."""
        return list(self._calls.read("drawnChunks", file, holder))

    def owed(self, account: str) -> int:
        """What an account can withdraw."""
        return int(self._calls.read("owed", account))

    def offered_to(self, holder: str, from_block: int, to_block: int) -> list[bytes]:
        """Files that were offered to a holder in blocks, in order.

        Raises:
            ConnectionFailed: the node does not answer, or with what is no list of logs.
        """
        topic = "0x" + holder[2:].lower().rjust(64, "0")
        queries = [
            [
                {
                    "address": self.address,
                    "topics": [_topic("Offered"), None, topic],
                    "fromBlock": hex(first),
                    "toBlock": hex(min(first + _BLOCKS_PER_REQUEST - 1, to_block)),
                }
            ]
            for first in range(from_block, to_block + 1, _BLOCKS_PER_REQUEST)
        ]
        try:
            answers = self.chain.request_each("eth_getLogs", queries)
            return list(dict.fromkeys(bytes(HexBytes(log["topics"][1])) for logs in answers for log in logs))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ConnectionFailed(
                f"{self.chain.name} answers eth_getLogs with what is no list of logs; give --rpc another node"
            ) from error

    # Holders

    def set_holder(self, region: str, capacity_bytes: int, price_per_gib_period: int) -> Sent:
        """Register the sender as a holder, or change what it says."""
        return self._send("setHolder", region_bytes(region), capacity_bytes, price_per_gib_period)

    def bond(self, amount: int) -> Sent:
        """Add to the sender's bond."""
        return self._paying("bond", amount)

    def unbond(self, amount: int) -> Sent:
        """Free a part of it."""
        return self._send("unbond", amount)

    # Files

    def register(self, terms: Terms) -> tuple[bytes, Sent]:
        """Register a file of the sender's; its id."""
        return self.file_id(self.account, terms.cid.digest), self._send("register", terms.arguments())

    def amend(self, file: bytes, terms: Terms) -> Sent:
        """Change what the owner wants."""
        return self._send("amend", file, terms.arguments())

    def fund(self, file: bytes, amount: int) -> Sent:
        """Add to what pays a file's rent."""
        return self._paying("fund", file, amount)

    def defund(self, file: bytes) -> Sent:
        """Take out what is left for a file that nobody holds."""
        return self._send("defund", file)

    # Agreements

    def offer(self, file: bytes, holder: str, until_seconds: int) -> Sent:
        """Offer a file to a holder."""
        return self._send("offer", file, holder, until_seconds)

    def accept(self, file: bytes) -> Sent:
        """Accept an offer."""
        return self._send("accept", file)

    def collect(self, file: bytes) -> Sent:
        """Collect rent."""
        return self._send("collect", file)

    def give_notice(self, file: bytes) -> Sent:
        """Say that the sender will go."""
        return self._send("giveNotice", file)

    def depart(self, file: bytes) -> Sent:
        """Go."""
        return self._send("depart", file)

    def release(self, file: bytes, holder: str) -> Sent:
        """Let a holder go, or take back an offer."""
        return self._send("release", file, holder)

    # Proofs

    def challenge(self, file: bytes, holder: str) -> Sent:
        """Challenge a holder; costs the fee."""
        return self._paying("challenge", file, holder, amount=self.setup.challenge_fee)

    def answer(self, file: bytes, proofs: Sequence[ChunkProof]) -> Sent:
        """Answer the open challenge."""
        return self._send("answer", file, [each.arguments() for each in proofs])

    def convict(self, file: bytes, holder: str) -> Sent:
        """End the agreement of a holder that has not answered in time."""
        return self._send("convict", file, holder)

    def withdraw(self, to: str | None = None) -> Sent:
        """Pay out all that is credited to the sender, to an address or to itself."""
        return self._send("withdraw", to or self.account)

    def _send(self, function: str, *arguments: Any) -> Sent:
        return needed(self._sender).call(self._calls, {}, function, *arguments)

    def _paying(self, function: str, *arguments: Any, amount: int | None = None) -> Sent:
        """A call that draws from the sender, whose allowance is raised where it is too small."""
        due = arguments[-1] if amount is None else amount
        token = Erc20(self.chain, self.setup.token)
        if due and token.allowance(self.account, self.address) < due:
            token.approve(needed(self._sender), self.address, (1 << 256) - 1)
        return self._send(function, *arguments)


def _agreement(values: tuple[Any, ...]) -> Agreement:
    status, *rest = values
    return Agreement(AgreementStatus(status), *rest)


def _topic(name: str) -> str:
    return "0x" + event(CONTRACT, name).topic.hex()
