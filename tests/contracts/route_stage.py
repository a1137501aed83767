"""Two chains on pyrevm with everything that routes need on each, and keys that hold money on both."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Any

from oracle.bridges import orders
from oracle.bridges.locks import NO_ACCOUNT, Counterpart, Lock, hash_of, lock_arguments
from oracle.bridges.orders import CrossOrder
from oracle.bridges.pool_terms import PoolTerms
from oracle.chain.artefacts import artefact
from oracle.plans.signing import digest
from tests.trust.evm import Chain, Deployed
from tests.trust.signing import Signature, address, sign

START_SECONDS = 1_800_000_000
OWNER = address(1)
# Keys.
SENDER, MAKER, RELAYER, RIVAL, PROVIDER, STRANGER = range(8_000, 8_006)
KEYS = (SENDER, MAKER, RELAYER, RIVAL, PROVIDER, STRANGER)
OPERATORS = (8_100, 8_101, 8_102)
THRESHOLD = 2
MINTED = 1 << 100
PREIMAGE = bytes(range(32))
TERMS = PoolTerms(
    token=NO_ACCOUNT,
    committee=NO_ACCOUNT,
    least_amount=1_000,
    pledge_bps=1_000,
    least_pledge=500,
    loan_fee_bps=5,
    loan_seconds=3_600,
    claim_seconds=1_800,
    challenge_seconds=900,
    dispute_seconds=1_200,
    most_fill_seconds=86_400,
)


class Side:
    """One chain: money, hash locks, a committee, a pool, offers. Each key has approved locks and pool."""

    def __init__(self, chain_id: int, *, terms: PoolTerms = TERMS, keys: Sequence[int] = KEYS) -> None:
        self.chain_id = chain_id
        self.chain = Chain(number=100, timestamp=START_SECONDS, chain_id=chain_id)
        for _ in range(chain_id % 7):  # else the contracts of both chains would be at the same addresses
            self.chain.deploy("Noticeboard", sender=OWNER)
        self.money = self.chain.deploy("SampleMoney", sender=OWNER)
        self.locks = self.chain.deploy("HashLock", sender=OWNER)
        self.offers = self.chain.deploy("RouteOffers", sender=OWNER)
        operators = [address(key) for key in OPERATORS]
        self.conditions = self.chain.deploy("RouteConditions", NO_ACCOUNT, operators, THRESHOLD, sender=OWNER)
        self.terms = replace(terms, token=self.money.address, committee=self.conditions.address)
        self.pool = self.chain.deploy("RelayPool", astuple(self.terms), sender=OWNER)
        for key in keys:
            self.fund(self.money, key)

    def fund(self, token: Deployed, key: int) -> None:
        """Give a key units of a token, and let the contracts draw them."""
        token.send("mint", address(key), MINTED)
        for spender in (self.locks, self.pool):
            token.send("approve", spender.address, (1 << 256) - 1, sender=address(key))

    @property
    def now(self) -> int:
        return self.chain.timestamp

    def later(self, seconds: int) -> None:
        """Let time pass."""
        self.chain.at(number=self.chain.number + 1, timestamp=self.chain.timestamp + seconds)

    def until(self, seconds: int) -> None:
        """Let time pass up to a timestamp."""
        self.later(seconds - self.now)

    def balance(self, key: int) -> int:
        """What a key has beyond what it was given."""
        return int(self.money.read("balanceOf", address(key))) - MINTED

    def held(self, contract: Deployed) -> int:
        """What a contract has of the money."""
        return int(self.money.read("balanceOf", contract.address))

    def state(self, order: CrossOrder) -> tuple[Any, ...]:
        """Status, since when, claimant, challenger."""
        return tuple(self.pool.read("stateOf", orders.order_id(order)))

    def owed(self, key: int) -> int:
        """What a key can withdraw from the pool."""
        return int(self.pool.read("owed", address(key)))

    def bond(self, key: int) -> tuple[int, int]:
        """Amount and pledged."""
        amount, pledged = self.pool.read("bondOf", address(key))
        return amount, pledged


class Pair:
    """A source and a target, with clocks that run together unless one is moved alone."""

    def __init__(self, **options: Any) -> None:
        self.source, self.target = Side(31_001, **options), Side(31_002, **options)

    def later(self, seconds: int) -> None:
        """Let time pass on both."""
        self.source.later(seconds)
        self.target.later(seconds)

    def lock(self, **changes: Any) -> Lock:
        """A sender's lock on the source for a maker, who is to pay it on the target."""
        other = Counterpart(
            self.target.chain_id,
            self.target.locks.address,
            self.target.money.address,
            address(SENDER),
            99_000,
        )
        values: dict[str, Any] = {
            "token": self.source.money.address,
            "sender": address(SENDER),
            "recipient": address(MAKER),
            "amount": 100_000,
            "hash": hash_of(PREIMAGE),
            "expiry_seconds": START_SECONDS + 7_200,
            "counterpart": other,
        }
        return Lock(**values | changes)

    def order(self, **changes: Any) -> CrossOrder:
        """A sender's order from source to target."""
        values: dict[str, Any] = {
            "origin_chain_id": self.source.chain_id,
            "origin_settler": self.source.pool.address,
            "user": address(SENDER),
            "nonce": 1,
            "fill_deadline": self.source.now + 600,
            "input_amount": 100_000,
            "destination_chain_id": self.target.chain_id,
            "destination_settler": self.target.pool.address,
            "output_token": self.target.money.address,
            "output_amount": 99_000,
            "recipient": address(SENDER),
        }
        return CrossOrder(**values | changes)

    def opened(self, **changes: Any) -> CrossOrder:
        """An order that was opened."""
        order = self.order(**changes)
        self.source.pool.send("open", orders.onchain_arguments(order), sender=order.user)
        return order

    def bonded(self, key: int, amount: int = 50_000) -> None:
        """Have a key bond on both chains."""
        for side in (self.source, self.target):
            side.pool.send("bond", amount, sender=address(key))

    def fill(self, order: CrossOrder, key: int, *, from_pool: bool = False, filler: int | None = None) -> int:
        """Have a relayer fill an order; the gas."""
        data = orders.filler_data(address(key if filler is None else filler), from_pool=from_pool)
        return self.target.pool.send(
            "fill", orders.order_id(order), orders.origin_data(order), data, sender=address(key)
        )

    def fill_failure(self, order: CrossOrder, key: int, *, from_pool: bool = False) -> tuple[Any, ...]:
        """Why an order cannot be filled."""
        data = orders.filler_data(address(key), from_pool=from_pool)
        arguments = (orders.order_id(order), orders.origin_data(order), data)
        return self.target.pool.failure("fill", *arguments, sender=address(key))

    def call(self, function: str, order: CrossOrder, key: int = STRANGER) -> int:
        """A call about an order on its origin; the gas."""
        return self.source.pool.send(function, orders.order_arguments(order), sender=address(key))

    def failure(self, function: str, order: CrossOrder, key: int = STRANGER) -> tuple[Any, ...]:
        """Why such a call is refused."""
        return self.source.pool.failure(function, orders.order_arguments(order), sender=address(key))

    def decide(self, order: CrossOrder, filler: str, keys: Sequence[int] = OPERATORS[:2]) -> int:
        """Bring what operators say of an order; the gas."""
        verdict = signed(orders.verdict_document(order, filler), keys)
        return self.source.pool.send("decide", orders.order_arguments(order), filler, verdict, sender=address(STRANGER))

    def decide_failure(self, order: CrossOrder, filler: str, verdict: list[Signature]) -> tuple[Any, ...]:
        """Why what operators say is refused."""
        arguments = (orders.order_arguments(order), filler, verdict)
        return self.source.pool.failure("decide", *arguments, sender=address(STRANGER))


