"""`catalyst stake` and `catalyst vote` on Anvil: what each does is on the chain; what a ledger refuses is not sent."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount
from web3 import Web3

from oracle.chain.anvil import AnvilChain
from oracle.chain.calls import ContractCalls, calldata
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.chain.transactions import bid, sign_transaction
from oracle.engines.dpos.terms import DelegateTerms
from oracle.engines.pos.terms import StakeTerms
from oracle.engines.terms import Terms
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.site import Site, build_site
from tests.conftest import Command, _command

STAKE = StakeTerms(slot_seconds=20, term_slots=100, exit_terms=2, grace_slots=2)
VOTES = DelegateTerms(term_seconds=2000, delegates=2, signed_blocks_window=8, min_signed_per_window=4, jail_terms=1)
TERM_SECONDS = 2000
COIN = 10**18


@dataclass
class Place:
    """A ledger on an Anvil that has a block for each transaction, and the command line."""

    anvil: AnvilChain
    site: Site
    directory: Path
    run: Command
    refused: Callable[..., str]

    def words(self, *arguments: str, key: LocalAccount | None) -> list[str]:
        words = [*arguments, "--rpc", self.anvil.url, "--deployments", str(self.directory)]
        if key is None:
            return words
        path = self.directory / key.address
        path.touch(mode=0o600)
        path.write_text(key.key.hex())
        return [*words, "--key-file", str(path)]

    def __call__(self, *arguments: str, key: LocalAccount | None = None) -> str:
        return self.run(*self.words(*arguments, key=key))

    def refusal(self, *arguments: str, key: LocalAccount) -> str:
        """The one line of a command that sends nothing."""
        before = self.site.chain.nonce(key.address), self.site.chain.head()
        line = self.refused(*self.words(*arguments, key=key))
        assert (self.site.chain.nonce(key.address), self.site.chain.head()) == before
        return line

    def terms_later(self, terms: int) -> None:
        chain = self.site.chain
        self.anvil.produce_block(chain.timestamp(chain.head()) + terms * TERM_SECONDS)


Open = Callable[[Terms], Place]


@pytest.fixture
def opened(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Open]:
    started: list[AnvilChain] = []

    def refused(*arguments: str) -> str:
        code = _command(monkeypatch, *arguments)
        captured = capsys.readouterr()
        assert code == 1, captured
        (line,) = captured.err.strip().splitlines()
        return line

    def start(terms: Terms) -> Place:
        plan = NetworkPlan(seed=2, intervals=1, controller=None, nodes=3, accounts=2, interval_seconds=100, terms=terms)
        anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
        started.append(anvil)
        place = Place(anvil, build_site(plan, anvil, tmp_path), tmp_path, command, refused)
        anvil.chain.request("evm_setAutomine", [True])
        return place

    yield start
    for anvil in started:
        anvil.close()


def test_stake_is_deposited_leaves_and_is_withdrawn(opened: Open) -> None:
    place = opened(STAKE)
    calls, key, other = place.site.ledger.calls, place.site.miners[0], place.site.miners[1]
    before = calls.read("stakeOf", 0, 2)
    assert "deposited 2.5 coins for node 0; it draws slots from term 4 (from 2026-01-01" in place(
        "stake", "deposit", "--index", "0", "--amount", "2.5", key=key
    )
    said = place("stake", "status", "--index", "0")
    assert f"staker   {key.address}" in said
    assert "in term 4" in said.partition("later")[2].partition("leaving")[0]
    place.terms_later(2)
    assert calls.read("stakeOf", 0, 4) == before + 25 * COIN // 10
    said = place("stake", "exit", "--index", "0", "--amount", "1.5", key=key)
    assert "1.5 coins of node 0 begin to leave; in all 1.5 coins, to be withdrawn from term 8" in said
    assert "leaving  1.5 coins, to be withdrawn from term 8" in place("stake", "status", "--index", "0")
    line = place.refusal("stake", "withdraw", "--index", "0", key=key)
    assert line.startswith(
        "catalyst: the exit of node 0 is not over: it is term 4 now; withdraw from term 8 (from 2026"
    )
    place.terms_later(4)
    held = place.site.chain.balance(key.address)
    assert f"withdrew 1.5 coins of node 0 to {key.address}" in place("stake", "withdraw", "--index", "0", key=key)
    assert place.site.chain.balance(key.address) - held == pytest.approx(1.5 * COIN, rel=0.01)
    said = place("stake", "exit", "--index", "0", "--amount", "all", key=key)
    assert "begin to leave" in said
    assert calls.read("exitOf", 0)[0] == before + COIN
    # What the ledger would refuse is not sent.
    assert "nothing of node 1 is leaving; run `catalyst stake exit` first" in place.refusal(
        "stake", "withdraw", "--index", "1", key=other
    )
    assert f"the stake of node 0 is {key.address}'s, and the key given is {other.address}'s" in place.refusal(
        "stake", "deposit", "--index", "0", "--amount", "1", key=other
    )
    assert "there is no node 9; --index runs from 0 to 2" in place.refusal(
        "stake", "deposit", "--index", "9", "--amount", "1", key=other
    )
    assert "is more than is staked; give an --amount of" in place.refusal(
        "stake", "exit", "--index", "1", "--amount", "77", key=other
    )
    assert "which is less than 1000000 coins; give a lower --amount" in place.refusal(
        "stake", "deposit", "--index", "1", "--amount", "1000000", key=other
    )


def test_votes_are_cast_moved_taken_back_and_withdrawn(opened: Open) -> None:
    place = opened(VOTES)
    calls, key, voter = place.site.ledger.calls, place.site.miners[0], place.site.accounts[0]
    assert "3 coins vote for node 1; they count from term 4" in place(
        "vote", "cast", "--index", "1", "--amount", "3", key=voter
    )
    assert "1.25 coins move from node 1 to node 2; they count there from term 4" in place(
        "vote", "move", "--index", "1", "--to", "2", "--amount", "1.25", key=voter
    )
    assert [calls.read("votesBy", voter.address, node) for node in (1, 2)] == [175 * COIN // 100, 125 * COIN // 100]
    said = place("vote", "status", "--index", "2", "--voter", voter.address)
    assert "on node 1  1.75 coins" in said
    assert "on node 2  1.25 coins" in said
    assert "stands for election" in said
    assert "in jail   no" in said
    votes = calls.read("votesOf", 2, 2)
    place.terms_later(2)
    assert calls.read("votesOf", 2, 4) == votes + 125 * COIN // 100
    said = place("vote", "revoke", "--index", "1", "--amount", "all", key=voter)
    assert "1.75 coins are taken back from node 1; in all 1.75 coins, to be withdrawn from term 6" in said
    assert "these votes still count: it is term 4 now; withdraw from term 6" in place.refusal(
        "vote", "withdraw", key=voter
    )
    place.terms_later(2)
    assert f"withdrew 1.75 coins to {voter.address}" in place("vote", "withdraw", key=voter)
    assert "leaving  nothing" in place("vote", "status", "--voter", voter.address)
    assert f"{voter.address} takes nothing back; run `catalyst vote revoke` first" in place.refusal(
        "vote", "withdraw", key=voter
    )
    assert f"{voter.address} has 1.25 coins on node 2, not 9 coins" in place.refusal(
        "vote", "revoke", "--index", "2", "--amount", "9", key=voter
    )
    assert "node 0 stands for election already" in place.refusal("vote", "stand", "--index", "0", key=key)
    assert f"node 0 has the key of {key.address}, and the one given is {voter.address}'s" in place.refusal(
        "vote", "stand", "--index", "0", key=voter
    )


def test_of_a_token_exactly_the_amount_is_approved_and_only_where_it_is_needed(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The same chain, deployer and first nonce give the workload's token the same address in every run.
    address = str(Web3.to_checksum_address(opened(STAKE).site.venue.token))
    monkeypatch.setattr("oracle.lab.network.site.enter", lambda *_: None)  # which stakes the coin
    place = opened(StakeTerms(20, 100, 2, 2, token=address))
    chain, key, ledger = place.site.chain, place.site.miners[0], place.site.ledger.calls.address
    calls = ContractCalls(chain, "WorkloadToken", address)
    mint = sign_transaction(
        chain=chain,
        account=key,
        nonce=chain.nonce(key.address),
        to=address,
        data=calldata("WorkloadToken", "mint", key.address, 100 * COIN),
        gas_limit=200_000,
        fees=bid(chain),
    )
    chain.send_raw(mint.raw, mint.hash)
    # Refused for another reason: nothing is approved in vain.
    assert "and the key given is" in place.refusal("stake", "deposit", "--index", "1", "--amount", "2", key=key)
    said = place("stake", "deposit", "--index", "0", "--amount", "2", key=key)
    assert f"approved 2 WORK to the ledger {ledger}" in said
    assert "deposited 2 WORK for node 0" in said
    assert calls.read("allowance", key.address, ledger) == 0
    allow = sign_transaction(
        chain=chain,
        account=key,
        nonce=chain.nonce(key.address),
        to=address,
        data=calldata("WorkloadToken", "approve", ledger, 5 * COIN),
        gas_limit=200_000,
        fees=bid(chain),
    )
    chain.send_raw(allow.raw, allow.hash)
    assert "approved" not in place("stake", "deposit", "--index", "0", "--amount", "3", key=key)
    assert calls.read("allowance", key.address, ledger) == 2 * COIN


def test_what_cannot_be_asked_of_a_ledger_is_refused_in_one_line(opened: Open, refusal: Callable[..., str]) -> None:
    place = opened(STAKE)
    key = place.site.miners[0]
    line = refusal(*place.words("vote", "cast", "--index", "0", "--amount", "1", key=key))
    assert "has a StakeLedger, and this command is for a DelegateLedger" in line
    for amount in ("0", "-1", "much", "nan", "0.0000000000000000001"):
        line = refusal(*place.words("stake", "deposit", "--index", "0", "--amount", amount, key=key))
        assert "give a number above 0 with at most 18 decimals" in line
    assert "0 keys are given" in refusal(*place.words("stake", "withdraw", "--index", "0", key=None))
    assert "--max-fee-gwei is nan" in refusal(
        *place.words("stake", "withdraw", "--index", "0", "--max-fee-gwei", "nan", key=key)
    )
    assert "raise --max-fee-gwei" in refusal(
        *place.words("stake", "deposit", "--index", "0", "--amount", "1", "--max-fee-gwei", "0.00000001", key=key)
    )
