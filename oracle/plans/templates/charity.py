"""Donations that are held until named reviewers attest to milestones; what is left goes back."""

from dataclasses import dataclass

from oracle.plans.plan import DONE, EVERYONE, REFUND, REST, Payment, Plan, Step, Verb
from oracle.plans.terms import Setting, TermsMissing, When


@dataclass(frozen=True)
class Milestone:
    """A share of all donations, released once an event is attested in time."""

    event: str
    share_bps: int
    due: When  # from the activation


@dataclass(frozen=True)
class CharityTerms:
    """What the text of a donation settles. Money in hundredths of the currency."""

    charity: str
    donors: tuple[tuple[str, int], ...]  # name and amount
    reviewers: tuple[str, ...]
    quorum: int
    currency: str
    milestones: tuple[Milestone, ...]


def charity_plan(terms: CharityTerms, setting: Setting) -> Plan:
    """One step for each milestone, done by the charity with the signatures of its reviewers.

    A milestone that is not reached in time ends the plan: what is held goes back to the donors. If the shares make up
    all of the donations, the last milestone releases what is held, to the last unit.

    Raises:
        TermsMissing: shares exceed the whole, or an address is missing.
    """
    given = [setting.units(amount) for _, amount in terms.donors]
    shares = sum(each.share_bps for each in terms.milestones)
    if shares > 10_000:
        raise TermsMissing(f"the milestones release {shares / 100:g} % of the donations: correct their shares")
    if not 0 < terms.quorum <= len(terms.reviewers):
        raise TermsMissing(f"{terms.quorum} of {len(terms.reviewers)} reviewers cannot attest: correct the number")
    donors = [name for name, _ in terms.donors]
    names = [*donors, terms.charity, *terms.reviewers]
    charity = len(donors)
    witnesses = frozenset(range(charity + 1, len(names)))
    steps = []
    for index, milestone in enumerate(terms.milestones):
        last = index == len(terms.milestones) - 1
        amount = REST if last and shares == 10_000 else sum(given) * milestone.share_bps // 10_000
        due, due_from = milestone.due.due(from_activation=True)
        steps.append(
            Step(
                Verb.ATTEST,
                charity,
                due,
                due_from,
                needs_evidence=True,
                witnesses=witnesses,
                quorum=terms.quorum,
                payments=(Payment(EVERYONE, charity, amount),),
                on_done=DONE if last else index + 1,
                on_timeout=REFUND,
            )
        )
    return setting.plan("charity", names, (*given, *([0] * (1 + len(terms.reviewers)))), steps)
