"""The checker of plans: planted faults are found, each with its path in words; clean plans have none."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from oracle.errors import InputError
from oracle.plans import machine
from oracle.plans.machine import State
from oracle.plans.paths import ACCEPTABLE, Checked, check_paths
from oracle.plans.plan import (
    ARBITER,
    DAY_SECONDS,
    DONE,
    EVERYONE,
    NEVER,
    REFUND,
    REST,
    DueFrom,
    Late,
    Payment,
    Plan,
    Status,
    Step,
    Verb,
)
from oracle.plans.templates.charity import CharityTerms, Milestone, charity_plan
from oracle.plans.templates.logistics import LatePenalty, LogisticsTerms, logistics_plan
from oracle.plans.templates.medical import MedicalTerms, medical_plan
from oracle.plans.templates.report import ReportTerms, report_plan
from oracle.plans.terms import Setting, When
from oracle.plans.walk import MAX_STATES
from oracle.plans.wording import Money
from tests.contracts.plan_stage import FEE, MONEY, PRICE, START_SECONDS, random_plan, sale
from tests.trust.signing import address

NAMES = ("seller", "carrier", "buyer", "judge")
SELLER, CARRIER, BUYER, JUDGE = range(4)
RECEIVE, ACCEPT, PAY = range(3)


def checked(plan: Plan, accepted: Iterable[str] = ()) -> Checked:
    return check_paths(plan, NAMES[: len(plan.parties)], START_SECONDS, frozenset(accepted))


def with_step(plan: Plan, index: int, step: Step) -> Plan:
    return replace(plan, steps=(*plan.steps[:index], step, *plan.steps[index + 1 :]))


def changed(index: int, *, arbiter: bool = False, **fields: object) -> Plan:
    """The sale, its refusals going to an arbiter or nowhere, with fields of one step changed."""
    plan = sale(arbiter=arbiter)
    if not arbiter:
        plan = with_step(plan, ACCEPT, replace(plan.steps[ACCEPT], on_refusal=NEVER))
    return with_step(plan, index, replace(plan.steps[index], **fields))  # type: ignore[arg-type]


def test_the_sale_without_refusal_has_nothing_to_find() -> None:
    found = checked(changed(ACCEPT))
    assert found.findings == ()
    assert {(end.status, end.credited) for end in found.ends} == {
        (Status.REFUNDED, (0, 0, PRICE + FEE)),
        *((Status.DONE, (PRICE - late, FEE, late)) for late in (0, 1_200, 12_000)),
        *((Status.REFUNDED, (0, 0, PRICE + FEE)) for _ in (0, 1_200, 12_000)),
    }


# Planted faults: plan, code, severity, sentence, story

_REFUNDED = "The plan ends: refunded; buyer gets back 128 000."
_ON_TIME = "carrier does step 1 (receive) on time."
_SLOWLY = "Each took all the time that it had, from the joining on."
_ALONE = Step(Verb.PAY, SELLER, DAY_SECONDS, payments=(Payment(BUYER, SELLER, PRICE), Payment(BUYER, CARRIER, REST)))

PLANTED = [
    pytest.param(
        changed(ACCEPT, on_timeout=REFUND),
        "silence-takes",
        "fault",
        "If buyer stays silent at step 2 (accept), carrier gets nothing for step 1 (receive), and buyer gets back "
        "128 000.",
        ("All have joined.", _ON_TIME, "buyer says nothing at step 2 (accept), and the time is over.", _REFUNDED),
        id="silence",
    ),
    pytest.param(
        changed(ACCEPT, on_timeout=DONE),
        "silence-takes",
        "fault",
        "If buyer stays silent at step 2 (accept), carrier gets nothing for step 1 (receive), and buyer gets back "
        "128 000.",
        (
            "All have joined.",
            _ON_TIME,
            "buyer says nothing at step 2 (accept), and the time is over.",
            "The plan ends: done; buyer gets back 128 000.",
        ),
        id="silence that is called done",
    ),
    pytest.param(
        changed(ACCEPT, on_refusal=REFUND),
        "refusal-takes",
        "fault",
        "If buyer refuses step 2 (accept), carrier gets nothing for step 1 (receive), and buyer gets back 128 000.",
        ("All have joined.", _ON_TIME, "buyer refuses step 2 (accept).", _REFUNDED),
        id="refusal",
    ),
    pytest.param(
        changed(ACCEPT, arbiter=True),
        "arbiter-silence",
        "note",
        "If judge stays silent, carrier gets nothing for step 1 (receive), and buyer gets back 128 000.",
        (
            "All have joined.",
            _ON_TIME,
            "buyer refuses step 2 (accept).",
            "judge must decide.",
            "judge stays silent, and the time is over.",
            _REFUNDED,
        ),
        id="a silent arbiter",
    ),
    pytest.param(
        replace(sale(), steps=(_ALONE,)),
        "self-service",
        "fault",
        "seller pays itself 120 000 at step 1 (pay), with no witness, and with no step of buyer before it.",
        (
            "All have joined.",
            "seller does step 1 (pay) on time, and seller is paid 120 000 and carrier is paid 8 000.",
            "The plan ends: done.",
        ),
        id="self-service",
    ),
    pytest.param(
        changed(ACCEPT, actor=SELLER),
        "self-service",
        "fault",
        "seller pays itself 120 000 at step 3 (pay), with no witness, and with no step of buyer before it.",
        (
            "All have joined.",
            _ON_TIME,
            "seller does step 2 (accept) on time.",
            "seller does step 3 (pay) on time, and carrier is paid 8 000 and seller is paid 120 000.",
            "The plan ends: done.",
        ),
        id="self-service after steps of others",
    ),
    pytest.param(
        changed(PAY, payments=(Payment(BUYER, CARRIER, FEE), Payment(BUYER, SELLER, PRICE))),
        "payment-uncovered",
        "fault",
        "Step 3 (pay) pays seller 120 000 from the deposit of buyer, and on one path only 118 800 is left there.",
        (
            "All have joined.",
            "carrier does step 1 (receive) 1 day late, and buyer gets 1 200 as a penalty.",
            "buyer does step 2 (accept) on time.",
            "seller does step 3 (pay) on time, and carrier is paid 8 000 and seller is paid 118 800.",
            "The plan ends: done.",
        ),
        id="a price that a penalty eats",
    ),
    pytest.param(
        changed(PAY, payments=(Payment(EVERYONE, SELLER, 128_001),)),
        "payment-uncovered",
        "fault",
        "Step 3 (pay) pays seller 128 001 from all deposits, and on one path only 128 000 is left there.",
        (
            "All have joined.",
            _ON_TIME,
            "buyer does step 2 (accept) on time.",
            "seller does step 3 (pay) on time, and seller is paid 128 000.",
            "The plan ends: done.",
        ),
        id="more than all deposits",
    ),
    pytest.param(
        changed(RECEIVE, late=Late(10, 20_000, BUYER, BUYER)),
        "penalty-uncovered",
        "fault",
        "The penalty for 10 late days of step 1 (receive) is 200 000, and on one path buyer holds only 128 000.",
        ("All have joined.", "carrier does step 1 (receive) 10 days late, and buyer gets 128 000 as a penalty."),
        id="a penalty beyond the deposit",
    ),
    pytest.param(
        changed(RECEIVE, late=Late(3, 1_200, BUYER, CARRIER)),
        "lateness-pays",
        "fault",
        "carrier is paid for being late with step 1 (receive), from the deposit of buyer.",
        ("All have joined.", "carrier does step 1 (receive) 1 day late, and carrier gets 1 200 as a penalty."),
        id="a penalty for the punctual",
    ),
    pytest.param(
        changed(ACCEPT, due_from=DueFrom.ACTIVATION, due_seconds=5 * DAY_SECONDS),
        "deadline-conflict",
        "fault",
        "If others use all of their time before, the time for step 2 (accept) of buyer is over the moment it begins.",
        (
            "All have joined.",
            _ON_TIME,
            _SLOWLY,
            "The time for step 2 (accept) of buyer is over the moment it begins.",
        ),
        id="a deadline that others use up",
    ),
    pytest.param(
        changed(ACCEPT, due_from=DueFrom.DATE, due_seconds=START_SECONDS + 12 * DAY_SECONDS + 1_800),
        "deadline-conflict",
        "fault",
        "If others use all of their time before, buyer has 30 minutes left for step 2 (accept).",
        ("All have joined.", _ON_TIME, _SLOWLY, "buyer has 30 minutes left for step 2 (accept)."),
        id="half an hour before a date",
    ),
    pytest.param(
        changed(ACCEPT, due_from=DueFrom.ACTIVATION, due_seconds=8 * DAY_SECONDS),
        "deadline-conflict",
        "fault",
        "If others use all of their time before, the time for step 2 (accept) of buyer has been over for 7 days.",
        (
            "All have joined.",
            "carrier does step 1 (receive) 10 days late, and buyer gets 12 000 as a penalty.",
            _SLOWLY,
            "The time for step 2 (accept) of buyer has been over for 7 days.",
        ),
        id="a deadline that late days use up",
    ),
    pytest.param(
        changed(ACCEPT, actor=CARRIER, due_from=DueFrom.ACTIVATION, due_seconds=5 * DAY_SECONDS),
        "deadline-conflict",
        "note",
        "If carrier itself uses all of its time before, the time for step 2 (accept) of carrier is over the moment "
        "it begins.",
        (
            "All have joined.",
            _ON_TIME,
            _SLOWLY,
            "The time for step 2 (accept) of carrier is over the moment it begins.",
        ),
        id="a deadline that its own actor uses up",
    ),
    pytest.param(
        changed(RECEIVE, due_from=DueFrom.DATE, due_seconds=START_SECONDS + 2 * DAY_SECONDS, late=Late(0)),
        "date-before-joining",
        "fault",
        "The time for step 1 (receive) of carrier ends at 17 January 2027, 08:00 UTC, and parties can join until "
        "22 January 2027, 08:00 UTC: whoever joins last can make it impossible.",
        (
            "The last party joins at 22 January 2027, 08:00 UTC.",
            "All have joined.",
            "The time for step 1 (receive) was over at 17 January 2027, 08:00 UTC.",
        ),
        id="a date before all have joined",
    ),
    pytest.param(
        changed(ACCEPT, due_seconds=11 * 366 * DAY_SECONDS),
        "held-for-ever",
        "fault",
        "The deposit of buyer can be held for more than 11 years, until 15 May 2038, 08:00:02 UTC.",
        (
            "All have joined.",
            "carrier does step 1 (receive) 10 days late, and buyer gets 12 000 as a penalty.",
            "buyer says nothing at step 2 (accept), and the time is over.",
            "seller does nothing at step 3 (pay), and the time is over.",
            "The plan ends: refunded; buyer gets back 116 000.",
            _SLOWLY,
        ),
        id="eleven years",
    ),
    pytest.param(
        changed(RECEIVE, on_done=PAY),
        "unreachable-step",
        "fault",
        "No path leads to step 2 (accept), so buyer can never do it.",
        ("All have joined.", "Whatever is done, refused or left undone, step 2 (accept) does not come."),
        id="a step that nothing leads to",
    ),
    pytest.param(
        changed(ACCEPT, witnesses=frozenset({SELLER, BUYER}), quorum=1),
        "own-witness",
        "fault",
        "buyer is a witness of step 2 (accept), which it does itself.",
        (
            "All have joined.",
            _ON_TIME,
            "buyer does step 2 (accept) on time.",
            "buyer attests that this was so.",
        ),
        id="a witness of itself",
    ),
    pytest.param(
        changed(PAY, witnesses=frozenset({CARRIER}), quorum=1),
        "own-witness",
        "fault",
        "carrier is a witness of step 3 (pay), which it is paid by.",
        (
            "All have joined.",
            _ON_TIME,
            "buyer does step 2 (accept) on time.",
            "seller does step 3 (pay) on time, and carrier is paid 8 000 and seller is paid 120 000.",
            "The plan ends: done.",
            "carrier attests that this was so.",
        ),
        id="a witness that is paid",
    ),
    pytest.param(
        changed(PAY, arbiter=True, payments=(Payment(BUYER, JUDGE, 100), Payment(BUYER, SELLER, REST))),
        "arbiter-interested",
        "fault",
        "judge decides disputes, and is paid by step 3 (pay): it has a stake in the outcome.",
        (
            "All have joined.",
            _ON_TIME,
            "buyer does step 2 (accept) on time.",
            "seller does step 3 (pay) on time, and judge is paid 100 and seller is paid 127 900.",
            "The plan ends: done.",
        ),
        id="an arbiter that is paid",
    ),
    pytest.param(
        replace(sale(), deposits=(5_000, 0, PRICE + FEE)),
        "idle-deposit",
        "fault",
        "seller deposits 5 000, and gets all of it back on every path: it secures nothing.",
        (
            "All have joined.",
            "carrier does nothing at step 1 (receive), and the time is over.",
            "The plan ends: refunded; seller gets back 5 000 and buyer gets back 128 000.",
        ),
        id="a deposit for nothing",
    ),
    pytest.param(
        replace(changed(ACCEPT), parties=sale(arbiter=True).parties, deposits=(0, 0, PRICE + FEE, 0)),
        "idle-party",
        "note",
        "judge signs, and neither acts, attests, deposits nor is paid.",
        ("All have joined.",),
        id="a party for nothing",
    ),
    pytest.param(
        changed(ACCEPT, on_done=RECEIVE),
        "invalid",
        "fault",
        "The plan cannot be enforced: a step leads back, or to no step.",
        (),
        id="a step that leads back",
    ),
]


@pytest.mark.parametrize(("plan", "code", "severity", "sentence", "story"), PLANTED)
def test_a_planted_fault_is_found_with_its_story(
    plan: Plan, code: str, severity: str, sentence: str, story: tuple[str, ...]
) -> None:
    (found,) = (each for each in checked(plan).findings if each.code == code)
    assert (found.severity, found.sentence, found.story) == (severity, sentence, story)


@pytest.mark.parametrize(("plan", "code", "severity", "sentence", "story"), PLANTED)
def test_what_parties_have_agreed_to_is_a_note(
    plan: Plan, code: str, severity: str, sentence: str, story: tuple[str, ...]
) -> None:
    if code not in ACCEPTABLE:
        with pytest.raises(InputError, match=f"'{code}' is nothing that parties can accept: give "):
            checked(plan, [code])
        return
    (found,) = (each for each in checked(plan, [code]).findings if each.code == code)
    assert (found.severity, found.story) == ("note", story)
    assert found.sentence.endswith("; the parties have agreed to this.") == (severity == "fault")


def test_a_plan_with_too_many_paths_is_not_called_clean() -> None:
    steps = tuple(
        Step(
            Verb.PAY,
            index % 3,
            DAY_SECONDS,
            late=Late(3, 10**index, BUYER, SELLER),
            payments=(Payment(BUYER, CARRIER, 1),),
            on_done=index + 1 if index < 15 else DONE,
            on_timeout=index + 1 if index < 15 else REFUND,
        )
        for index in range(16)
    )
    found = checked(replace(sale(), deposits=(0, 0, 10**20), steps=steps))
    assert found.states <= MAX_STATES
    (unfinished,) = (each for each in found.faults if each.code == "too-many-paths")
    assert unfinished.sentence.startswith("The plan has too many paths: 20000 states were looked at")


# What is no fault


def test_silence_takes_nothing_where_its_author_gets_nothing_back() -> None:
    """A reviewer without a deposit may stay silent: what the donor gets back is not the reviewer's gain."""
    plan = changed(ACCEPT, actor=SELLER, on_timeout=REFUND)
    assert "silence-takes" not in {each.code for each in checked(plan).findings}


