"""A sale with transport: the carrier hands over, the buyer accepts, the seller settles."""

from dataclasses import dataclass

from oracle.plans.plan import (
    ARBITER,
    DAY_SECONDS,
    NEVER,
    NOBODY,
    REFUND,
    REST,
    Late,
    Payment,
    Plan,
    Step,
    Verb,
)
from oracle.plans.terms import Setting, TermsMissing, When

SETTLE_SECONDS = 90 * DAY_SECONDS  # within which the seller collects
_BUYER, _SELLER, _CARRIER, _ARBITER = range(4)


@dataclass(frozen=True)
class LatePenalty:
    """By how much the price falls for each late day, and for how many days at most."""

    days: int
    per_day_minor: int | None = None
    per_day_bps: int | None = None

    def amount(self, price_minor: int) -> int:
        """For one day, in hundredths; a share is rounded down."""
        if self.per_day_minor is not None:
            return self.per_day_minor
        return price_minor * (self.per_day_bps or 0) // 10_000


@dataclass(frozen=True)
class LogisticsTerms:
    """What the text of a sale settles. Money in hundredths of the currency."""

    buyer: str
    seller: str
    carrier: str
    currency: str
    price_minor: int
    carrier_fee_minor: int
    fee_borne_by: str  # buyer: on top of the price; seller: out of it
    delivery: When  # from the activation
    inspection_seconds: int
    on_silence: str  # accept or refund
    on_refusal: str  # refund or arbiter
    arbiter: str | None = None
    arbiter_seconds: int | None = None
    late: LatePenalty | None = None


def logistics_plan(terms: LogisticsTerms, setting: Setting) -> Plan:
    """Receive (carrier, with a hash as evidence), accept (buyer), settle (seller, which pays carrier and seller).

    Raises:
        TermsMissing: terms contradict one another, or an address is missing.
    """
    names = [terms.buyer, terms.seller, terms.carrier]
    arbitrated = terms.on_refusal == "arbiter"
    if arbitrated:
        if terms.arbiter is None or not terms.arbiter_seconds:
            raise TermsMissing("a refusal goes to an arbiter: say who that is, and how long it has")
        names.append(terms.arbiter)
    fee_units = setting.units(terms.carrier_fee_minor)
    deposit = setting.units(terms.price_minor) + (fee_units if terms.fee_borne_by == "buyer" else 0)
    late = Late(0)
    if terms.late is not None:
        late = Late(terms.late.days, setting.units(terms.late.amount(terms.price_minor)), _BUYER, _BUYER)
    if late.penalty_per_day * late.days + fee_units > deposit:
        raise TermsMissing("the penalties and the carrier's fee together exceed the price: correct one of them")
    due, due_from = terms.delivery.due(from_activation=True)
    accepted_by_silence = terms.on_silence == "accept"
    fee = (Payment(_BUYER, _CARRIER, fee_units),) if fee_units else ()
    steps = (
        Step(Verb.RECEIVE, _CARRIER, due, due_from, late=late, needs_evidence=True, on_done=1),
        Step(
            Verb.ACCEPT,
            _BUYER,
            terms.inspection_seconds,
            on_done=2,
            on_timeout=2 if accepted_by_silence else REFUND,
            on_refusal=ARBITER if arbitrated else REFUND,
        ),
        Step(Verb.PAY, _SELLER, SETTLE_SECONDS, payments=(*fee, Payment(_BUYER, _SELLER, REST)), on_refusal=NEVER),
    )
    return setting.plan(
        "logistics",
        names,
        (deposit, 0, 0, *([0] if arbitrated else [])),
        steps,
        arbiter=_ARBITER if arbitrated else NOBODY,
        arbiter_seconds=(terms.arbiter_seconds or 0) if arbitrated else 0,
    )
