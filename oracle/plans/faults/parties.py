"""Who can take what another one has earned, pay itself, or decide in its own matter; who is there for nothing."""

from collections.abc import Iterator

from oracle.plans.faults.finding import Finding, Found
from oracle.plans.plan import NOBODY, Status
from oracle.plans.telling import amounts, told
from oracle.plans.walk import Kind, Node, Walk
from oracle.plans.wording import Wording, capital, listed


def takings(words: Wording, walked: Walk) -> Iterator[Found]:
    """Silence, or a refusal, that ends the plan so that its author keeps what another one has earned."""
    ways = {Kind.TIMED_OUT: ("silence-takes", "stays silent at"), Kind.REFUSED: ("refusal-takes", "refuses")}
    for node in walked.nodes:
        if node.parent is None or node.move is None or node.move.kind not in ways:
            continue
        if node.state.status not in (Status.DONE, Status.REFUNDED) or node.parent.state.status is not Status.ACTIVE:
            continue
        actor, back = words.plan.steps[node.move.step].actor, node.parent.state.held
        losses = _losses(words, walked, node.parent, actor)
        if back[actor] and losses:
            code, how = ways[node.move.kind]
            sentence = (
                f"If {words.party(actor)} {how} {words.step(node.move.step)}, {losses}, and {words.party(actor)} gets "
                f"back {words.money.words(back[actor])}."
            )
            yield Found(node.move.step, Finding(code, "fault", sentence, told(words, node)))


def arbiter_silence(words: Wording, walked: Walk) -> Iterator[Found]:
    """An arbiter whose silence leaves unpaid what was done."""
    for node in walked.nodes:
        if node.parent is None or node.move is None or node.parent.state.status is not Status.DISPUTED:
            continue
        losses = _losses(words, walked, node.parent, NOBODY)
        back = amounts(words, node.parent.state.held, "gets back")
        if node.move.kind is Kind.TIMED_OUT and losses and back:
            arbiter = words.party(words.plan.arbiter)
            sentence = f"If {arbiter} stays silent, {losses}, and {back}."
            yield Found("", Finding("arbiter-silence", "note", sentence, told(words, node)))


def self_service(words: Wording, walked: Walk) -> Iterator[Found]:
    """A step that pays its actor from the deposit of another one who had no say, and with no witness."""
    for node in walked.nodes:
        if node.parent is None or node.move is None or node.move.kind is not Kind.DONE:
            continue
        step = words.plan.steps[node.move.step]
        if step.needs_evidence and step.quorum:
            continue
        agreed = node.parent.past.done | node.parent.past.silent | {step.actor}
        for flow in node.move.payments:
            asked = {party for party in range(len(words.names)) if flow.paid_by(party)} - agreed
            if flow.asked.payee == step.actor and asked:
                actor, payers = words.party(step.actor), words.parties(asked)
                sentence = (
                    f"{actor} pays itself {words.money.words(flow.amount)} at {words.step(node.move.step)}, with no "
                    f"witness, and with no step of {payers} before it."
                )
                yield Found(node.move.step, Finding("self-service", "fault", sentence, told(words, node)))


def own_witnesses(words: Wording, walked: Walk) -> Iterator[Found]:
    """A witness that acts or is paid at the very step."""
    for index, step in enumerate(words.plan.steps):
        gains = {step.actor: "does itself", **{each.payee: "is paid by" for each in step.payments}}
        gains[step.actor] = "does itself"
        for party in sorted(step.witnesses & gains.keys()):
            sentence = f"{words.party(party)} is a witness of {words.step(index)}, which it {gains[party]}."
            story = (*_first_done(words, walked, index), f"{words.party(party)} attests that this was so.")
            yield Found((index, party), Finding("own-witness", "fault", sentence, story))


def interested_arbiter(words: Wording, walked: Walk) -> Iterator[Found]:
    """An arbiter that acts, pays or is paid."""
    arbiter = words.plan.arbiter
    if arbiter == NOBODY:
        return
    for index, step in enumerate(words.plan.steps):
        reasons = []
        if step.actor == arbiter:
            reasons.append(f"is to do {words.step(index)}")
        if arbiter in {step.late.payee, *(each.payee for each in step.payments)}:
            reasons.append(f"is paid by {words.step(index)}")
        if arbiter in {step.late.payer, *(each.payer for each in step.payments)}:
            reasons.append(f"pays at {words.step(index)}")
        if reasons:
            sentence = f"{words.party(arbiter)} decides disputes, and {listed(reasons)}: it has a stake in the outcome."
            yield Found(index, Finding("arbiter-interested", "fault", sentence, _first_done(words, walked, index)))


def idle_parties(words: Wording) -> Iterator[Found]:
    """A party that does nothing, deposits nothing and gets nothing."""
    plan = words.plan
    busy = {plan.arbiter, *(party for party, deposit in enumerate(plan.deposits) if deposit)}
    for step in plan.steps:
        busy |= {step.actor, step.late.payer, step.late.payee, *step.witnesses}
        busy |= {party for each in step.payments for party in (each.payer, each.payee)}
    for party in range(len(plan.parties)):
        if party not in busy:
            sentence = f"{words.party(party)} signs, and neither acts, attests, deposits nor is paid."
            yield Found(party, Finding("idle-party", "note", sentence, ("All have joined.",)))


def _losses(words: Wording, walked: Walk, node: Node, by: int) -> str:
    """Who gets nothing for what it did, though it would be paid if all acted; empty where none but `by`."""
    lost: dict[int, list[str]] = {}
    for index in sorted(node.past.unpaid):
        actor = words.plan.steps[index].actor
        if actor != by and node.gained(actor) < walked.earned[actor]:
            lost.setdefault(actor, []).append(words.step(index))
    if not lost:
        return ""
    return listed(f"{words.party(actor)} gets nothing for {listed(steps)}" for actor, steps in lost.items())


def _first_done(words: Wording, walked: Walk, index: int) -> tuple[str, ...]:
    """The shortest path on which a step is done."""
    for node in walked.nodes:
        if node.move is not None and node.move.kind is Kind.DONE and node.move.step == index:
            return told(words, node)
    return (f"{capital(words.step(index))} is never done.",)
