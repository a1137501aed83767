"""A plan is followed in words: what happened, and what is due next, by whom and until when."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from oracle.agreements.signatures import sign_amendment
from oracle.agreements.standing import Standing
from oracle.agreements.watch import Notice, due_of, follow
from oracle.agreements.words import PlanWords, utc
from oracle.plans import signing
from oracle.plans.plan import ARBITER, DAY_SECONDS, DONE, Plan, Status, Step, Verb
from tests.agreements.stage import BUYER_KEY, CARRIER_KEY, JUDGE_KEY, NAMES, PARTIES, SELLER_KEY, Stage
from tests.contracts.plan_stage import FEE, PRICE, sale

NOTE = b"\x0a" * 32
AT = 1_804_000_000  # when the present step became the present one
EVERYONE = frozenset({0, 1, 2})


def money(amount: int) -> str:
    return f"{amount / 100:.2f} SMPL"


def words_of(plan: Plan) -> PlanWords:
    return PlanWords(plan, (*NAMES, "judge")[: len(plan.parties)], money)


def said(stage: Stage, plan: Plan, *acts: Callable[[], object]) -> list[Notice]:
    """All that is told about a plan while these calls are made, one at each rest."""
    waiting = list(acts)

    def rest() -> None:
        waiting.pop(0)()

    return list(follow(stage.book(), words_of(plan), rest=rest))


def test_a_sale_is_told_as_it_goes(stage: Stage) -> None:
    plan = stage.sale()
    book = stage.book()
    notices = said(
        stage,
        plan,
        lambda: book.propose(plan),
        lambda: book.join(plan, stage.joinings(plan, [BUYER_KEY])),
        lambda: book.join(plan, stage.joinings(plan, [SELLER_KEY, CARRIER_KEY])),
        lambda: stage.later(6 * DAY_SECONDS),
        lambda: stage.book(CARRIER_KEY).perform(plan, 0, NOTE),
        lambda: stage.later(3 * DAY_SECONDS + 1),
        lambda: book.timeout(plan, 1),
        lambda: stage.book(SELLER_KEY).perform(plan, 2),
    )
    untils = [each.due.until_seconds for each in notices if each.due is not None and each.due.until_seconds]
    join_by, _, received_by, accepted_by, settled_by = untils
    due = received_by - 10 * DAY_SECONDS
    assert [each.words for each in notices] == [
        "the plan is not proposed yet: anyone can propose it",
        "the plan was proposed: logistics, 3 parties, 3 steps",
        f"seller, carrier and buyer must join until {utc(join_by)}; after that anyone can pass it, and then all is "
        "refunded",
        "buyer joined with 1280.00 SMPL",
        f"seller and carrier must join until {utc(join_by)}; after that anyone can pass it, and then all is refunded",
        "seller joined",
        "carrier joined",
        "all have joined: the plan is active",
        f"carrier must do step 1 of 3 (receive) until {utc(due)}, or late until {utc(received_by)} at 12.00 SMPL for "
        "each day that began; after that anyone can pass it, and then all is refunded",
        f"carrier did step 1 of 3 (receive), 2 days late, shown by 0x{NOTE.hex()}",
        "buyer was credited 24.00 SMPL",
        f"buyer must do step 2 of 3 (accept), or refuse it, until {utc(accepted_by)}; after that anyone can pass it, "
        "and then step 3 of 3 (pay) follows",
        f"the time of step 2 of 3 (accept) was over at {utc(accepted_by)}: anyone can pass it, and then step 3 of 3 "
        "(pay) follows",
        "the time of step 2 of 3 (accept) was over, and it was passed",
        f"seller must do step 3 of 3 (pay) until {utc(settled_by)}; after that anyone can pass it, and then all is "
        "refunded",
        "seller did step 3 of 3 (pay)",
        "carrier was credited 80.00 SMPL",
        "seller was credited 1176.00 SMPL",
        "the plan has ended: done",
        "the plan is done: who is credited can withdraw",
    ]


def test_a_dispute_is_told_with_its_division(stage: Stage) -> None:
    plan = stage.sale(salt=1, arbiter=True)
    stage.begin(plan, [*PARTIES, JUDGE_KEY])
    notices = said(
        stage,
        plan,
        lambda: stage.book(CARRIER_KEY).perform(plan, 0, NOTE),
        lambda: stage.book(BUYER_KEY).refuse(plan, 1, NOTE),
        lambda: stage.book(JUDGE_KEY).divide(plan, [PRICE, FEE, 0, 0]),
    )
    told = [each.words for each in notices]
    dispute = told.index("buyer refused step 2 of 3 (accept)")
    until = utc(stage.chain.timestamp(stage.chain.head() - 1) + 14 * DAY_SECONDS)
    assert told[dispute + 1 :] == [
        f"judge must divide what is held until {until}; after that anyone can pass it, and then all is refunded",
        "judge divided what was held: seller 1200.00 SMPL and carrier 80.00 SMPL",
        "seller was credited 1200.00 SMPL",
        "carrier was credited 80.00 SMPL",
        "the plan has ended: arbitrated",
        "the arbiter has divided what was held: who is credited can withdraw",
    ]
    due = notices[dispute + 1].due
    assert due is not None
    assert due.parties == (3,)
    assert notices[dispute + 2].happening is not None
    assert notices[dispute + 2].time_seconds == stage.now


def test_a_proposal_that_nobody_joins_and_one_that_is_replaced_end(stage: Stage) -> None:
    plan = stage.sale(salt=2)
    stage.book().propose(plan)
    told = [
        each.words
        for each in said(stage, plan, lambda: stage.later(8 * DAY_SECONDS), lambda: stage.book().timeout(plan, 0))
    ]
    assert told[-4:] == [
        f"the time of the joining was over at {utc(plan.join_by_seconds)}: anyone can pass it, and then all is "
        "refunded",
        "the time of the joining was over, and it was passed",
        "the plan has ended: refunded",
        "the plan was refunded: who held anything of its deposit can withdraw it",
    ]
    one, other = stage.sale(salt=3), stage.sale(salt=4)
    stage.begin(one)
    signed = [sign_amendment(one, 0, other, key, stage.book().place) for key in PARTIES]
    told = [each.words for each in said(stage, one, lambda: stage.book().amend(one, other, signed))]
    assert told[-3:] == [
        f"all parties replaced the plan by 0x{signing.plan_id(other).hex()}",
        "the plan has ended: amended",
        "the plan was replaced: what holds now is the plan in its place",
    ]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            Step(Verb.REVOKE, 0, 60, on_timeout=DONE),
            "seller can do step 1 of 1 (revoke) until {due}; after that anyone",
        ),
        (replace(sale().steps[0], on_done=DONE), "carrier must do step 1 of 1 (receive) until {due}, or late until"),
        (replace(sale().steps[1], on_done=DONE, on_timeout=DONE), "(accept), or refuse it, until {due}; after that"),
    ],
)
def test_what_is_due_says_what_may_be_done(step: Step, said: str) -> None:
    plan = replace(sale(), steps=(step,))
    standing = Standing(Status.ACTIVE, 0, EVERYONE, AT, AT)
    found = due_of(words_of(plan), standing, AT)
    assert said.format(due=utc(AT + step.due_seconds)) in found.words
    assert found.parties == (step.actor,)
    assert found.until_seconds == AT + step.due_seconds + step.late.days * DAY_SECONDS


def test_days_without_a_penalty_are_said_to_be_free() -> None:
    late = replace(sale().steps[0].late, penalty_per_day=0)
    plan = replace(sale(), steps=(replace(sale().steps[0], on_done=DONE, late=late),))
    assert "without a penalty" in due_of(words_of(plan), Standing(Status.ACTIVE, 0, EVERYONE, AT, AT), AT).words


def test_once_time_is_over_it_is_anyones_turn() -> None:
    plan = sale(arbiter=True)
    standing = Standing(Status.DISPUTED, ARBITER, EVERYONE | {3}, AT, AT)
    until = AT + plan.arbiter_seconds
    assert due_of(words_of(plan), standing, until).parties == (3,)
    over = due_of(words_of(plan), standing, until + 1)
    assert (over.parties, over.until_seconds) == ((), None)
    assert over.words == (
        f"the time of the dispute was over at {utc(until)}: anyone can pass it, and then all is refunded"
    )
