"""Gas of the consensus ledgers: what their nodes, stakers and voters call, on Anvil."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from eth_hash.auto import keccak

from oracle.chain.ledger import Ledger
from oracle.chain.owned import start_chain
from oracle.engines.dpos.submission import sign_turn_block
from oracle.engines.dpos.terms import DelegateTerms
from oracle.engines.pos.submission import sign_slot_block
from oracle.engines.pos.terms import StakeTerms
from oracle.engines.pow.submission import open_challenge
from oracle.engines.pow.terms import WorkTerms
from oracle.engines.terms import Terms
from oracle.formulas.body import encode_body
from oracle.formulas.lottery import chance_q128, slot_draw, wins
from oracle.formulas.pow import block_hash, meets
from oracle.lab.bench.gas_stage import GasStage

DELEGATES = 21
_INTERVAL_SECONDS, _HALF_LIFE_SECONDS, _HASHES = 10, 2880, 64
_CAPACITY, _CONFIRMATIONS = 1000, 6
_BODY, _OTHER_BODY = encode_body(range(400)), encode_body(range(399))
_NOTHING_SHOWN: tuple[list[int], list[bytes]] = ([], [])
_WORK = WorkTerms()
_STAKE = StakeTerms(slot_seconds=2, term_slots=64, exit_terms=2, grace_slots=3)
# One missed turn leads to jail.
_VOTES = DelegateTerms(
    term_seconds=1200, delegates=DELEGATES, signed_blocks_window=8, min_signed_per_window=8, jail_terms=1
)
_FIRST_TERM = 2
_PROPOSER = 1  # the node that makes blocks
_LAYERS = 20  # of an onion: a reveal for each block, and more


@dataclass(frozen=True)
class EngineRow:
    """One call of one ledger."""

    engine: str
    contract: str
    n: int
    call: str
    gas: int


def measure_engines(say: Callable[[str], None], n: int) -> list[EngineRow]:
    """Rows of all three engines, each on a chain of its own with `n` nodes of one key."""
    rows = []
    for terms, calls in ((_WORK, _work), (_STAKE, _stake), (_VOTES, _votes)):
        owned = start_chain("anvil")
        try:
            stage = _LedgerStage(GasStage(owned, n), terms)
            for call, gas in (("deploy", stage.deployment_gas), *calls(stage)):
                rows.append(EngineRow(terms.engine, terms.contract, n, call, gas))
                say(f"{terms.contract:14} N {n:6,}  {call:40} {gas:10,}")
        finally:
            owned.close()
    return rows


class _LedgerStage:
    """A ledger over a deployment, whose account holds the keys of all nodes."""

    def __init__(self, stage: GasStage, terms: Terms) -> None:
        self.stage, self.n, self.key = stage, stage.n, stage.account
        setup = (
            stage.contracts.addresses.oracle,
            terms.p(_INTERVAL_SECONDS, _HASHES) * stage.n,
            _INTERVAL_SECONDS,
            _HALF_LIFE_SECONDS,
            _CAPACITY,
            _CONFIRMATIONS,
        )
        before = stage.deployer.gas_used
        self.address = stage.deployer.contract(terms.contract, setup, *terms.arguments())
        self.deployment_gas = stage.deployer.gas_used - before
        self.start_seconds = self.now
        self.ledger = Ledger(stage.owned.chain, self.address, terms.contract)

    @property
    def now(self) -> int:
        chain = self.stage.owned.chain
        return chain.timestamp(chain.head())

    def read(self, function: str, *arguments: Any) -> Any:
        return self.ledger.calls.read(function, *arguments)

    def call(self, function: str, *arguments: Any, value_wei: int = 0, at_seconds: int | None = None) -> int:
        """Gas of a call, in a block of that time, or of a second later than the last."""
        return self.stage.send(
            self.ledger.calls.calldata(function, *arguments),
            to=self.address,
            value_wei=value_wei,
            after_seconds=1 if at_seconds is None else at_seconds - self.now,
        )

    def wait_until(self, at_seconds: int) -> None:
        """Produce a block of that time."""
        self.stage.owned.next_block(at_seconds - self.now)


def _work(stage: _LedgerStage) -> Iterator[tuple[str, int]]:
    hashed = bytes(keccak(_BODY))
    stage.wait_until(stage.now + 1)
    head = stage.stage.owned.chain.head()
    opening = stage.ledger.open_round(head)
    challenge = open_challenge(stage.ledger, opening, head)
    nonce = next(n for n in count() if meets(block_hash(challenge, 0, hashed, n), opening.difficulty))
    yield "a block", stage.call("submitBlock", opening.number, 0, _BODY, nonce, _NOTHING_SHOWN)


def _stake(stage: _LedgerStage) -> Iterator[tuple[str, int]]:
    ether = 10**18
    onion = _onion()
    for node in range(stage.n):
        # As much as all others have together, for slots to come soon.
        amount = ether * (stage.n if node == _PROPOSER else 1)
        deposited = stage.call("deposit", node, amount, value_wei=amount)
        committed = stage.call("commit", node, onion[-1])
    onion.pop()
    yield "deposit, the first of a node", deposited
    yield "deposit, a later one", stage.call("deposit", 0, ether, value_wei=ether)
    yield "commit", committed
    term_seconds = _STAKE.term_slots * _STAKE.slot_seconds
    stage.wait_until(stage.start_seconds + _FIRST_TERM * term_seconds)

    def block(first_slot: int) -> int:
        """Gas of a block for the proposer's next slot."""
        opening = stage.ledger.open_round(stage.stage.owned.chain.head())
        for slot in count(first_slot):
            term, at_seconds = slot // _STAKE.term_slots, stage.start_seconds + slot * _STAKE.slot_seconds
            if term > (stage.now - stage.start_seconds) // term_seconds:
                stage.wait_until(at_seconds)  # stake and seed are told of terms that have begun
                continue
            stake, total = stage.read("stakeOf", _PROPOSER, term), stage.read("totalStake", term)
            draw = slot_draw(bytes(stage.read("seedOf", term)), slot, _PROPOSER)
            if wins(draw, chance_q128(opening.difficulty, stake, total)):
                signed = sign_slot_block(
                    stage.ledger.facts,
                    stage.key,
                    round_=opening,
                    slot=slot,
                    node=_PROPOSER,
                    body=_BODY,
                    reveal=onion.pop(),
                )
                return stage.call("submitBlock", signed[0], _BODY, signed[1], _NOTHING_SHOWN, at_seconds=at_seconds)
        raise AssertionError("slots have no end")

    def slot_after_now() -> int:
        return (stage.now - stage.start_seconds) // _STAKE.slot_seconds + 1

    block(slot_after_now())
    yield "a block", block(slot_after_now())
    stage.wait_until(stage.start_seconds + (_FIRST_TERM + 1) * term_seconds)
    yield "the first block of a term", block(slot_after_now())
    yield "exit", stage.call("exit", 0, ether)
    opening = stage.ledger.open_round(stage.stage.owned.chain.head())
    one, other = (
        sign_slot_block(stage.ledger.facts, stage.key, round_=opening, slot=1, node=2, body=body, reveal=bytes(32))
        for body in (_BODY, _OTHER_BODY)
    )
    yield "evidence (slash)", stage.call("slash", *one, *other)
    stage.wait_until(stage.now + (2 + _STAKE.exit_terms) * term_seconds)
    yield "withdraw", stage.call("withdraw", 0)


