"""Mining rounds: who wins, what a block must bring, what is final, and that p and theta are the formulas'."""

import random
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak
from eth_utils.abi import collapse_if_tuple
from web3.contract import Contract
from web3.contract.contract import ContractFunction
from web3.logs import DISCARD

from oracle.chain.anvil import AnvilChain
from oracle.chain.artefacts import artefact
from oracle.chain.ledger import Ledger, OpenRound
from oracle.chain.transactions import sign_transaction
from oracle.engines.opening import Allowed, Openings
from oracle.engines.pow.submission import open_challenge
from oracle.formulas.asert import Anchor
from oracle.formulas.body import decode_body, encode_body
from oracle.formulas.lanes import lane_to_wad
from oracle.formulas.pow import block_hash, meets, round_challenge, weight_limit
from oracle.formulas.snapshot import NOTHING_SHOWN, OpeningPhi, phi_root, show_lane
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
MAX_COMPETING, MAX_SNAPSHOT_NODES = 4, 16_384
EMPTY = encode_body([])


def body_of(weight: int) -> bytes:
    """A body that names so many transactions."""
    return encode_body(range(weight))


def hash_of(body: bytes) -> bytes:
    return bytes(keccak(body))


@dataclass
class Mine:
    """A ledger over a stage, and what miners do."""

    stage: Stage
    ledger: Contract
    anchor: Anchor

    @property
    def round(self) -> int:
        return int(self.ledger.functions.openRound().call())

    @property
    def opening(self) -> OpenRound:
        """The open round as miners read it, for a submission in the next block."""
        return Ledger(self.stage.chain, self.ledger.address).open_round(self.stage.head)

    @property
    def challenge(self) -> bytes:
        """Of the open round, for a submission in the next block."""
        ledger, head = Ledger(self.stage.chain, self.ledger.address), self.stage.head
        return open_challenge(ledger, ledger.open_round(head), head)

    def terms(self, round_: int | None = None) -> tuple[bytes, int]:
        """Challenge and p of the open round, or of a round won."""
        if round_ is None or round_ == self.round:
            return self.challenge, self.opening.difficulty
        won = self.ledger.functions.roundOf(round_).call()
        return bytes(won[0]), won[2]

    def search(self, node: int, *, body: bytes = EMPTY, of: int | None = None, enough: bool = True) -> int:
        """A nonce whose hash meets p of the open round, or of a round won; or one that does not."""
        challenge, difficulty = self.terms(of)
        nonce = 0
        while meets(block_hash(challenge, node, hash_of(body), nonce), difficulty) is not enough:
            nonce += 1
        return nonce

    def submit(
        self, round_: int, node: int, body: bytes, nonce: int, opening: OpeningPhi = NOTHING_SHOWN
    ) -> ContractFunction:
        call: ContractFunction = self.ledger.functions.submitBlock(round_, node, body, nonce, astuple(opening))
        return call

    def block(
        self, node: int, *, round_: int | None = None, weight: int = 0, opening: OpeningPhi = NOTHING_SHOWN
    ) -> ContractFunction:
        """The submission of a block with the work that its round asks for."""
        body = body_of(weight)
        nonce = self.search(node, of=round_, body=body)
        return self.submit(self.round if round_ is None else round_, node, body, nonce, opening)

    def shown(self, node: int) -> OpeningPhi:
        """What shows the lane that `node` has now."""
        return show_lane(self.stage.oracle.functions.phiWords(0, 1 << 20).call(), node)

    def win(self, node: int = 0, *, after_seconds: int = INTERVAL_SECONDS, weight: int = 0) -> Any:
        return self.stage.send(self.block(node, weight=weight), sender=KEYS[node], at=self.stage.now + after_seconds)

    def relax(self) -> Any:
        """A stranger halves phi, as soon as the last report is stale."""
        _, _, max_age_seconds = self.stage.oracle.functions.staleness().call()
        self.stage.mine(at=self.stage.now + max_age_seconds + 1)
        return self.stage.send(self.stage.oracle.functions.relax(), sender=STRANGER)

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
            (stage.oracle.address, ANCHOR_DIFFICULTY, INTERVAL_SECONDS, HALF_LIFE_SECONDS, CAPACITY, CONFIRMATIONS),
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
    assert functions.MAX_COMPETING_BLOCKS().call() == MAX_COMPETING
    assert functions.MAX_SNAPSHOT_NODES().call() == MAX_SNAPSHOT_NODES


