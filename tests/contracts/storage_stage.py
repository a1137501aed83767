"""A StorageRegistry and its token on pyrevm, an owner, holders, and files with their trees."""

from dataclasses import dataclass, replace
from random import Random
from typing import Any

from eth_hash.auto import keccak

from oracle.storage.merkle import ChunkProof, chunk_span, drawn_chunk, leaves_of, path_of, root_of
from tests.trust.evm import Chain, Deployed
from tests.trust.signing import address

START_SECONDS, START_BLOCK = 1_800_000_000, 1_000
OWNER, STEWARD, CHALLENGER = address(11), address(12), address(13)
HOLDERS = tuple(address(20 + index) for index in range(4))
MINTED = 10**12
NONE, OFFERED, HELD, LEAVING = range(4)
GIB = 1 << 30


@dataclass(frozen=True)
class Setup:
    """As `RegistrySetup`."""

    token: str
    period_seconds: int = 3_600
    notice_seconds: int = 7_200
    draw_delay_blocks: int = 2
    answer_blocks: int = 20
    rest_blocks: int = 5
    samples: int = 3
    challenger_bps: int = 1_000
    bond_periods: int = 30
    min_bond: int = 5_000
    challenge_fee: int = 40

    def arguments(self) -> tuple[Any, ...]:
        return tuple(self.__dict__.values())


def region(name: str) -> bytes:
    return name.encode().ljust(16, b"\0")


def regions(*names: str) -> list[bytes]:
    return [region(name) for name in (*names, *[""] * (4 - len(names)))]


@dataclass(frozen=True)
class Terms:
    """As `FileTerms`."""

    content: bytes
    root: bytes
    size_bytes: int
    codec: int = 0x55
    temperature: int = 1
    privacy: int = 0
    replicas_min: int = 2
    replicas_max: int = 3
    steward: str = STEWARD
    max_rent: int = 10_000
    regions: tuple[str, ...] = ()

    def arguments(self) -> tuple[Any, ...]:
        return (*tuple(self.__dict__.values())[:-1], regions(*self.regions))


@dataclass(frozen=True)
class Kept:
    """A file and what a holder of its bytes can show."""

    data: bytes
    leaves: list[bytes]
    terms: Terms

    @property
    def id(self) -> bytes:
        return bytes(keccak(bytes.fromhex(OWNER[2:]).rjust(32, b"\0") + self.terms.content))

    def proof(self, index: int) -> ChunkProof:
        first, length = chunk_span(len(self.data), index)
        return ChunkProof(self.data[first : first + length], path_of(self.leaves, index))


def kept(seed: int, size_bytes: int, **changes: Any) -> Kept:
    """A file of random bytes."""
    data = Random(seed).randbytes(size_bytes)
    leaves = leaves_of([data])
    return Kept(data, leaves, replace(Terms(bytes(keccak(data)), root_of(leaves), size_bytes), **changes))


class Yard:
    """The registry, its token, a clock, and accounts that hold the token and have approved it all."""

    def __init__(self, token: Deployed | None = None, chain: Chain | None = None, **changes: Any) -> None:
        self.chain = chain or Chain(number=START_BLOCK, timestamp=START_SECONDS)
        self.money = token or self.chain.deploy("SampleMoney", sender=OWNER)
        self.setup = replace(Setup(self.money.address), **changes)
        self.registry = self.chain.deploy("StorageRegistry", self.setup.arguments(), sender=OWNER)
        for account in (OWNER, STEWARD, CHALLENGER, *HOLDERS):
            self.money.send("mint", account, MINTED)
            if token is None:
                self.money.send("approve", self.registry.address, (1 << 256) - 1, sender=account)

    def send(self, function: str, *arguments: Any, sender: str) -> int:
        return self.registry.send(function, *arguments, sender=sender)

    def failure(self, function: str, *arguments: Any, sender: str) -> tuple[Any, ...]:
        return self.registry.failure(function, *arguments, sender=sender)

    def read(self, function: str, *arguments: Any) -> Any:
        return self.registry.read(function, *arguments)

    def later(self, *, seconds: int = 0, blocks: int = 1) -> None:
        """Let blocks pass; their hashes are known after."""
        self.chain.at(number=self.chain.number + blocks, timestamp=self.chain.timestamp + seconds)

    def add(self, file: Kept, fund: int = 1_000_000) -> bytes:
        """Register a file, with money in its fund."""
        self.send("register", file.terms.arguments(), sender=OWNER)
        if fund:
            self.send("fund", file.id, fund, sender=OWNER)
        return file.id

    def holder(self, account: str, *, where: str = "eu-west", price: int = GIB, bond: int = 1_000_000) -> None:
        """Register one; at this price a file costs one unit a byte and period."""
        self.send("setHolder", region(where), 1 << 30, price, sender=account)
        self.send("bond", bond, sender=account)

    def hold(self, file: Kept, account: str) -> None:
        """Offer and accept."""
        self.send("offer", file.id, account, self.chain.timestamp + 100, sender=OWNER)
        self.send("accept", file.id, sender=account)

    def status(self, file: Kept, account: str) -> int:
        return int(self.read("agreementOf", file.id, account)[0])

    def owed(self, account: str) -> int:
        return int(self.read("owed", account))

    def drawn(self, file: Kept, account: str) -> list[int]:
        """By the Python twin, from the hash of the drawing block."""
        draw_block = self.read("agreementOf", file.id, account)[7]
        seed = self.blockhash(draw_block)
        return [drawn_chunk(seed, file.id, account, i, len(file.data)) for i in range(self.setup.samples)]

    def blockhash(self, number: int) -> bytes:
        """What `BLOCKHASH` gives on this EVM: keccak256 of the number in decimal."""
        return bytes(keccak(str(number).encode()))

    def answer(self, file: Kept, account: str) -> int:
        """Answer an open challenge honestly, by what the contract says it has drawn."""
        proofs = [file.proof(index).arguments() for index in self.read("drawnChunks", file.id, account)]
        return self.send("answer", file.id, proofs, sender=account)
