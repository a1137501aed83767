"""What the book of plans says when it refuses a call, in one sentence each that names culprit and remedy."""

from oracle.agreements.sending import Sentences
from oracle.agreements.words import PlanWords, listed, utc
from oracle.plans.plan import Status

_STANDS = {
    Status.UNKNOWN: "is not known to this book; propose it first, or correct the address of the book",
    Status.PROPOSED: "is proposed, and not all of its parties have joined; have them join",
    Status.ACTIVE: "is active; do its present step",
    Status.DISPUTED: "is in dispute; its arbiter must divide what it holds",
    Status.DONE: "is done; make a new one with another salt",
    Status.REFUNDED: "was refunded; make a new one with another salt",
    Status.ARBITRATED: "was divided by its arbiter; make a new one with another salt",
    Status.AMENDED: "was replaced by another one; go on with that",
}


def plan_sentences(words: PlanWords) -> Sentences:
    """By the contract's error, of calls about one plan."""
    return {
        "InvalidPlan": lambda reason: f"the plan cannot be enforced: {reason}; correct it",
        "WrongStatus": lambda plan, status: f"plan 0x{plan.hex()} {_STANDS[Status(status)]}",
        "AlreadyJoined": lambda party: f"{words.party(party)} has joined already; leave its signature out",
        "WrongSignature": lambda party: (
            f"the signature of {words.party(party)} is not its own over what is sent; have it sign this very plan, "
            "amendment or attestation anew"
        ),
        "WrongDeposit": lambda arrived, expected: (
            f"{words.shown(arrived)} arrived where {words.shown(expected)} were deposited, so the token "
            f"{words.plan.token} takes a fee or lies; use another token"
        ),
        "NotPresentStep": lambda step, present: (
            f"{words.step(step)} is not the present one; the plan stands at {words.step(present)}, so deal with that"
        ),
        "WrongStep": lambda step: (
            f"what was sent for {words.step(step)} is not that step of the plan; send the plan as it was proposed"
        ),
        "NotNamed": lambda caller, named: (
            f"{words.account(caller)} may not do this, {words.account(named)} alone may; give the key of {named}"
        ),
        "TooLate": lambda until: (
            f"the time for this was over at {utc(until)}; anyone can now lead the plan on by a timeout"
        ),
        "TooEarly": lambda until: f"the time of those who must act lasts until {utc(until)}; wait until it is over",
        "NotRefusable": lambda step: f"{words.step(step)} cannot be refused; do it, or wait until anyone can pass it",
        "EvidenceMissing": lambda step: f"{words.step(step)} needs a hash that shows it done; give one as evidence",
        "WrongWitnesses": lambda step: (
            f"{words.step(step)} needs {_witnesses(words, step)}, each once; gather their attestations"
        ),
        "WrongDivision": lambda divided, held: _division(words, divided, held),
    }


def credit_sentences(who: str) -> Sentences:
    """By the contract's error, of withdrawals from a book or a clearing."""
    return {
        "NothingOwed": lambda token, _: (
            f"nothing of the token {token} is credited to {who}; wait until a payment is made to it"
        ),
        "TransferFailed": lambda: f"the token does not pay out {who} now; ask its issuer why, and withdraw later",
    }


def _witnesses(words: PlanWords, step: int) -> str:
    present = words.plan.steps[step]
    names = [words.party(party) for party in sorted(present.witnesses)]
    return f"{present.quorum} of its witnesses {listed(names)}"


def _division(words: PlanWords, divided: int, held: int) -> str:
    if divided == held:
        return "a division has one share for each party and none for the arbiter; correct the shares"
    return f"the shares come to {words.shown(divided)} where {words.shown(held)} are held; correct them"