def test_a_valid_block_wins_its_round_and_opens_the_next(mine: Mine) -> None:
    challenge, difficulty = mine.terms()
    body = body_of(400)
    nonce = mine.search(2, body=body)
    receipt = mine.win(2, weight=400)
    work = block_hash(challenge, 2, hash_of(body), nonce)
    won = mine.ledger.functions.roundOf(1).call()
    assert won == (challenge, work, difficulty, 2, mine.stage.now, 400, 0, 1)
    base, following = mine.ledger.functions.baseDifficulty().call(), mine.ledger.functions.difficulty().call()
    assert mine.ledger.functions.opening().call() == (*(2, work, mine.stage.head, mine.stage.now, base, following, 1),)
    [first, second, third] = [
        mine.ledger.events[name]().process_log(log)["args"]
        for name, log in zip(("RoundWon", "RoundOpened", "BodyPublished"), receipt["logs"], strict=True)
    ]
    assert dict(first) == {
        "round": 1, "node": 2, "blockHash": work, "body": hash_of(body), "weight": 400,
        "difficulty": difficulty, "baseDifficulty": ANCHOR_DIFFICULTY,
    }  # fmt: skip
    assert dict(second) == {
        "round": 2, "difficulty": following, "baseDifficulty": base, "sumExpWad": NODE_COUNT * WAD, "phiSnapshot": 1
    }  # fmt: skip
    assert dict(third) == {"round": 1, "body": hash_of(body), "data": body}


def test_the_challenge_takes_the_hash_of_the_block_that_holds_the_win(mine: Mine) -> None:
    mine.win(2)
    opened, seed = mine.stage.head, bytes(mine.ledger.functions.roundOf(1).call()[1])
    # In the block itself the hash is nobody's yet.
    assert mine.failure(mine.ledger.functions.challenge(), STRANGER) == Failure("ChallengeNotDrawn", (2, opened))
    expected = bytes(keccak(seed + (2).to_bytes(32, "big") + mine.stage.chain.block_hash(opened)))
    assert mine.challenge == expected
    for blocks in (1, 100):
        mine.stage.mine(blocks)
        assert mine.ledger.functions.challenge().call() == mine.challenge == expected
    mine.win(3)


def test_the_challenge_of_a_long_round_moves_by_256_blocks(mine: Mine) -> None:
    """Contracts are told the hashes of the last 256 blocks alone."""
    opened, first = mine.opening.opened_in_block, mine.challenge
    mine.stage.chain.request("anvil_mine", [hex(opened + 255 - mine.stage.head)])
    assert mine.ledger.functions.challenge().call() == mine.challenge == first
    mine.stage.mine()
    # Seen from the block's state the first still holds; a submission in the next block is judged by the second.
    assert mine.ledger.functions.challenge().call() == first != mine.challenge
    assert mine.challenge == round_challenge(
        bytes(mine.ledger.functions.opening().call()[1]), 1, mine.stage.chain.block_hash(opened + 256)
    )
    mine.win(1)


def test_the_first_challenge_is_not_known_before_the_deployment(mine: Mine) -> None:
    opening = mine.ledger.functions.opening().call()
    contract = bytes.fromhex(mine.ledger.address[2:]).rjust(32, b"\0")
    assert opening[1] == keccak(mine.stage.chain.chain_id.to_bytes(32, "big") + contract)
    deployed_in = opening[2]
    assert mine.stage.chain.timestamp(deployed_in) == mine.anchor.timestamp_seconds
    assert mine.challenge == round_challenge(opening[1], 1, mine.stage.chain.block_hash(deployed_in))


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


