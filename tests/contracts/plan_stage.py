"""A PlanBook and a token on pyrevm, parties with keys, and plans of every shape."""

from collections.abc import Sequence
from random import Random
from typing import Any

from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address
from rlp import encode as rlp_encode

from oracle.plans.plan import (
    ARBITER,
    DAY_SECONDS,
    DONE,
    EVERYONE,
    NEVER,
    NOBODY,
    REFUND,
    REST,
    DueFrom,
    Late,
    Payment,
    Plan,
    Step,
    Verb,
    as_arguments,
    step_arguments,
)
from oracle.plans.signing import frame_arguments, plan_id
from tests.trust.evm import Chain, Deployed
from tests.trust.signing import address, sign

START_SECONDS = 1_800_000_000
CHAIN_ID = 31_337
OWNER = address(1)
SELLER, CARRIER, BUYER, JUDGE = 7_000, 7_001, 7_002, 7_003  # keys of the parties of `sale`
PRICE, FEE, PENALTY = 120_000, 8_000, 1_200
MONEY = to_checksum_address(keccak(rlp_encode([bytes.fromhex(OWNER[2:]), 1]))[-20:])  # the owner's second contract
NO_PERMIT = (0, 0, bytes(32), bytes(32))
_DOMAIN = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_ATTESTATION = bytes(keccak(b"Attestation(bytes32 plan,uint8 step,bytes32 evidence)"))
_PAYMENT_TYPE = b"Payment(uint8 payer,uint8 payee,uint128 amount)"
_PLAN_TYPE = (
    b"Plan(bytes32 kind,address[] parties,uint256[] deposits,address token,uint8 arbiter,uint64 arbiterSeconds,"
    b"uint64 joinBySeconds,Step[] steps,bytes32 termsHash,bytes32 modelHash,uint256 salt)"
)
_STEP_TYPE = (
    b"Step(uint8 verb,uint8 actor,uint8 dueFrom,uint64 dueSeconds,uint16 lateDays,uint128 penaltyPerDay,"
    b"uint8 penaltyPayer,uint8 penaltyPayee,bool needsEvidence,uint16 witnesses,uint8 quorum,Payment[] payments,"
    b"uint8 onDone,uint8 onTimeout,uint8 onRefusal)"
)
_AMENDMENT = bytes(
    keccak(b"Amendment(bytes32 plan,uint8 step,Plan replacement)" + _PAYMENT_TYPE + _PLAN_TYPE + _STEP_TYPE)
)


def sale(*, arbiter: bool = False, salt: int = 0, **changes: Any) -> Plan:
    """Goods are received within 5 days, accepted within 3, and settled: a carrier's fee, and the rest to the seller."""
    seller, carrier, buyer, judge = range(4)
    steps = (
        Step(
            Verb.RECEIVE,
            carrier,
            5 * DAY_SECONDS,
            late=Late(10, PENALTY, buyer, buyer),
            needs_evidence=True,
            on_done=1,
        ),
        Step(
            Verb.ACCEPT,
            buyer,
            3 * DAY_SECONDS,
            on_done=2,
            on_timeout=2,
            on_refusal=ARBITER if arbiter else REFUND,
        ),
        Step(Verb.PAY, seller, 90 * DAY_SECONDS, payments=(Payment(buyer, carrier, FEE), Payment(buyer, seller, REST))),
    )
    keys = [SELLER, CARRIER, BUYER, *([JUDGE] if arbiter else [])]
    values: dict[str, Any] = {
        "kind": "logistics",
        "parties": tuple(address(key) for key in keys),
        "token": MONEY,
        "deposits": (0, 0, PRICE + FEE, *([0] if arbiter else [])),
        "steps": steps,
        "arbiter": judge if arbiter else NOBODY,
        "arbiter_seconds": 14 * DAY_SECONDS if arbiter else 0,
        "join_by_seconds": START_SECONDS + 7 * DAY_SECONDS,
        "terms_hash": bytes(keccak(b"terms")),
        "salt": salt,
    }
    return Plan(**values | changes)