def test_silence_takes_nothing_from_who_was_paid_for_what_it_did() -> None:
    paid = (Payment(BUYER, CARRIER, FEE),)
    plan = changed(RECEIVE, payments=paid, witnesses=frozenset({SELLER}), quorum=1)
    plan = with_step(plan, ACCEPT, replace(plan.steps[ACCEPT], on_timeout=REFUND))
    plan = with_step(plan, PAY, replace(plan.steps[PAY], payments=(Payment(BUYER, SELLER, REST),)))
    assert checked(plan).findings == ()


def test_the_second_piece_of_work_is_taken_though_the_first_was_paid() -> None:
    witnessed = Step(
        Verb.RECEIVE,
        CARRIER,
        DAY_SECONDS,
        needs_evidence=True,
        witnesses=frozenset({SELLER}),
        quorum=1,
        payments=(Payment(BUYER, CARRIER, FEE),),
        on_done=1,
    )
    again = Step(Verb.RECEIVE, CARRIER, DAY_SECONDS, on_done=2)
    accept = Step(Verb.ACCEPT, BUYER, DAY_SECONDS, payments=(Payment(BUYER, CARRIER, FEE),))
    (found,) = checked(replace(sale(), steps=(witnessed, again, accept))).faults
    assert found.code == "silence-takes"
    assert found.sentence == (
        "If buyer stays silent at step 3 (accept), carrier gets nothing for step 2 (receive), and buyer gets back "
        "120 000."
    )


