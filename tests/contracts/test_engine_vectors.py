"""The ledgers give what the vector files of stake and delegates say."""

from typing import Any

import pytest
from eth_hash.auto import keccak

from tests.contracts.delegates import VOTER, Delegates
from tests.contracts.harness import Harness
from tests.contracts.stakes import Stakes
from tests.trust.evm import Deployed
from tests.trust.signing import address
from tests.vectors.cases import COW, COWS_FIRST_CONTRACT
from tests.vectors.engine_cases import CHAIN_ID
from tests.vectors.test_vectors import read


def test_chances(harness: Harness) -> None:
    cases = read("lottery.json")["chances"]
    arguments = [[int(case[name]) for case in cases] for name in ("p", "stake", "total")]
    assert harness("chances", *arguments) == [int(case["chance_q128"]) for case in cases]


def _ledger(name: str) -> Deployed:
    """Where the vectors' account creates its first contract."""
    made: Stakes | Delegates = Stakes() if name == "StakeLedger" else Delegates()
    assert made.scene.chain_id == CHAIN_ID
    ledger = made.chain.deploy(name, *made.setup, sender=COW.address)
    assert ledger.address.lower() == COWS_FIRST_CONTRACT.lower()
    return ledger


@pytest.mark.parametrize("case", read("signed_blocks.json")["cases"], ids=lambda case: case["name"])
def test_the_hash_of_a_block(case: dict[str, Any]) -> None:
    block = [bytes.fromhex(value[2:]) if value.startswith("0x") else int(value) for value in case["message"].values()]
    assert _ledger(case["domain"]["name"]).read("hashOf", block) == bytes.fromhex(case["digest"][2:])


def test_an_onion_is_revealed_as_the_file_has_it_and_mixed_into_the_seed() -> None:
    """By a staker who commits to the file's tip. The mix starts from another hash, so the file's rule is asked."""
    made = Stakes()
    onion = read("onion.json")["onion"]
    made.deposit(0, 10**18)
    made.send("commit", 0, bytes.fromhex(onion["tip"][2:]), node=0)
    made.to_term(2)
    mix = made.ledger.read("seedOf", 2)
    for reveal in onion["first_reveals"]:
        made.next_draw([0])
        block = made.block(0, reveal=bytes.fromhex(reveal[2:]))
        made.ledger.send("submitBlock", *made.submission(block))
        assert made.ledger.read("tipOf", 0) == block.reveal
        mix = keccak(mix + block.reveal)
    made.to_term(made.term + 1)
    assert made.ledger.read("seedOf", made.term) == mix


@pytest.mark.parametrize("case", read("turns.json")["turns"], ids=lambda case: str(case["at_seconds"]))
def test_whose_turn_it_is(case: dict[str, Any]) -> None:
    """By a ledger with as many delegates, whose own order stands for the file's; one had its turn, so `next` is 1."""
    made = Delegates(seats=len(case["order"]))
    made.begin([50, 40, 30])
    made.win()
    order, following = made.ledger.read("delegates")
    assert (len(order), following) == (len(case["order"]), case["next"])
    shift, p = made.opening()[3] - case["from_seconds"], made.opening()[5]
    assert p == case["p_seconds"]
    begins, node = made.ledger.read("turnAt", case["at_seconds"] + shift)
    if case["node"] is None:
        assert begins == 0
    else:
        assert (begins - shift, order.index(node)) == (case["turn_seconds"], case["order"].index(case["node"]))


@pytest.mark.parametrize("case", read("term_amounts.json")["cases"], ids=lambda case: str(len(case["changes"])))
def test_amounts_by_term(case: dict[str, Any]) -> None:
    """Of votes, asked in each term for it and for the one before."""
    made = Delegates()
    made.chain.evm.set_balance(address(VOTER), 1 << 100)
    changes = [(change["term"], int(change["amount"])) for change in case["changes"]]
    told = {each["term"]: int(each["amount"]) for each in case["amounts"]}
    for term in told:
        made.to_term(term)
        for changed, amount in changes:
            if changed == term and amount > 0:
                made.vote(0, amount)
            elif changed == term:
                made.send("unvote", 0, -amount, key=VOTER)
        for asked in {max(0, term - 1), term}:
            assert made.ledger.read("votesOf", 0, asked) == told[asked]