class Town:
    """A book, a token that all parties have let it draw on, and a clock."""

    def __init__(self, *, chain_id: int = CHAIN_ID, keys: Sequence[int] = (SELLER, CARRIER, BUYER, JUDGE)) -> None:
        """Each key holds 2^100 units and has approved them all."""
        self.chain_id = chain_id
        self.chain = Chain(number=100, timestamp=START_SECONDS, chain_id=chain_id)
        self.book = self.chain.deploy("PlanBook", sender=OWNER)
        self.money = self.chain.deploy("SampleMoney", sender=OWNER)
        assert self.money.address == MONEY.lower()
        where = chain_id.to_bytes(32, "big") + bytes.fromhex(self.book.address[2:]).rjust(32, b"\0")
        self.domain = bytes(keccak(keccak(_DOMAIN) + keccak(b"PlanBook") + keccak(b"1") + where))
        for key in keys:
            self.fund(self.money, key)

    def fund(self, token: Deployed, key: int) -> None:
        """Give a key units of a token, and let the book draw them."""
        token.send("mint", address(key), 1 << 100)
        token.send("approve", self.book.address, (1 << 256) - 1, sender=address(key))

    @property
    def now(self) -> int:
        return self.chain.timestamp

    def later(self, seconds: int) -> None:
        """Let time pass."""
        self.chain.at(number=self.chain.number + 1, timestamp=self.chain.timestamp + seconds)

    def plan_id(self, plan: Plan) -> bytes:
        return bytes(self.book.read("idOf", as_arguments(plan)))

    def signed(self, struct_hash: bytes, key: int) -> bytes:
        """65 bytes of r, s, v over typed data of the book."""
        return self.signed_digest(bytes(keccak(b"\x19\x01" + self.domain + struct_hash)), key)

    def signed_digest(self, digest: bytes, key: int) -> bytes:
        """65 bytes of r, s, v."""
        r, vs = sign(digest, key)
        return r + (int.from_bytes(vs, "big") & ((1 << 255) - 1)).to_bytes(32, "big") + bytes([27 + (vs[0] >> 7)])

    def digest(self, plan: Plan) -> bytes:
        """What parties sign to join."""
        return bytes(keccak(b"\x19\x01" + self.domain + plan_id(plan)))

    def arguments(self, function: str, plan: Plan, *arguments: Any) -> tuple[Any, ...]:
        """Those of a call: the plan whole in a proposal, else its frame, and the step where one is named."""
        if function == "propose":
            return (as_arguments(plan), *arguments)
        if function not in {"perform", "refuse", "timeout", "deadlines"}:
            return (frame_arguments(plan), *arguments)
        at = arguments[0] if arguments and arguments[0] < len(plan.steps) else 0
        rest = () if function == "deadlines" else arguments
        return (frame_arguments(plan), step_arguments(plan.steps[at]), *rest)

    def send(self, function: str, plan: Plan, *arguments: Any, sender: str) -> int:
        """A call about a plan; the gas it used."""
        return self.book.send(function, *self.arguments(function, plan, *arguments), sender=sender)

    def failure(self, function: str, plan: Plan, *arguments: Any, sender: str) -> tuple[Any, ...]:
        """The error of a call about a plan that must revert."""
        return self.book.failure(function, *self.arguments(function, plan, *arguments), sender=sender)

    def deadlines(self, plan: Plan, step: int = 0) -> tuple[int, int]:
        """Until when the present state lasts, without penalty and at all."""
        due, last = self.book.read("deadlines", *self.arguments("deadlines", plan, step))
        return due, last

    def joining(self, party: int, key: int, plan: Plan, permit: Any = NO_PERMIT) -> tuple[Any, ...]:
        return (party, self.signed_digest(self.digest(plan), key), permit)

    def attestation(self, plan: bytes, step: int, evidence: bytes, witness: int, key: int) -> tuple[int, bytes]:
        fields = plan + step.to_bytes(32, "big") + evidence
        return witness, self.signed(bytes(keccak(_ATTESTATION + fields)), key)

    def amendment(self, amended: bytes, step: int, successor: Plan) -> bytes:
        """The digest of an amendment."""
        struct = _AMENDMENT + amended + step.to_bytes(32, "big") + plan_id(successor)
        return bytes(keccak(b"\x19\x01" + self.domain + keccak(struct)))

    def begin(self, plan: Plan, keys: Sequence[int]) -> bytes:
        """Propose, and have all join."""
        joinings = [self.joining(party, key, plan) for party, key in enumerate(keys)]
        self.send("propose", plan, joinings, sender=OWNER)
        return self.plan_id(plan)

    def owed(self, key: int, token: Deployed | None = None) -> int:
        return int(self.book.read("owed", (token or self.money).address, address(key)))


def random_plan(random: Random, *, token: str, keys: Sequence[int], now: int) -> Plan:
    """A plan that the contract takes: every target, payer, time and witness at random."""
    parties = random.randint(1, len(keys))
    arbiter = random.randrange(parties) if random.random() < 0.4 else NOBODY
    deposits = [random.choice([0, 1, 7, 1_000, random.randrange(1 << 90)]) for _ in range(parties)]
    if arbiter != NOBODY:
        deposits[arbiter] = 0
    count = random.choice([1, 2, 3, 4, 5, 8])
    return Plan(
        kind="random",
        parties=tuple(address(key) for key in keys[:parties]),
        deposits=tuple(deposits),
        token=token if any(deposits) else "0x" + "0" * 40,
        arbiter=arbiter,
        arbiter_seconds=0 if arbiter == NOBODY else random.randint(1, 10**6),
        join_by_seconds=now + random.choice([0, 1, 10**5]),
        steps=tuple(_random_step(random, index, count, parties, arbiter != NOBODY, now) for index in range(count)),
        terms_hash=random.randbytes(32),
        model_hash=random.randbytes(32),
        salt=random.getrandbits(256),
    )


def _random_step(random: Random, index: int, count: int, parties: int, arbitrable: bool, now: int) -> Step:
    ends = [DONE, REFUND, *([ARBITER] if arbitrable else [])]

    def target() -> int:
        later = list(range(index + 1, count))
        return random.choice(later if later and random.random() < 0.7 else ends)

    def party() -> int:
        return random.randrange(parties)

    due_from = random.choice(list(DueFrom))
    seconds = random.choice([1, 60, DAY_SECONDS, 10**6])
    late = Late(0)
    if random.random() < 0.4:
        days = random.randint(1, 12)
        late = Late(days, random.choice([1, 500, 1 << 80]), party(), party()) if random.random() < 0.7 else Late(days)
    amounts = [1, 999, 1 << 70, 1 << 100, REST]
    witnesses = frozenset(party() for _ in range(random.choice([0, 0, 1, 3])))
    return Step(
        verb=random.choice(list(Verb)),
        actor=party(),
        due_seconds=now + seconds if due_from is DueFrom.DATE else seconds,
        due_from=due_from,
        late=late,
        needs_evidence=random.random() < 0.3,
        witnesses=witnesses,
        quorum=random.randint(1, len(witnesses)) if witnesses else 0,
        payments=tuple(
            Payment(
                EVERYONE if random.random() < 0.3 else party(),
                party(),
                random.choice(amounts),
            )
            for _ in range(random.choice([0, 1, 1, 2, 4]))
        ),
        on_done=target(),
        on_timeout=target(),
        on_refusal=NEVER if random.random() < 0.5 else target(),
    )
