"""The obligations that texts state, and until when their net is paid."""

from oracle.plans.meanings import NONE
from oracle.plans.reader import Read
from oracle.plans.reading.evidence import Evidence
from oracle.plans.reading.logistics import one_currency, time_term
from oracle.plans.text.names import Mention
from oracle.plans.text.values import Found, Money

_SURE_OF_ORDER = 0.97  # part of the chance of both orders that the likelier one must have: who owes whom is all


def read_clearing(evidence: Evidence) -> list[str]:
    """Settle the obligations or ask; the parties, by first appearance."""
    time_term(evidence, "settle", "settle_by", "By when is the net paid?")
    one_currency(evidence, ("debt",))
    debts = []
    sentences = []
    for read in evidence.reads:
        found = _debt(evidence, read)
        if found is not None:
            debts.append(found)
            sentences.append(read.sentence)
    if not debts:
        evidence.ask("obligations", "Who owes whom how much? The text does not say.")
    else:
        evidence.settle("obligations", debts, sentences)
    return list(dict.fromkeys(str(debt[side]) for debt in debts for side in ("debtor", "creditor")))


def _debt(evidence: Evidence, read: Read) -> dict[str, str | int] | None:
    """The one obligation of a sentence; asks where there may be others, or sides are in doubt."""
    thresholds = evidence.thresholds
    asked = "Who owes whom how much?"
    sure = [each.target for each in read.meanings if each.chances.get("debt", 0) >= thresholds.sure]
    doubtful = [each for each in read.meanings if thresholds.doubt <= each.chances.get("debt", 0) < thresholds.sure]
    kind = read.kinds["clearing/obligation"]
    if not sure and not doubtful:
        if kind >= thresholds.sure:
            evidence.ask("obligations", f"{asked} This sentence seems to state a debt.", [read.sentence])
        return None
    amount = sure[0].value if len(sure) == 1 and isinstance(sure[0], Found) else None
    sides = _sides(read)
    if doubtful or sides is None or not isinstance(amount, Money) or kind < thresholds.doubt:
        evidence.ask("obligations", asked, [read.sentence])
        return None
    return {"debtor": sides[0], "creditor": sides[1], "minor": amount.minor}


def _sides(read: Read) -> tuple[str, str] | None:
    """Debtor and creditor of a sentence with two names; None where there are others, or their order is in doubt.

    One of the two is the debtor and the other the creditor, so the chances of both orders are set against each other.
    """
    named = [each for each in read.meanings if isinstance(each.target, Mention) and each.best[0] != NONE]
    if len({each.target.name for each in named if isinstance(each.target, Mention)}) != 2 or len(named) != 2:
        return None
    first, second = named
    forward = first.chances.get("debtor", 0) * second.chances.get("creditor", 0)
    backward = first.chances.get("creditor", 0) * second.chances.get("debtor", 0)
    if max(forward, backward) < _SURE_OF_ORDER * (forward + backward):
        return None
    names = [each.target.name for each in named if isinstance(each.target, Mention)]
    return (names[0], names[1]) if forward > backward else (names[1], names[0])