def test_p_of_a_round_is_that_of_its_opening(mine: Mine) -> None:
    for lanes in ([LIMITS.max_step_lane - 500] * 3 + [0] * 2, [0] * 5, [-LIMITS.max_step_lane] * 5):
        before = mine.ledger.functions.difficulty().call()
        mine.stage.apply(lanes)
        assert mine.ledger.functions.difficulty().call() == before
        mine.win(1)
        sum_exp_wad = mine.stage.sum_exp_wad()
        assert sum_exp_wad != NODE_COUNT * WAD or lanes == [0] * 5
        base = mine.ledger.functions.baseDifficulty().call()
        assert mine.ledger.functions.difficulty().call() == base * WAD // sum_exp_wad
    assert mine.ledger.functions.roundOf(1).call()[2] == HASHES


def test_a_report_that_makes_p_harder_voids_no_work_of_the_open_round(mine: Mine) -> None:
    mine.stage.apply([1500] * 5)
    mine.win(0)
    call = mine.block(1)
    at_opening = mine.ledger.functions.difficulty().call()
    report = mine.stage.apply([1500 - LIMITS.max_step_lane] * 5)
    assert mine.ledger.functions.baseDifficulty().call() * WAD // mine.stage.sum_exp_wad() > at_opening
    assert report["blockNumber"] == mine.stage.head
    mine.stage.send(call, sender=KEYS[1])
    assert mine.ledger.functions.roundOf(2).call()[2] == at_opening


def test_a_stranger_who_relaxes_phi_voids_no_work_of_the_open_round(mine: Mine) -> None:
    """Neither by p, which halving a positive phi makes harder, nor by theta, which it lowers."""
    mine.stage.apply([1500] * 5)
    mine.win(0)
    at_opening = mine.ledger.functions.difficulty().call()
    full = weight_limit(mine.stage.thetas()[1], CAPACITY)
    call = mine.block(1, weight=full, opening=mine.shown(1))
    mine.relax()
    assert mine.ledger.functions.weightLimit(1).call() < full
    mine.stage.send(call, sender=KEYS[1])
    won = mine.ledger.functions.roundOf(2).call()
    assert (won[2], won[5]) == (at_opening, full)


def test_a_report_ahead_of_a_full_block_in_the_same_block_does_not_make_it_too_heavy(mine: Mine) -> None:
    mine.stage.apply([1500] * 5)
    mine.win(0)
    full = weight_limit(mine.stage.thetas()[3], CAPACITY)
    call = mine.block(3, weight=full, opening=mine.shown(3))
    mine.stage.space()
    report = mine.stage.submission(mine.stage.signed([-200] * 5))
    hashes = [mine.stage.pool(report, sender=mine.stage.owner), mine.stage.pool(call, sender=KEYS[3])]
    mine.stage.mine()
    receipts = [mine.stage.receipt(each) for each in hashes]
    assert [(each["status"], each["transactionIndex"]) for each in receipts] == [(1, 0), (1, 1)]
    assert mine.ledger.functions.roundOf(2).call()[5] == full > mine.ledger.functions.weightLimit(3).call()