def test_silence_of_the_payer_is_consent_where_it_was_asked() -> None:
    assert checked(changed(ACCEPT, on_timeout=PAY)).findings == ()


def test_a_refusal_of_the_payer_is_no_consent() -> None:
    plan = changed(ACCEPT, on_refusal=PAY)
    (found,) = checked(plan).findings
    assert found.code == "self-service"
    assert "buyer refuses step 2 (accept)." in found.story


def test_a_short_time_from_the_activation_is_what_was_agreed() -> None:
    plan = changed(RECEIVE, due_from=DueFrom.ACTIVATION, due_seconds=600)
    assert "deadline-conflict" not in {each.code for each in checked(plan).findings}


def test_names_and_parties_must_be_as_many() -> None:
    with pytest.raises(InputError, match="there are 2 names for 3 parties: give each party one name"):
        check_paths(sale(), NAMES[:2], START_SECONDS)


def test_amounts_are_written_as_money() -> None:
    plan = changed(ACCEPT, on_timeout=REFUND)
    (found,) = check_paths(plan, NAMES[:3], START_SECONDS, money=Money(2, "EUR")).findings
    assert found.sentence.endswith("and buyer gets back 1 280.00 EUR.")


# The templates

WEEK = When(seconds=7 * DAY_SECONDS)
SALE = LogisticsTerms(
    buyer="Harbour Tools",
    seller="Oduya & Sons",
    carrier="Redfern Haulage",
    currency="EUR",
    price_minor=120_000,
    carrier_fee_minor=8_000,
    fee_borne_by="buyer",
    delivery=WEEK,
    inspection_seconds=3 * DAY_SECONDS,
    on_silence="accept",
    on_refusal="arbiter",
    arbiter="Dr Brandtner",
    arbiter_seconds=14 * DAY_SECONDS,
    late=LatePenalty(10, per_day_bps=40),
)


