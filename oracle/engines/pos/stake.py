"""Stake of a node at a StakeLedger: deposit, exit, withdraw, and where it stands."""

from collections.abc import Callable

from oracle.chain.addresses import ZERO_ADDRESS
from oracle.chain.ledger import Ledger
from oracle.engines.holder import ALL, Holder, Sentences, token_sentences
from oracle.errors import CallRefused

CONTRACT = "StakeLedger"
_MOST = 2**96 - 1  # more than any stake: what is refused says what there is


def deposit(holder: Holder, node: int, amount: str, say: Callable[[str], None]) -> None:
    """Stake an amount for a node, by its key."""
    base_units = holder.token.base_units("--amount", amount)
    done = holder.pay(_sentences(holder), "Deposited", "deposit", node, base_units, say)
    say(
        f"deposited {holder.token.shown(done['amount'])} for node {node}; it draws slots from "
        f"{holder.terms.named(done['fromTerm'])} on"
    )


def exit_stake(holder: Holder, node: int, amount: str, say: Callable[[str], None]) -> None:
    """Begin to take out an amount of a node's stake, or all of it. The delay restarts for all that is leaving."""
    if amount == ALL:
        base_units = _staked(holder.ledger, node, holder.key.address) or 0
    else:
        base_units = holder.token.base_units("--amount", amount)
    done = holder.call(_sentences(holder), "ExitBegun", "exit", node, base_units)
    leaving, from_term = holder.ledger.calls.read("exitOf", node)
    say(
        f"{holder.token.shown(done['amount'])} of node {node} begin to leave; in all "
        f"{holder.leaving(leaving, from_term)}"
    )


def withdraw(holder: Holder, node: int, say: Callable[[str], None]) -> None:
    """Pay out an exit whose delay is over."""
    done = holder.call(_sentences(holder), "Withdrawn", "withdraw", node)
    say(f"withdrew {holder.token.shown(done['amount'])} of node {node} to {done['staker']}")


def status(holder: Holder, node: int, say: Callable[[str], None]) -> None:
    """Show what a node has staked, from when on it counts, and what leaves."""
    token, terms, calls = holder.token, holder.terms, holder.ledger.calls
    head = holder.chain.head()
    term = terms.at(holder.chain.timestamp(head))
    key = holder.deployed.contracts.node(node).miner
    staker, stake, total, (leaving, from_term), tip, slashed = calls.read_each(
        *(("stakerOf", node), ("stakeOf", node, term), ("totalStake", term), ("exitOf", node), ("tipOf", node)),
        ("equivocations", node),
        block=head,
    )
    say(f"node {node} at {CONTRACT} {calls.address}, {terms.named(term)}, block {head}")
    say(f"  key      {key}")
    say(f"  staker   {'nobody yet' if staker == ZERO_ADDRESS else staker}")
    share = f", {stake / total:.2%} of {token.shown(total)}" if total else ""
    say(f"  stake    {token.shown(stake)} in this term{share}")
    staked = _staked(holder.ledger, node, staker)
    if staked is not None and staked != stake:
        say(f"  later    {token.shown(staked)}, in {terms.named(term + 2)} at the latest")
    say(f"  leaving  {holder.leaving(leaving, from_term)}")
    say(f"  onion    {'committed' if any(tip) else 'none yet: `catalyst node` commits to one'}")
    say(f"  slashed  {'yes: it signed two blocks for one slot' if slashed else 'no'}")


def _staked(ledger: Ledger, node: int, staker: str) -> int | None:
    """The stake of a node once all changes count; None of one that was slashed.

    No view tells it ahead of its term, but the refusal of an exit of more does.
    """
    if staker == ZERO_ADDRESS:
        return 0
    try:
        ledger.calls.try_call(ledger.calls.calldata("exit", node, _MOST), sender=staker)
    except CallRefused as error:
        if error.error == "AmountTooLarge":
            return int(str(error.arguments[1]))
    return None


def _sentences(holder: Holder) -> Sentences:
    token, terms = holder.token, holder.terms

    def not_staker(node: int, caller: str, staker: str) -> str:
        if staker == ZERO_ADDRESS:
            return f"nobody has staked for node {node} yet; run `catalyst stake deposit` first"
        return f"the stake of node {node} is {staker}'s, and the key given is {caller}'s; give the key of that address"

    return token_sentences(holder) | {
        "NotStaker": not_staker,
        "NodeSlashed": lambda node: f"node {node} signed two blocks for one slot and was slashed; it takes no stake",
        "AmountTooLarge": lambda amount, present: (
            f"{token.shown(amount)} is more than is staked; give an --amount of {token.shown(present)} at most"
        ),
        "NothingToWithdraw": lambda node: f"nothing of node {node} is leaving; run `catalyst stake exit` first",
        "ExitNotOver": lambda node, term, from_term: (
            f"the exit of node {node} is not over: it is term {term} now; withdraw from {terms.named(from_term)} on"
        ),
    }