def test_the_better_of_theta_at_the_opening_and_in_force_counts(mine: Mine) -> None:
    """For the open round; for one that was won, the better of those at its opening and when it was won."""
    lanes = [[1200] * 5, [-500] * 5, [900] * 5]
    limits, shown = [], []
    for each in lanes:
        mine.stage.apply(each)
        mine.win(0)
        limits.append(weight_limit(mine.stage.thetas()[1], CAPACITY))
        shown.append(mine.shown(1))
    mine.stage.apply([1400] * 5)
    now = mine.ledger.functions.weightLimit(1).call()
    assert now > max(limits)
    # The last is open still: θ in force counts, whatever is shown.
    assert mine.ledger.functions.weightLimitWith(4, 1, astuple(shown[2])).call() == now
    mine.win(2)
    limits.append(now)
    shown.append(mine.shown(1))
    mine.stage.apply([1700] * 5)
    for round_ in (2, 3, 4):
        # θ in force is higher than all others, and says nothing of a round that was won.
        mine.assert_refused(mine.block(1, round_=round_, weight=1), KEYS[1], "BlockTooHeavy", 1, 1, 0)
        both = (round_ - 2, round_ - 1)  # at the opening, and at the win
        for which in both:
            limit = limits[which]
            assert mine.ledger.functions.weightLimitWith(round_, 1, astuple(shown[which])).call() == limit
            over = mine.block(1, round_=round_, weight=limit + 1, opening=shown[which])
            mine.assert_refused(over, KEYS[1], "BlockTooHeavy", 1, limit + 1, limit)
        best = max(both, key=lambda which: limits[which])
        full = mine.block(1, round_=round_, weight=limits[best], opening=shown[best])
        receipt = mine.stage.send(full, sender=KEYS[1])
        (competed,) = mine.ledger.events.BlockCompeted().process_receipt(receipt, errors=DISCARD)
        assert (competed["args"]["round"], competed["args"]["weight"]) == (round_, limits[best])
    # Neither does φ of another round.
    root = bytes(mine.ledger.functions.phiRoot(mine.ledger.functions.roundOf(2).call()[7]).call())
    foreign = mine.block(2, round_=2, weight=1, opening=shown[3])
    mine.assert_refused(foreign, KEYS[2], "WrongOpeningPhi", 2, root)


def test_words_that_are_not_those_of_the_opening_are_refused(mine: Mine) -> None:
    mine.stage.apply([1200] * 5)
    before = mine.shown(1)
    mine.win(0)
    root = bytes(mine.ledger.functions.phiRoot(mine.ledger.functions.opening().call()[6]).call())
    assert root == mine.opening.phi_root == phi_root(before.words)
    mine.stage.apply([0] * 5)
    weight = mine.ledger.functions.weightLimit(1).call() + 1
    words, pages = astuple(before)
    for shown in (
        mine.shown(1),  # of φ in force
        OpeningPhi((words[0] + 0x100000,), pages),
        OpeningPhi((words[0] + 0x100000,), (bytes(keccak((words[0] + 0x100000).to_bytes(32, "big"))),)),
        OpeningPhi(words, ()),
        OpeningPhi((*words, 0), pages),
    ):
        call = mine.block(1, weight=weight, opening=shown)
        mine.assert_refused(call, KEYS[1], "WrongOpeningPhi", 1, root)
    call = mine.block(1, weight=weight)
    mine.assert_refused(call, KEYS[1], "BlockTooHeavy", 1, weight, weight - 1)
    mine.stage.send(mine.block(1, weight=weight, opening=before), sender=KEYS[1])