def setting(names: Iterable[str]) -> Setting:
    accounts = {name: address(7_200 + index) for index, name in enumerate(names)}
    return Setting(accounts, MONEY, START_SECONDS, terms_hash=b"\x01" * 32)


def in_days(days: int) -> When:
    return When(day=datetime.fromtimestamp(START_SECONDS, UTC).date() + timedelta(days=days))


def logistics(terms: LogisticsTerms, accepted: Iterable[str] = ()) -> Checked:
    names = [terms.buyer, terms.seller, terms.carrier]
    names += [terms.arbiter] if terms.on_refusal == "arbiter" and terms.arbiter else []
    return check_paths(logistics_plan(terms, setting(names)), names, START_SECONDS, frozenset(accepted))


def codes(found: Checked, severity: str) -> list[str]:
    return [each.code for each in found.findings if each.severity == severity]


@pytest.mark.parametrize("delivery", [WEEK, in_days(30)])
@pytest.mark.parametrize("borne_by", ["buyer", "seller"])
def test_a_sale_with_an_arbiter_has_no_fault(delivery: When, borne_by: str) -> None:
    found = logistics(replace(SALE, delivery=delivery, fee_borne_by=borne_by))
    assert found.faults == ()
    assert codes(found, "note") == ["arbiter-silence"]