def _onion() -> list[bytes]:
    """Layers from the secret to the tip."""
    layers = [bytes(keccak(b"secret"))]
    for _ in range(_LAYERS):
        layers.append(bytes(keccak(layers[-1])))
    return layers


def _votes(stage: _LedgerStage) -> Iterator[tuple[str, int]]:
    for node in range(stage.n):
        voted = stage.call("vote", node, 1000 + node, value_wei=1000 + node)
        stood = stage.call("stand", node, 0)
    yield "vote", voted
    yield "stand", stood
    yield "unvote", stage.call("unvote", 0, 500)
    yield "move", stage.call("move", 1, 2, 500)
    stage.wait_until(stage.start_seconds + _FIRST_TERM * _VOTES.term_seconds)
    yield f"elect {DELEGATES} of {stage.n}", stage.call("elect")

    def block(*, skip: int = 0) -> int:
        """Gas of the block of the next turn, or of one some turns later."""
        opening = stage.ledger.open_round(stage.stage.owned.chain.head())
        at_seconds = stage.now + opening.difficulty * (1 + skip)
        turn_seconds, node = stage.read("turnAt", at_seconds)
        signed = sign_turn_block(
            stage.ledger.facts, stage.key, round_=opening, turn_seconds=turn_seconds, node=node, body=_BODY
        )
        return stage.call("submitBlock", signed[0], _BODY, signed[1], _NOTHING_SHOWN, at_seconds=at_seconds)

    block()
    yield "a block", block()
    order, following = stage.read("delegates")
    yield "a block after a missed turn, which jails", block(skip=1)
    lap = DELEGATES - 1  # one is in jail
    turns = (stage.start_seconds + (_FIRST_TERM + 1) * _VOTES.term_seconds - stage.now) // _INTERVAL_SECONDS
    yield f"the first block of a term, elects {DELEGATES} of {stage.n}", block(skip=(turns // lap + 2) * lap)
    yield "evidence (bar)", stage.call("bar", *_pair(stage))
    yield "unjail (release)", stage.call("release", order[following])


def _pair(stage: _LedgerStage) -> tuple[Any, ...]:
    opening = stage.ledger.open_round(stage.stage.owned.chain.head())
    one, other = (
        sign_turn_block(stage.ledger.facts, stage.key, round_=opening, turn_seconds=1, node=3, body=body)
        for body in (_BODY, _OTHER_BODY)
    )
    return *one, *other
