"""A Clearing on pyrevm, parties with keys, and what they owe each other."""

from collections.abc import Sequence
from random import Random
from typing import Any

from eth_hash.auto import keccak

from tests.contracts.plan_stage import OWNER, START_SECONDS
from tests.trust.evm import Chain, Deployed
from tests.trust.signing import address, sign

_DOMAIN = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_OBLIGATION_TYPE = b"Obligation(uint16 creditor,uint128 amount)"
_STATEMENT = bytes(keccak(b"Statement(bytes32 round,uint16 party,Obligation[] owes,int256 net)" + _OBLIGATION_TYPE))
_OBLIGATION = bytes(keccak(_OBLIGATION_TYPE))
Owes = list[list[tuple[int, int]]]  # by party: (creditor, amount)


class House:
    """A Clearing on pyrevm; parties are keys, sorted by address."""

    def __init__(self, parties: int = 4, chain_id: int = 31_337) -> None:
        self.chain = Chain(number=100, timestamp=START_SECONDS, chain_id=chain_id)
        self.clearing = self.chain.deploy("Clearing", sender=OWNER)
        self.money = self.chain.deploy("SampleMoney", sender=OWNER)
        self.keys = sorted(range(9_000, 9_000 + parties), key=address)
        where = chain_id.to_bytes(32, "big") + bytes.fromhex(self.clearing.address[2:]).rjust(32, b"\0")
        self.domain = bytes(keccak(keccak(_DOMAIN) + keccak(b"Clearing") + keccak(b"1") + where))
        for key in self.keys:
            self.fund(self.money, key)

    def fund(self, token: Deployed, key: int) -> None:
        token.send("mint", address(key), 10**12)
        if token.name != "Hostile":
            token.send("approve", self.clearing.address, (1 << 256) - 1, sender=address(key))

    def round(
        self, *, token: str | None = None, salt: int = 0, parties: Sequence[str] | None = None
    ) -> tuple[Any, ...]:
        named = [address(key) for key in self.keys] if parties is None else list(parties)
        return (token or self.money.address, named, START_SECONDS + 1_000, b"\x01" * 32, b"\x02" * 32, salt)

    def statement(self, content: tuple[Any, ...], party: int, owes: list[tuple[int, int]], net: int) -> tuple[Any, ...]:
        found = bytes(self.clearing.read("idOf", content))
        hashes = b"".join(keccak(_OBLIGATION + c.to_bytes(32, "big") + a.to_bytes(32, "big")) for c, a in owes)
        fields = found + party.to_bytes(32, "big") + keccak(hashes) + net.to_bytes(32, "big", signed=True)
        r, vs = sign(bytes(keccak(b"\x19\x01" + self.domain + keccak(_STATEMENT + fields))), self.keys[party])
        return owes, net, r + vs

    def statements(self, content: tuple[Any, ...], owes: Owes) -> list[tuple[Any, ...]]:
        found = nets(owes)
        return [self.statement(content, party, each, found[party]) for party, each in enumerate(owes)]

    def settle(self, content: tuple[Any, ...], statements: list[tuple[Any, ...]]) -> int:
        return self.clearing.send("settle", content, statements, sender=OWNER)

    def failure(self, content: tuple[Any, ...], statements: list[tuple[Any, ...]]) -> tuple[Any, ...]:
        failed = self.clearing.failure("settle", content, statements, sender=OWNER)
        assert [self.owed(party) for party in range(len(self.keys))] == [0] * len(self.keys)
        return failed

    def owed(self, party: int) -> int:
        return int(self.clearing.read("owed", self.money.address, address(self.keys[party])))


def nets(owes: Owes) -> list[int]:
    """What each party gets, or pays if below 0."""
    found = [-sum(amount for _, amount in each) for each in owes]
    for each in owes:
        for creditor, amount in each:
            found[creditor] += amount
    return found


def random_owes(random: Random, parties: int, each: int) -> Owes:
    """Every party owes `each` times, to parties at random."""
    return [
        [
            (random.choice([other for other in range(parties) if other != party]), random.randint(1, 10**6))
            for _ in range(each)
        ]
        for party in range(parties)
    ]