def test_a_sale_without_arbiter_lets_a_refusal_take_the_carriers_fee() -> None:
    terms = replace(SALE, on_refusal="refund", arbiter=None, arbiter_seconds=None)
    assert codes(logistics(terms), "fault") == ["refusal-takes"]
    found = logistics(terms, ["refusal-takes"])
    assert (found.faults, codes(found, "note")) == ((), ["refusal-takes"])


def test_a_sale_whose_silence_refunds_lets_silence_take_it() -> None:
    terms = replace(SALE, on_silence="refund")
    assert codes(logistics(terms), "fault") == ["silence-takes"]
    assert logistics(terms, ["silence-takes"]).faults == ()


@pytest.mark.parametrize("last_share_bps", [3_000, 5_000])
def test_a_donation_by_milestones_has_nothing_to_find(last_share_bps: int) -> None:
    terms = CharityTerms(
        charity="Wells for Chitalo",
        donors=(("Amaryllis Foundation", 4_000_000), ("Henrik Solvang", 750_000), ("Bakery Lindenhof", 125_075)),
        reviewers=("Ngozi Adeleke", "Ruben Haas", "Sunniva Lie"),
        quorum=2,
        currency="EUR",
        milestones=(
            Milestone("the borehole yields water", 2_000, in_days(100)),
            Milestone("the pump house is built", 3_000, in_days(200)),
            Milestone("the report is published", last_share_bps, in_days(400)),
        ),
    )
    names = [*(name for name, _ in terms.donors), terms.charity, *terms.reviewers]
    found = check_paths(charity_plan(terms, setting(names)), names, START_SECONDS)
    assert found.findings == ()
    assert len(found.ends) == 4


