"""Donations that milestones release: the first is reached, the second is missed, and the rest goes back."""

from eth_hash.auto import keccak

from oracle.lab.agreements.carried import Carried, tell_text
from oracle.lab.agreements.stage import Agreement, Say, Stage
from oracle.lab.agreements.words import when_words
from oracle.plans.reading.terms_of import charity_terms
from oracle.plans.templates.charity import CharityTerms, charity_plan
from oracle.plans.wording import Money, listed


def walk_charity(stage: Stage, agreement: Agreement, say: Say) -> None:
    """As many reviewers as are needed attest to the first milestone; nobody does to the second.

    Raises:
        TermsMissing: the text does not settle what a plan needs.
        FormulaMismatch: the chain does not do what the plan promises.
    """
    terms = charity_terms(agreement.reading)
    money = Money(2, terms.currency)
    tell_text(agreement, _told(terms, money), say)
    donors = [name for name, _ in terms.donors]
    names = [*donors, terms.charity, *terms.reviewers]
    carried = Carried(stage, charity_plan(terms, stage.setting(agreement, names)), names, money, say)
    carried.check(frozenset())
    carried.begin()
    seen = terms.reviewers[: terms.quorum]
    carried.perform(0, bytes(keccak(b"photographs of the first milestone")), seen, what="the first milestone")
    if len(terms.milestones) > 1:
        carried.pass_time(carried.last_seconds() + 1, "nobody has attested to the second milestone")
        carried.timeout(1, donors[0])
    carried.end()


def _told(terms: CharityTerms, money: Money) -> list[str]:
    return [
        *(f"{name} gives {money.words(amount)} to {terms.charity}" for name, amount in terms.donors),
        *(
            f'{each.share_bps / 100:g} % is released for "{each.event}", if attested '
            f"{when_words(each.due, 'all have signed')}"
            for each in terms.milestones
        ),
        f"{terms.quorum} of {len(terms.reviewers)} reviewers must attest: {listed(terms.reviewers)}",
        "what is not released in time goes back to the donors",
    ]
