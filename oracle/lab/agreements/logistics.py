"""Sales with transport, from the text to the last withdrawal: one late, one in dispute, and one that is amended."""

from dataclasses import replace

from eth_hash.auto import keccak

from oracle.errors import InputError
from oracle.lab.agreements.carried import Carried, accepted_of, tell_text
from oracle.lab.agreements.stage import Agreement, Say, Stage
from oracle.lab.agreements.words import when_words
from oracle.plans.plan import DAY_SECONDS
from oracle.plans.reading.terms_of import logistics_terms
from oracle.plans.templates.logistics import LogisticsTerms, logistics_plan
from oracle.plans.terms import When
from oracle.plans.wording import Money, counted, span_words

_RECEIVE, _ACCEPT, _PAY = range(3)
_AHEAD_SECONDS, _MORE_SECONDS = 5 * DAY_SECONDS, 14 * DAY_SECONDS  # of an amendment, and what it adds
_LATE_DAYS = 2  # that this carrier is late, where the text bears it


def walk_logistics(stage: Stage, agreement: Agreement, say: Say) -> None:
    """The carrier delivers, late where that has a price; the buyer accepts, and seller and carrier are paid.

    Raises:
        TermsMissing: the text does not settle what a plan needs.
        FormulaMismatch: the chain does not do what the plan promises.
    """
    carried, terms = _begun(stage, agreement, say)
    late_days = 0 if terms.late is None else min(_LATE_DAYS, terms.late.days)
    if late_days:
        # An hour after the last of these days has begun.
        at = carried.due_seconds(_RECEIVE) + (late_days - 1) * DAY_SECONDS + 3_600
        carried.pass_time(at, f"{terms.carrier} is late")
    carried.perform(_RECEIVE, bytes(keccak(b"delivery note")), what="the goods are there")
    carried.perform(_ACCEPT, what="the goods are as agreed")
    carried.perform(_PAY, what="the money is shared out")
    carried.end()


def walk_disputed_sale(stage: Stage, agreement: Agreement, say: Say) -> None:
    """The buyer refuses the goods, and the arbiter pays the carrier and halves the rest between buyer and seller.

    Raises:
        TermsMissing: the text does not settle what a plan needs.
        InputError: the text names no arbiter.
        FormulaMismatch: the chain does not do what the plan promises.
    """
    carried, terms = _begun(stage, agreement, say)
    if terms.arbiter is None:
        raise InputError("the text names no arbiter, so that a refusal is none for one: walk a text that does")
    carried.perform(_RECEIVE, bytes(keccak(b"delivery note")), what="the goods are there")
    carried.refuse(_ACCEPT, "half of the goods are damaged")
    fee = terms.carrier_fee_minor
    rest = sum(carried.state.held) - fee
    carried.divide((rest // 2, rest - rest // 2, fee, 0), f"pays {terms.carrier} and halves the rest")
    carried.end()


def walk_amended_sale(stage: Stage, agreement: Agreement, say: Say) -> None:
    """All agree on a later delivery while the goods are on their way; then the buyer's silence accepts them.

    Raises:
        TermsMissing: the text does not settle what a plan needs.
        FormulaMismatch: the chain does not do what the plan promises.
    """
    carried, terms = _begun(stage, agreement, say)
    due = carried.due_seconds(_RECEIVE)
    carried.pass_time(due - _AHEAD_SECONDS, f"{terms.carrier} sees that it will be late")
    later = replace(terms, delivery=When(seconds=_AHEAD_SECONDS + _MORE_SECONDS))
    clause = f"Amendment: the goods are due {when_words(later.delivery, 'all have signed this amendment')}."
    setting = stage.setting(replace(agreement, text=f"{agreement.text}\n{clause}\n"), carried.names)
    carried.amend(
        logistics_plan(later, setting), _accepted(terms), f"delivery is due {span_words(_MORE_SECONDS)} later"
    )
    carried.pass_time(due + DAY_SECONDS, "the goods come after the first deadline and ahead of the new one")
    carried.perform(_RECEIVE, bytes(keccak(b"delivery note")), what="the goods are there")
    if terms.on_silence == "accept":
        carried.pass_time(carried.last_seconds() + 1, f"{terms.buyer} says nothing")
        carried.timeout(_ACCEPT, terms.seller)
    else:
        carried.perform(_ACCEPT, what="the goods are as agreed")
    carried.perform(_PAY, what="the money is shared out")
    carried.end()


def _begun(stage: Stage, agreement: Agreement, say: Say) -> tuple[Carried, LogisticsTerms]:
    """The sale of a text, checked, signed and paid in."""
    terms = logistics_terms(agreement.reading)
    money = Money(2, terms.currency)
    tell_text(agreement, _told(terms, money), say)
    names = [terms.buyer, terms.seller, terms.carrier]
    if terms.on_refusal == "arbiter" and terms.arbiter is not None:
        names.append(terms.arbiter)
    carried = Carried(stage, logistics_plan(terms, stage.setting(agreement, names)), names, money, say)
    carried.check(_accepted(terms))
    carried.begin()
    return carried, terms


def _accepted(terms: LogisticsTerms) -> frozenset[str]:
    """What the text itself says of silence and refusal."""
    silence, refusal = (terms.on_silence == "refund", "silence-takes"), (terms.on_refusal == "refund", "refusal-takes")
    return accepted_of(silence, refusal)


def _told(terms: LogisticsTerms, money: Money) -> list[str]:
    bearer = f"{terms.buyer}, on top of the price" if terms.fee_borne_by == "buyer" else f"{terms.seller}, out of it"
    silence = "the goods are accepted" if terms.on_silence == "accept" else "the money goes back"
    refusal = f"{terms.arbiter} decides" if terms.on_refusal == "arbiter" else "the money goes back"
    told = [
        f"{terms.seller} sells to {terms.buyer} for {money.words(terms.price_minor)}",
        f"{terms.carrier} carries the goods for {money.words(terms.carrier_fee_minor)}, borne by {bearer}",
        f"delivery {when_words(terms.delivery, 'all have signed')}",
        f"inspection for {span_words(terms.inspection_seconds)}; if {terms.buyer} says nothing, {silence}",
        f"if {terms.buyer} refuses the goods, {refusal}",
    ]
    if terms.arbiter_seconds and terms.on_refusal == "arbiter":
        told.append(f"{terms.arbiter} has {span_words(terms.arbiter_seconds)} to decide")
    if terms.late is not None:
        cost = money.words(terms.late.amount(terms.price_minor))
        told.append(f"{cost} off for each late day, for at most {counted(terms.late.days, 'day')}")
    return told
