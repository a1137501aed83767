"""Votes at a DelegateLedger: cast, move, revoke, withdraw, stand for election, and where a node and a voter stand."""

from collections.abc import Callable

from web3 import Web3

from oracle.engines.holder import ALL, Holder, Sentences, token_sentences
from oracle.errors import SettingsError

CONTRACT = "DelegateLedger"


def voter_address(text: str) -> str:
    """The address of a voter, checksummed.

    Raises:
        SettingsError: it is none.
    """
    if not Web3.is_address(text):
        raise SettingsError(f"--voter {text!r} is no address; give 0x and 40 hexadecimal digits")
    return str(Web3.to_checksum_address(text))


def cast(holder: Holder, node: int, amount: str, say: Callable[[str], None]) -> None:
    """Lock an amount as votes for a node."""
    base_units = holder.token.base_units("--amount", amount)
    done = holder.pay(_sentences(holder), "Voted", "vote", node, base_units, say)
    say(
        f"{holder.token.shown(done['amount'])} vote for node {node}; they count from "
        f"{holder.terms.named(done['fromTerm'])} on"
    )


def revoke(holder: Holder, node: int, amount: str, say: Callable[[str], None]) -> None:
    """Take votes back from a node, or all of them. The delay restarts for all that is leaving."""
    done = holder.call(_sentences(holder), "Unvoted", "unvote", node, _votes(holder, node, amount))
    leaving, from_term = holder.ledger.calls.read("leaving", holder.key.address)
    say(
        f"{holder.token.shown(done['amount'])} are taken back from node {node}; in all "
        f"{holder.leaving(leaving, from_term)}"
    )


def move(holder: Holder, from_node: int, to_node: int, amount: str, say: Callable[[str], None]) -> None:
    """Move votes, or all of them, from one node to another."""
    votes = _votes(holder, from_node, amount)
    done = holder.call(_sentences(holder), "Voted", "move", from_node, to_node, votes)
    say(
        f"{holder.token.shown(done['amount'])} move from node {from_node} to node {to_node}; they count there from "
        f"{holder.terms.named(done['fromTerm'])} on"
    )


def withdraw(holder: Holder, say: Callable[[str], None]) -> None:
    """Pay out what the key took back."""
    done = holder.call(_sentences(holder), "Withdrawn", "withdraw")
    say(f"withdrew {holder.token.shown(done['amount'])} to {done['voter']}")


def stand(holder: Holder, node: int, in_place_of: int | None, say: Callable[[str], None]) -> None:
    """Put a node up for election, by its key."""
    holder.call(_sentences(holder), "Stood", "stand", node, in_place_of or 0)
    say(f"node {node} stands for election; it is elected for the next term in which it has votes enough")


def status(holder: Holder, node: int | None, voter: str | None, say: Callable[[str], None]) -> None:
    """Show the state of a node and of a voter: what counts, and what leaves."""
    token, terms, calls = holder.token, holder.terms, holder.ledger.calls
    head = holder.chain.head()
    term = terms.at(holder.chain.timestamp(head))
    say(f"{CONTRACT} {calls.address}, {terms.named(term)}, block {head}")
    if node is not None:
        key = holder.deployed.contracts.node(node).miner
        votes, missed, jailed, barred, (order, _), candidates = calls.read_each(
            *(("votesOf", node, term), ("missedTurns", node), ("jailedUntil", node), ("equivocations", node)),
            *(("delegates",), ("candidates",)),
            block=head,
        )
        window = calls.read("delegateSetup")[3]
        stands = "stands for election" if node in candidates else "does not stand for election"
        released = f"until its release, from {terms.named(jailed)} on" if jailed else "no"
        say(f"node {node}")
        say(f"  key       {key}")
        say(f"  votes     {token.shown(votes)} in this term")
        say(f"  delegate  {'yes' if node in order else 'no'}; {stands}")
        say(f"  missed    {missed} of its last {window} turns")
        say(f"  in jail   {released}")
        say(f"  barred    {'yes: it signed two blocks for one turn' if barred else 'no'}")
    if voter is not None:
        count = holder.deployed.contracts.node_count()
        given = calls.read_each(*(("votesBy", voter, each) for each in range(count)), block=head)
        leaving, from_term = calls.read("leaving", voter, block=head)
        say(f"voter {voter}")
        for each, votes in enumerate(given):
            if votes:
                say(f"  on node {each}  {token.shown(votes)}, counting or about to")
        say(f"  leaving  {holder.leaving(leaving, from_term)}")


def _votes(holder: Holder, node: int, amount: str) -> int:
    if amount == ALL:
        return int(holder.ledger.calls.read("votesBy", holder.key.address, node))
    return holder.token.base_units("--amount", amount)


def _sentences(holder: Holder) -> Sentences:
    token, terms = holder.token, holder.terms
    return token_sentences(holder) | {
        "NotSoManyVotes": lambda voter, node, amount, present: (
            f"{voter} has {token.shown(present)} on node {node}, not {token.shown(amount)}; give a lower --amount"
        ),
        "NothingToWithdraw": lambda voter: f"{voter} takes nothing back; run `catalyst vote revoke` first",
        "VotesStillCount": lambda term, from_term: (
            f"these votes still count: it is term {term} now; withdraw from {terms.named(from_term)} on"
        ),
        "NotKeyOf": lambda node, caller, key: (
            f"node {node} has the key of {key}, and the one given is {caller}'s; give the key of that address"
        ),
        "NodeBarred": lambda node: f"node {node} signed two blocks for one turn and is barred; it can stand no more",
        "StandsAlready": lambda node: f"node {node} stands for election already",
        "CannotReplace": lambda node, other: (
            f"as many stand as can, and node {other} is none of them with fewer votes than node {node}; name one that "
            "is with --in-place-of"
        ),
    }
