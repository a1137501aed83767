"""Mining rounds: who wins, what a block must bring, what is final, and that p and theta are the formulas'."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak
from web3.contract import Contract
from web3.contract.contract import ContractFunction
from web3.logs import DISCARD

from oracle.chain.anvil import AnvilChain
from oracle.chain.artefacts import artefact
from oracle.chain.transactions import sign_transaction
from oracle.formulas.asert import Anchor
from oracle.formulas.body import decode_body, encode_body
from oracle.formulas.pow import block_hash, meets, weight_limit
from tests.contracts.stage import (
    GENESIS_TIMESTAMP_SECONDS,
    LIMITS,
    STRANGER,
    WAD,
    ZERO_ADDRESS,
    Failure,
    Stage,
    account,
    deploy_stage,
)

NODE_COUNT = 5
KEYS = [account(5000 + node) for node in range(NODE_COUNT)]
THETA0_WAD = [2 * 10**17 + 10**17 * node for node in range(NODE_COUNT)]
HASHES = 64  # p at phi = 0: a test searches some hundred nonces
ANCHOR_DIFFICULTY = HASHES * NODE_COUNT
INTERVAL_SECONDS, HALF_LIFE_SECONDS = 10, 2880
CAPACITY, CONFIRMATIONS = 1000, 3
BODY = bytes(keccak(b"transactions"))


@dataclass
class Mine:
    """A ledger over a stage, and what miners do."""

    stage: Stage
    ledger: Contract
    anchor: Anchor

    @property
    def round(self) -> int:
        return int(self.ledger.functions.openRound().call())

    def search(self, node: int, *, body: bytes = BODY, of: int | None = None, enough: bool = True) -> int:
        """A nonce whose hash meets p of the open round, or of a round won; or one that does not."""
        if of is None:
            challenge = self.ledger.functions.challenge().call()
            difficulty = self.ledger.functions.difficulty().call()
        else:
            won = self.ledger.functions.roundOf(of).call()
            challenge, difficulty = won[0], won[2]
        nonce = 0
        while meets(block_hash(challenge, node, body, nonce), difficulty) is not enough:
            nonce += 1
        return nonce

    def block(self, node: int, *, round_: int | None = None, weight: int = 0, **search: Any) -> ContractFunction:
        """The submission of a block with the work that its round asks for."""
        body = search.get("body", BODY)
        call: ContractFunction = self.ledger.functions.submitBlock(
            self.round if round_ is None else round_, node, body, weight, self.search(node, of=round_, **search)
        )
        return call

    def win(self, node: int = 0, *, after_seconds: int = INTERVAL_SECONDS, weight: int = 0) -> Any:
        return self.stage.send(self.block(node, weight=weight), sender=KEYS[node], at=self.stage.now + after_seconds)

    def assert_refused(self, call: ContractFunction, sender: LocalAccount, name: str, *arguments: Any) -> None:
        before = self.ledger.functions.openRound().call(), self.ledger.functions.competingBlocks().call()
        assert self.stage.attempt(call, sender=sender)["status"] == 0
        self.stage.mine()
        request = {"from": sender.address, "to": self.ledger.address, "data": call._encode_transaction_data()}
        assert self.failure(call, sender) == Failure(name, arguments), request
        assert (self.ledger.functions.openRound().call(), self.ledger.functions.competingBlocks().call()) == before

    def failure(self, call: ContractFunction, sender: LocalAccount) -> Failure | None:
        return self.stage.failure(call, sender=sender)


@pytest.fixture(scope="module")
def deployed_mine() -> Iterator[Mine]:
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        stage = deploy_stage(blocks, theta0_wad=THETA0_WAD)
        for rich in (*KEYS, STRANGER):
            stage.chain.request("anvil_setBalance", [rich.address, hex(10**20)])
        ledger = stage.deploy(
            "PowLedger",
            *(stage.oracle.address, ANCHOR_DIFFICULTY, INTERVAL_SECONDS, HALF_LIFE_SECONDS, CAPACITY, CONFIRMATIONS),
        )
        anchor = Anchor(ANCHOR_DIFFICULTY, 0, stage.now, INTERVAL_SECONDS, HALF_LIFE_SECONDS)
        yield Mine(stage, ledger, anchor)
    finally:
        blocks.close()


@pytest.fixture
def mine(deployed_mine: Mine) -> Iterator[Mine]:
    chain = deployed_mine.stage.chain
    snapshot = chain.request("evm_snapshot", [])
    yield deployed_mine
    assert chain.request("evm_revert", [snapshot])


def test_the_first_round_is_open_from_the_start(mine: Mine) -> None:
    functions = mine.ledger.functions
    assert (mine.round, functions.finalRound().call(), functions.competingBlocks().call()) == (1, 0, 0)
    assert functions.baseDifficulty().call() == ANCHOR_DIFFICULTY
    assert functions.difficulty().call() == HASHES
    assert (functions.CAPACITY().call(), functions.CONFIRMATIONS().call()) == (CAPACITY, CONFIRMATIONS)


def test_a_valid_block_wins_its_round_and_opens_the_next(mine: Mine) -> None:
    challenge, difficulty = mine.ledger.functions.challenge().call(), mine.ledger.functions.difficulty().call()
    nonce = mine.search(2)
    receipt = mine.win(2, weight=400)
    work = block_hash(challenge, 2, BODY, nonce)
    won = mine.ledger.functions.roundOf(1).call()
    assert won == (challenge, work, difficulty, 2, mine.stage.now, 400, 0)
    assert mine.round == 2
    following = keccak(work + (2).to_bytes(32, "big"))
    assert mine.ledger.functions.challenge().call() == following
    [first, second] = [
        mine.ledger.events[name]().process_log(log)["args"]
        for name, log in zip(("RoundWon", "RoundOpened"), receipt["logs"], strict=True)
    ]
    assert dict(first) == {
        "round": 1, "node": 2, "blockHash": work, "body": BODY, "weight": 400,
        "difficulty": difficulty, "baseDifficulty": ANCHOR_DIFFICULTY,
    }  # fmt: skip
    assert dict(second) == {
        "round": 2, "challenge": following, "baseDifficulty": mine.ledger.functions.baseDifficulty().call()
    }  # fmt: skip


def test_d_follows_the_rounds_by_asert_to_the_integer(mine: Mine) -> None:
    chosen = random.Random(8)
    for height in range(1, 12):
        mine.win(chosen.randrange(NODE_COUNT), after_seconds=chosen.choice([1, 3, 10, 40, 900]))
        expected = mine.anchor.base_difficulty_at(height=height, timestamp_seconds=mine.stage.now)
        assert mine.ledger.functions.baseDifficulty().call() == expected
        # d stays while the round is open, whatever the clock does.
        mine.stage.mine(at=mine.stage.now + 500)
        assert mine.ledger.functions.baseDifficulty().call() == expected


def test_d_after_any_height_and_time_is_the_twins(mine: Mine) -> None:
    chosen = random.Random(9)
    for _ in range(50):
        height, late = chosen.randrange(10**6), chosen.randrange(-(10**5), 10**5)
        time = max(0, mine.anchor.timestamp_seconds + height * INTERVAL_SECONDS + late)
        got = mine.ledger.functions.baseDifficultyAfter(height, time).call()
        assert got == mine.anchor.base_difficulty_at(height=height, timestamp_seconds=time)


def test_p_follows_phi_within_the_round(mine: Mine) -> None:
    base = mine.ledger.functions.baseDifficulty().call()
    mine.stage.mine(3)
    mine.stage.apply([LIMITS.max_step_lane - 500] * 3 + [0] * 2)
    sum_exp_wad = mine.stage.sum_exp_wad()
    assert sum_exp_wad > NODE_COUNT * WAD
    assert mine.ledger.functions.baseDifficulty().call() == base
    assert mine.ledger.functions.difficulty().call() == base * WAD // sum_exp_wad < HASHES
    mine.win(1)


def test_work_below_p_is_refused(mine: Mine) -> None:
    nonce = mine.search(0, enough=False)
    work = block_hash(mine.ledger.functions.challenge().call(), 0, BODY, nonce)
    call = mine.ledger.functions.submitBlock(1, 0, BODY, 0, nonce)
    mine.assert_refused(call, KEYS[0], "NotEnoughWork", work, HASHES)


@pytest.mark.parametrize("change", ["node", "body", "nonce", "round"])
def test_work_is_good_for_one_block_of_one_node_in_one_round(mine: Mine, change: str) -> None:
    nonce = mine.search(0)
    other = next(n for n in range(1, 5) if not meets(block_hash(_challenge(mine), n, BODY, nonce), HASHES))
    changed = bytes(keccak(b"other"))
    if change == "round":
        mine.win(3)
        assert not meets(block_hash(_challenge(mine), 0, BODY, nonce), HASHES)
        call, sender = mine.ledger.functions.submitBlock(2, 0, BODY, 0, nonce), KEYS[0]
    elif change == "node":
        call, sender = mine.ledger.functions.submitBlock(1, other, BODY, 0, nonce), KEYS[other]
    elif change == "body":
        assert not meets(block_hash(_challenge(mine), 0, changed, nonce), HASHES)
        call, sender = mine.ledger.functions.submitBlock(1, 0, changed, 0, nonce), KEYS[0]
    else:
        wrong = next(n for n in range(nonce + 1, nonce + 99) if not meets(block_hash(_challenge(mine), 0, BODY, n), 64))
        call, sender = mine.ledger.functions.submitBlock(1, 0, BODY, 0, wrong), KEYS[0]
    mine.stage.mine()
    failure = mine.failure(call, sender)
    assert failure is not None
    assert failure.name == "NotEnoughWork"


def _challenge(mine: Mine) -> bytes:
    return bytes(mine.ledger.functions.challenge().call())


def test_only_the_nodes_own_key_submits_for_it(mine: Mine) -> None:
    call = mine.block(0)
    for sender in (STRANGER, KEYS[1], mine.stage.owner):
        mine.assert_refused(call, sender, "NotMiner", 0, sender.address, KEYS[0].address)
    unknown = mine.ledger.functions.submitBlock(1, 99, BODY, 0, 0)
    assert mine.failure(unknown, KEYS[0]) == Failure("UnknownNode", (99, NODE_COUNT))


@pytest.mark.parametrize("node", range(NODE_COUNT))
def test_weight_goes_up_to_theta_of_the_capacity(mine: Mine, node: int) -> None:
    mine.stage.mine(3)
    mine.stage.apply([-1000, 1234, 2345, -7, 333])
    limit = weight_limit(mine.stage.thetas()[node], CAPACITY)
    assert mine.ledger.functions.weightLimit(node).call() == limit
    mine.stage.mine()
    mine.assert_refused(mine.block(node, weight=limit + 1), KEYS[node], "BlockTooHeavy", node, limit + 1, limit)
    mine.win(node, weight=limit)
    assert mine.ledger.functions.roundOf(1).call()[5] == limit


def test_a_retired_node_mines_no_more(mine: Mine) -> None:
    mine.stage.send(mine.stage.oracle.functions.retire(1))
    mine.assert_refused(mine.block(1), KEYS[1], "NodeIsRetired", 1)
    mine.win(0)


def test_a_round_yet_to_come_is_refused(mine: Mine) -> None:
    mine.assert_refused(mine.ledger.functions.submitBlock(2, 0, BODY, 0, 0), KEYS[0], "RoundNotOpen", 2, 1)


def test_a_late_block_is_recorded_as_competing_until_its_round_is_final(mine: Mine) -> None:
    mine.win(0)
    first = mine.ledger.functions.roundOf(1).call()
    receipt = mine.stage.send(mine.block(1, round_=1, weight=10), sender=KEYS[1])
    event = mine.ledger.events.BlockCompeted().process_log(receipt["logs"][0])["args"]
    assert (event["round"], event["node"], event["body"], event["weight"]) == (1, 1, BODY, 10)
    assert tuple(mine.ledger.functions.roundOf(1).call()) == (*first[:6], 1)
    assert mine.ledger.functions.competingBlocks().call() == 1
    late = mine.block(2, round_=1)
    for node in range(CONFIRMATIONS):
        assert mine.ledger.functions.finalRound().call() == 0
        mine.win(node)
    assert mine.ledger.functions.finalRound().call() == 1
    mine.assert_refused(late, KEYS[2], "RoundFinal", 1, 1)
    mine.stage.send(mine.block(2, round_=2), sender=KEYS[2])


def test_a_competing_block_needs_the_work_of_its_round(mine: Mine) -> None:
    mine.win(0)
    won = mine.ledger.functions.roundOf(1).call()
    nonce = mine.search(1, of=1, enough=False)
    work = block_hash(won[0], 1, BODY, nonce)
    call = mine.ledger.functions.submitBlock(1, 1, BODY, 0, nonce)
    mine.assert_refused(call, KEYS[1], "NotEnoughWork", work, won[2])


def test_the_same_block_counts_once(mine: Mine) -> None:
    winner = mine.block(0)
    nonce = mine.search(0)
    mine.stage.send(winner, sender=KEYS[0])
    replay = mine.ledger.functions.submitBlock(1, 0, BODY, 0, nonce)
    won = mine.ledger.functions.roundOf(1).call()[1]
    mine.assert_refused(replay, KEYS[0], "BlockAlreadySubmitted", won)
    competing = mine.block(1, round_=1)
    mine.stage.send(competing, sender=KEYS[1])
    work = block_hash(mine.ledger.functions.roundOf(1).call()[0], 1, BODY, mine.search(1, of=1))
    mine.assert_refused(competing, KEYS[1], "BlockAlreadySubmitted", work)
    assert mine.ledger.functions.competingBlocks().call() == 1


def test_the_clock_must_move_between_rounds(mine: Mine) -> None:
    """Two blocks in one block of the chain: the second is a round later and has the same time."""
    mine.win(0)
    first = mine.block(1)
    work = block_hash(_challenge(mine), 1, BODY, mine.search(1))
    following = bytes(keccak(work + (3).to_bytes(32, "big")))
    at = mine.stage.now + INTERVAL_SECONDS
    base = mine.anchor.base_difficulty_at(height=2, timestamp_seconds=at)
    difficulty = base * WAD // mine.stage.sum_exp_wad()
    nonce = next(n for n in range(10**6) if meets(block_hash(following, 2, BODY, n), difficulty))
    hashes = [
        mine.stage.pool(call, sender=key)
        for call, key in (
            (first, KEYS[1]),
            (mine.ledger.functions.submitBlock(3, 2, BODY, 0, nonce), KEYS[2]),
        )
    ]
    mine.stage.mine(at=at)
    assert [mine.stage.receipt(each)["status"] for each in hashes] == [1, 0]
    assert mine.round == 3
    mine.stage.send(mine.ledger.functions.submitBlock(3, 2, BODY, 0, nonce), sender=KEYS[2])


def test_rounds_not_won_cannot_be_read(mine: Mine) -> None:
    for round_ in (0, 1, 2):
        assert mine.failure(mine.ledger.functions.roundOf(round_), STRANGER) == Failure("UnknownRound", (round_, 1))


def test_refuses_a_ledger_that_cannot_work(mine: Mine) -> None:
    good = (mine.stage.oracle.address, 1, 1, 1, 1, 1)
    bad = [(ZERO_ADDRESS, *good[1:])] + [(*good[:i], 0, *good[i + 1 :]) for i in range(1, 6)]
    bad.append((*good[:4], 1 << 64, 1))
    for arguments in bad:
        mine.stage.assert_deployment_reverts(mine.stage.constructor("PowLedger", *arguments), "InvalidLedger")
    mine.stage.deploy("PowLedger", *good)


def test_erc165_names_the_ledger(mine: Mine) -> None:
    own = 0
    for entry in artefact("PowLedger")["abi"]:
        if entry["type"] == "function" and entry["name"] not in ("supportsInterface", "ORACLE"):
            types = ",".join(item["type"] for item in entry["inputs"])
            own ^= int.from_bytes(keccak(f"{entry['name']}({types})".encode())[:4], "big")
    supports = mine.ledger.functions.supportsInterface
    assert supports(own.to_bytes(4, "big")).call()
    assert supports(bytes.fromhex("01ffc9a7")).call()
    assert not supports(b"\xff\xff\xff\xff").call()


def _bodies() -> list[bytes]:
    """Bodies of every length of the last word, among them the fullest word, with stray bytes of calldata behind."""
    random_ = random.Random(9)
    texts = [random_.randbytes(8) + random_.randbytes(length) for length in [*range(70), 500]]
    return [*texts, bytes(8) + b"\xff" * 32, bytes(8) + b"\xff" * 65]


def test_a_body_weighs_what_it_names(mine: Mine) -> None:
    for data in _bodies():
        weight = len(decode_body(data))
        limit = mine.ledger.functions.weightLimit(4).call()
        body = bytes(keccak(data))
        call = mine.ledger.functions.submitBlockWithBody(mine.round, 4, data, mine.search(4, body=body))
        if weight > limit:
            mine.assert_refused(call, KEYS[4], "BlockTooHeavy", 4, weight, limit)
            continue
        receipt = mine.stage.send(call, sender=KEYS[4], at=mine.stage.now + INTERVAL_SECONDS)
        (won,) = mine.ledger.events.RoundWon().process_receipt(receipt, errors=DISCARD)
        assert (won["args"]["body"], won["args"]["weight"]) == (body, weight)
        (published,) = mine.ledger.events.BodyPublished().process_receipt(receipt, errors=DISCARD)
        assert dict(published["args"]) == {"round": won["args"]["round"], "body": body, "data": data}


def test_what_lies_behind_a_body_in_calldata_is_not_of_it(mine: Mine) -> None:
    data = bytes(8) + b"\x01"
    nonce = mine.search(0, body=bytes(keccak(data)))
    call = mine.ledger.functions.submitBlockWithBody(mine.round, 0, data, nonce)
    dirty = bytes.fromhex(call._encode_transaction_data()[2:])
    assert dirty.endswith(data + bytes(23))
    dirty = dirty[:-23] + b"\xff" * 23 + b"\xff" * 64
    chain = mine.stage.chain
    signed = sign_transaction(
        chain=chain,
        account=KEYS[0],
        nonce=chain.nonce(KEYS[0].address),
        to=mine.ledger.address,
        data=dirty,
        gas_limit=1_000_000,
    )
    chain.send_raw(signed.raw, signed.hash)
    mine.stage.mine(at=mine.stage.now + INTERVAL_SECONDS)
    receipt = mine.stage.receipt(signed.hash)
    (won,) = mine.ledger.events.RoundWon().process_receipt(receipt, errors=DISCARD)
    assert won["args"]["weight"] == 1


@pytest.mark.parametrize("length", [0, 1, 7])
def test_a_body_without_its_header_is_refused(mine: Mine, length: int) -> None:
    data = bytes(length)
    call = mine.ledger.functions.submitBlockWithBody(mine.round, 0, data, mine.search(0, body=bytes(keccak(data))))
    mine.assert_refused(call, KEYS[0], "BodyTooShort", length)


def test_a_competing_body_is_published_too(mine: Mine) -> None:
    mine.win(0)
    data = encode_body([3, 5, 900])
    nonce = mine.search(1, body=bytes(keccak(data)), of=1)
    receipt = mine.stage.send(mine.ledger.functions.submitBlockWithBody(1, 1, data, nonce), sender=KEYS[1])
    (competed,) = mine.ledger.events.BlockCompeted().process_receipt(receipt, errors=DISCARD)
    assert competed["args"]["weight"] == 3
    (published,) = mine.ledger.events.BodyPublished().process_receipt(receipt, errors=DISCARD)
    assert decode_body(published["args"]["data"]) == [3, 5, 900]