def signed(document: dict[str, Any], keys: Sequence[int]) -> list[Signature]:
    """Compact signatures of keys over typed data."""
    message = digest(document)
    return [sign(message, key) for key in keys]


def wallet_signature(document: dict[str, Any], key: int) -> bytes:
    """65 bytes of r, s, v over typed data."""
    r, vs = sign(digest(document), key)
    return r + (int.from_bytes(vs, "big") & ((1 << 255) - 1)).to_bytes(32, "big") + bytes([27 + (vs[0] >> 7)])


def send_lock(side: Side, function: str, lock: Lock, *arguments: Any, key: int = STRANGER) -> int:
    """A call about a lock; the gas."""
    return side.locks.send(function, lock_arguments(lock), *arguments, sender=address(key))


def lock_failure(side: Side, function: str, lock: Lock, *arguments: Any, key: int = STRANGER) -> tuple[Any, ...]:
    """Why a call about a lock is refused."""
    return side.locks.failure(function, lock_arguments(lock), *arguments, sender=address(key))


def logged(side: Side) -> list[tuple[list[bytes], bytes]]:
    """Topics and data of the events of the last call."""
    result = side.chain.evm.result
    assert result is not None
    return [([bytes(topic) for topic in log.data[0]], bytes(log.data[1])) for log in result.logs]


def changing(contract: str) -> set[str]:
    """The functions of a contract that change anything."""
    entries = artefact(contract)["abi"]
    return {e["name"] for e in entries if e["type"] == "function" and e["stateMutability"] not in ("view", "pure")}