def test_what_the_owner_changes_holds_at_once(mine: Mine) -> None:
    mine.stage.apply([1200] * 5)
    mine.win(0)
    opening = mine.shown(2)
    mine.stage.apply([0] * 5)
    with_opening = mine.ledger.functions.weightLimitWith(2, 2, astuple(opening))
    assert with_opening.call() == weight_limit(THETA0_WAD[2] + lane_to_wad(1200), CAPACITY)
    mine.stage.send(mine.stage.oracle.functions.setTheta0(2, WAD // 5))
    assert with_opening.call() == weight_limit(WAD // 5 + lane_to_wad(1200), CAPACITY)
    low, _ = mine.stage.oracle.functions.thetaBounds().call()
    mine.stage.send(mine.stage.oracle.functions.setThetaBounds(low, 22 * WAD // 100))
    assert with_opening.call() == 220
    call = mine.block(2, weight=220, opening=opening)
    mine.stage.send(mine.stage.oracle.functions.retire(2))
    mine.assert_refused(call, KEYS[2], "NodeIsRetired", 2)


def test_miners_find_phi_of_the_opening_wherever_a_report_landed(mine: Mine) -> None:
    openings = Openings(mine.stage.contracts)
    _, theta_max_wad = mine.stage.contracts.theta_bounds(mine.stage.head)

    def allowed() -> Allowed:
        return openings.allowed(mine.opening, mine.stage.nodes(), theta_max_wad)

    first = [1200] * 5
    mine.stage.apply(first)
    mine.win(0)
    at_opening = tuple(mine.stage.thetas())
    assert (allowed().thetas_wad, allowed().shown(1)) == (at_opening, mine.shown(1))

    # A report since: its thetas where they are higher, those of the opening where not.
    shown = mine.shown(1)
    mine.stage.apply([1300, 0, 0, 0, 0])
    assert allowed().thetas_wad == (mine.stage.thetas()[0], *at_opening[1:])
    assert allowed().shown(1) == shown
    # So too where the report came before the miner began.
    openings = Openings(mine.stage.contracts)
    assert allowed().shown(1) == shown

    # A report in the very block that opened the round, behind the win: φ of the opening is that of the block before.
    mine.stage.space()
    before = tuple(mine.stage.thetas())
    win, report = mine.block(2), mine.stage.submission(mine.stage.signed([0] * 5))
    shown = mine.shown(1)
    hashes = [mine.stage.pool(win, sender=KEYS[2]), mine.stage.pool(report, sender=mine.stage.owner)]
    mine.stage.mine()
    assert [mine.stage.receipt(each)["status"] for each in hashes] == [1, 1]
    assert (allowed().thetas_wad, allowed().shown(1)) == (before, shown)
    full = mine.block(1, weight=weight_limit(before[1], CAPACITY), opening=allowed().shown(1))
    mine.stage.send(full, sender=KEYS[1])


def test_a_snapshot_is_taken_only_where_phi_changed(mine: Mine) -> None:
    def snapshot() -> int:
        return int(mine.ledger.functions.opening().call()[6])

    taken = [snapshot()]
    for change in (None, lambda: mine.stage.apply([1200] * 5), None, mine.relax, None):
        if change is not None:
            change()
        mine.win(0)
        taken.append(snapshot())
    assert taken == [1, 1, 2, 2, 3, 3]
    mine.stage.send(mine.stage.oracle.functions.retire(4))
    mine.win(0)
    assert snapshot() == 4
    assert bytes(mine.ledger.functions.phiRoot(4).call()) == phi_root(mine.stage.oracle.functions.phiWords(0, 1).call())


def test_work_below_p_is_refused(mine: Mine) -> None:
    nonce = mine.search(0, enough=False)
    work = block_hash(mine.challenge, 0, hash_of(EMPTY), nonce)
    mine.assert_refused(mine.submit(1, 0, EMPTY, nonce), KEYS[0], "NotEnoughWork", work, HASHES)


@pytest.mark.parametrize("change", ["node", "body", "nonce", "round"])
def test_work_is_good_for_one_block_of_one_node_in_one_round(mine: Mine, change: str) -> None:
    nonce = mine.search(0)
    mine.stage.mine()

    def bad(node: int = 0, body: bytes = EMPTY, tried: int = nonce) -> bool:
        return not meets(block_hash(mine.challenge, node, hash_of(body), tried), HASHES)

    if change == "round":
        # Blocks of the chain differ from run to run of this test, so this may take more rounds than one.
        mine.win(3)
        while not bad():
            mine.win(3)
        mine.stage.mine()
        call, sender = mine.submit(mine.round, 0, EMPTY, nonce), KEYS[0]
    elif change == "node":
        other = next(node for node in range(1, 5) if bad(node=node))
        call, sender = mine.submit(1, other, EMPTY, nonce), KEYS[other]
    elif change == "body":
        changed = next(body for body in map(body_of, range(1, 50)) if bad(body=body))
        call, sender = mine.submit(1, 0, changed, nonce), KEYS[0]
    else:
        wrong = next(n for n in range(nonce + 1, nonce + 99) if bad(tried=n))
        call, sender = mine.submit(1, 0, EMPTY, wrong), KEYS[0]
    failure = mine.failure(call, sender)
    assert failure is not None
    assert failure.name == "NotEnoughWork"


def test_only_the_nodes_own_key_submits_for_it(mine: Mine) -> None:
    call = mine.block(0)
    for sender in (STRANGER, KEYS[1], mine.stage.owner):
        mine.assert_refused(call, sender, "NotMiner", 0, sender.address, KEYS[0].address)
    unknown = mine.submit(1, 99, EMPTY, 0)
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
    mine.assert_refused(mine.submit(2, 0, EMPTY, 0), KEYS[0], "RoundNotOpen", 2, 1)


def test_a_late_block_is_recorded_as_competing_until_its_round_is_final(mine: Mine) -> None:
    mine.win(0)
    first = mine.ledger.functions.roundOf(1).call()
    receipt = mine.stage.send(mine.block(1, round_=1, weight=10, opening=mine.shown(1)), sender=KEYS[1])
    event = mine.ledger.events.BlockCompeted().process_log(receipt["logs"][0])["args"]
    assert (event["round"], event["node"], event["body"], event["weight"]) == (1, 1, hash_of(body_of(10)), 10)
    assert tuple(mine.ledger.functions.roundOf(1).call()) == (*first[:6], 1, first[7])
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
    work = block_hash(won[0], 1, hash_of(EMPTY), nonce)
    mine.assert_refused(mine.submit(1, 1, EMPTY, nonce), KEYS[1], "NotEnoughWork", work, won[2])


def test_competing_blocks_of_a_round_are_counted_up_to_a_limit(mine: Mine) -> None:
    """So what they say of the stale rate can be forged by so much a round at most."""
    more = [account(6000 + node) for node in range(2)]
    mine.stage.send(mine.stage.oracle.functions.register([key.address for key in more], [WAD // 2] * len(more)))
    for key in more:
        mine.stage.chain.request("anvil_setBalance", [key.address, hex(10**20)])
    keys = [*KEYS, *more]
    mine.win(0)
    for node in range(1, 1 + MAX_COMPETING):
        mine.stage.send(mine.block(node, round_=1), sender=keys[node])
        assert mine.ledger.functions.competingBlocks().call() == node
    last = 1 + MAX_COMPETING
    further = mine.block(last, round_=1)
    mine.assert_refused(further, keys[last], "TooManyCompetingBlocks", 1, MAX_COMPETING)
    # Other rounds count for themselves.
    mine.win(0)
    mine.stage.send(mine.block(1, round_=2), sender=KEYS[1])
    assert mine.ledger.functions.competingBlocks().call() == MAX_COMPETING + 1


def test_a_node_has_one_block_in_a_round(mine: Mine) -> None:
    """The winner none besides, and the others one: no node alone makes the stale rate what it likes."""
    mine.win(0)
    mine.assert_refused(mine.submit(1, 0, EMPTY, mine.search(0, of=1)), KEYS[0], "NodeHasBlock", 1, 0)
    heavier = mine.block(0, round_=1, weight=3, opening=mine.shown(0))
    mine.assert_refused(heavier, KEYS[0], "NodeHasBlock", 1, 0)
    competing = mine.block(1, round_=1)
    mine.stage.send(competing, sender=KEYS[1])
    for again in (competing, mine.block(1, round_=1, weight=3, opening=mine.shown(1))):
        mine.assert_refused(again, KEYS[1], "NodeHasBlock", 1, 1)
    assert mine.ledger.functions.competingBlocks().call() == 1
    mine.win(2)
    for node in (0, 1):
        mine.stage.send(mine.block(node, round_=2), sender=KEYS[node])


def test_the_clock_must_move_between_rounds(mine: Mine) -> None:
    """Two blocks in one block of the chain: the second is a round later and has the same time."""
    mine.win(0)
    hashes = [
        mine.stage.pool(call, sender=key)
        for call, key in ((mine.block(1), KEYS[1]), (mine.submit(3, 2, EMPTY, 0), KEYS[2]))
    ]
    mine.stage.mine(at=mine.stage.now + INTERVAL_SECONDS)
    assert [mine.stage.receipt(each)["status"] for each in hashes] == [1, 0]
    assert mine.round == 3
    # Calls run with the clock of the block whose state they see.
    now = mine.stage.now
    assert mine.failure(mine.submit(3, 2, EMPTY, 0), KEYS[2]) == Failure("TimestampNotAdvancing", (now, now))
    mine.win(2)


def test_rounds_not_won_cannot_be_read(mine: Mine) -> None:
    for round_ in (0, 1, 2):
        assert mine.failure(mine.ledger.functions.roundOf(round_), STRANGER) == Failure("UnknownRound", (round_, 1))


def test_refuses_a_ledger_that_cannot_work(mine: Mine) -> None:
    good = (mine.stage.oracle.address, 1, 1, 1, 1, 1)
    bad = [(ZERO_ADDRESS, *good[1:])] + [(*good[:i], 0, *good[i + 1 :]) for i in range(1, 6)]
    bad.append((*good[:4], 1 << 64, 1))
    bad.append((*good[:2], 11, 10, 1, 1))  # a half-life shorter than the interval
    for arguments in bad:
        mine.stage.assert_deployment_reverts(mine.stage.constructor("PowLedger", arguments), "InvalidLedger")
    mine.stage.deploy("PowLedger", good)


def test_erc165_names_the_ledger_and_what_all_engines_offer(mine: Mine) -> None:
    own = common = 0
    for entry in artefact("PowLedger")["abi"]:
        if entry["type"] == "function" and entry["name"] not in ("supportsInterface", "ORACLE"):
            types = ",".join(collapse_if_tuple(item) for item in entry["inputs"])
            selector = int.from_bytes(keccak(f"{entry['name']}({types})".encode())[:4], "big")
            if entry["name"] in ("submitBlock", "challenge"):
                own ^= selector
            else:
                common ^= selector
    supports = mine.ledger.functions.supportsInterface
    assert supports(own.to_bytes(4, "big")).call()
    assert supports(common.to_bytes(4, "big")).call()
    assert supports(bytes.fromhex("01ffc9a7")).call()
    assert not supports(b"\xff\xff\xff\xff").call()


def test_work_is_what_makes_a_block_so_that_no_miner_equivocates(mine: Mine) -> None:
    assert mine.ledger.functions.ENGINE().call() == "pow"
    mine.win(1)
    mine.stage.send(mine.block(2, round_=1), sender=KEYS[2])
    assert [mine.ledger.functions.equivocations(node).call() for node in range(NODE_COUNT)] == [0] * NODE_COUNT


def _bodies() -> list[bytes]:
    """Bodies of every length of the last word, among them the fullest word, with stray bytes of calldata behind."""
    random_ = random.Random(9)
    texts = [random_.randbytes(8) + random_.randbytes(length) for length in [*range(70), 500]]
    return [*texts, bytes(8) + b"\xff" * 32, bytes(8) + b"\xff" * 65]


def test_a_body_weighs_what_it_names(mine: Mine) -> None:
    for data in _bodies():
        weight = len(decode_body(data))
        limit = mine.ledger.functions.weightLimit(4).call()
        body = hash_of(data)
        call = mine.submit(mine.round, 4, data, mine.search(4, body=data))
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
    call = mine.submit(mine.round, 0, data, mine.search(0, body=data))
    clean = bytes.fromhex(call._encode_transaction_data()[2:])
    at = clean.rindex(data + bytes(23)) + len(data)
    dirty = clean[:at] + b"\xff" * 23 + clean[at + 23 :] + b"\xff" * 64
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
    call = mine.submit(mine.round, 0, data, mine.search(0, body=data))
    mine.assert_refused(call, KEYS[0], "BodyTooShort", length)


def test_a_competing_body_is_published_too(mine: Mine) -> None:
    mine.win(0)
    data = encode_body([3, 5, 900])
    nonce = mine.search(1, body=data, of=1)
    receipt = mine.stage.send(mine.submit(1, 1, data, nonce, mine.shown(1)), sender=KEYS[1])
    (competed,) = mine.ledger.events.BlockCompeted().process_receipt(receipt, errors=DISCARD)
    assert competed["args"]["weight"] == 3
    (published,) = mine.ledger.events.BodyPublished().process_receipt(receipt, errors=DISCARD)
    assert decode_body(published["args"]["data"]) == [3, 5, 900]