def test_a_consent_notes_that_its_reader_has_nothing_to_do() -> None:
    names = ("Ines", "Clinic")
    for until in (WEEK, in_days(4_000)):
        terms = MedicalTerms(*names, ("imaging",), "second opinion", until, deidentified=True)
        found = check_paths(medical_plan(terms, setting(names)), names, START_SECONDS)
        assert [(each.code, each.severity) for each in found.findings] == [("idle-party", "note")]


def test_a_report_has_nothing_to_find() -> None:
    terms = ReportTerms("Office", ("fees",), 1, 2, WEEK)
    found = check_paths(report_plan(terms, setting(["Office"])), ["Office"], START_SECONDS)
    assert found.findings == ()


# Nothing is left out


def turn(plan: Plan, state: State, now: int, random: Random) -> tuple[State, int]:
    """One thing that can happen, at a random moment."""
    if state.status is Status.DISPUTED:
        until = state.since_seconds + plan.arbiter_seconds
        favoured = random.choice([party for party in range(len(plan.parties)) if party != plan.arbiter] or [None])
        if favoured is not None and random.random() < 0.5:
            shares = [0] * len(plan.parties)
            shares[favoured] = sum(state.held)
            at = random.choice([now, until])
            return machine.divide(plan, state, tuple(shares), at), at
        return machine.timeout(plan, state, ARBITER, until + 1), until + 1
    step = plan.steps[state.step]
    due, last = machine.deadlines(plan, state)
    moments = [moment for moment in (now, due, due + 1, due + DAY_SECONDS, last) if now <= moment <= last]
    # Between the first and the last late day, amounts lie between theirs.
    priced = [at for at in moments if machine.late_days(step, state, at) in (0, 1, step.late.days)]
    if not priced or random.random() < 0.3:
        at = max(now, last + 1)
        return machine.timeout(plan, state, state.step, at), at
    at = random.choice(priced)
    if step.on_refusal != NEVER and random.random() < 0.3:
        return machine.refuse(plan, state, state.step, at), at
    return machine.perform(plan, state, state.step, at, evidence=True, witnesses=sorted(step.witnesses)), at


def test_whatever_happens_to_random_plans_was_foreseen() -> None:
    ends = 0
    for seed in range(120):
        random = Random(seed)
        plan = random_plan(random, token=MONEY, keys=range(7_100, 7_104), now=START_SECONDS)
        found = check_paths(plan, [f"party {index}" for index in range(len(plan.parties))], START_SECONDS)
        assert "too-many-paths" not in {each.code for each in found.findings}
        foreseen = {(end.status, end.credited) for end in found.ends}
        unreachable = {each.sentence.split("(")[0] for each in found.findings if each.code == "unreachable-step"}
        for _ in range(40):
            now = random.choice([START_SECONDS, plan.join_by_seconds])
            state = machine.proposed(plan)
            for party in range(len(plan.parties)):
                state = machine.join(plan, state, party, now)
            while not state.status.has_ended:
                if state.status is Status.ACTIVE:
                    assert f"No path leads to step {state.step + 1} " not in unreachable
                state, now = turn(plan, state, now, random)
            assert (state.status, state.credited) in foreseen
            ends += 1
    assert ends == 4_800


def test_a_date_beyond_all_calendars_is_told_too() -> None:
    plan = changed(ACCEPT, due_from=DueFrom.DATE, due_seconds=1 << 40)
    (found,) = checked(plan).findings
    assert found.code == "held-for-ever"
    assert "20 May 36812" in found.sentence
