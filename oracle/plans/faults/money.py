"""Payments that are not covered, penalties that reward, deposits that secure nothing."""

from collections.abc import Iterator

from oracle.plans.faults.finding import Finding, Found
from oracle.plans.plan import EVERYONE, REST, Status
from oracle.plans.telling import told
from oracle.plans.walk import Flow, Walk
from oracle.plans.wording import Wording, capital, counted


def uncovered_payments(words: Wording, walked: Walk) -> Iterator[Found]:
    """A payment for which its payer can hold too little."""
    for node in walked.nodes:
        if node.move is None or (node.move.penalty and _lacks(node.move.penalty)):
            continue  # a penalty that is not covered is a finding of its own
        for number, flow in enumerate(node.move.payments):
            if flow.asked.amount != REST and _lacks(flow):
                sentence = (
                    f"{capital(words.step(node.move.step))} pays {words.payment(flow.asked)}, and on one path only "
                    f"{_held(words, flow)} is left there."
                )
                yield Found(
                    (node.move.step, number), Finding("payment-uncovered", "fault", sentence, told(words, node))
                )


def uncovered_penalties(words: Wording, walked: Walk) -> Iterator[Found]:
    """A penalty that can eat more than its payer holds."""
    for node in walked.nodes:
        if node.move is None or node.move.penalty is None or not _lacks(node.move.penalty):
            continue
        flow = node.move.penalty
        sentence = (
            f"The penalty for {counted(node.move.late_days or 0, 'late day')} of {words.step(node.move.step)} is "
            f"{words.money.words(flow.asked.amount)}, and on one path {words.party(flow.asked.payer)} holds only "
            f"{_held(words, flow)}."
        )
        yield Found(node.move.step, Finding("penalty-uncovered", "fault", sentence, told(words, node)))


def lateness_pays(words: Wording, walked: Walk) -> Iterator[Found]:
    """A penalty that goes to the late one."""
    for node in walked.nodes:
        if node.move is None or node.move.penalty is None:
            continue
        flow = node.move.penalty
        actor = words.plan.steps[node.move.step].actor
        if flow.asked.payee == actor != flow.asked.payer:
            sentence = (
                f"{words.party(actor)} is paid for being late with {words.step(node.move.step)}, from the deposit of "
                f"{words.party(flow.asked.payer)}."
            )
            yield Found(node.move.step, Finding("lateness-pays", "fault", sentence, told(words, node)))


def idle_deposits(words: Wording, walked: Walk) -> Iterator[Found]:
    """A deposit that no path puts at stake."""
    if not walked.complete:
        return
    at_stake = set()
    for node in walked.nodes:
        for flow in node.move.flows if node.move else ():
            at_stake |= {
                party for party in range(len(words.names)) if party != flow.asked.payee and flow.paid_by(party)
            }
        if node.state.status is Status.DISPUTED and len(words.names) > 2:  # one to lose, one to gain, the arbiter
            at_stake |= {party for party, held in enumerate(node.state.held) if held}
    for party, deposit in enumerate(words.plan.deposits):
        if deposit and party not in at_stake:
            name, amount = words.party(party), words.money.words(deposit)
            sentence = f"{name} deposits {amount}, and gets all of it back on every path: it secures nothing."
            end = next(node for node in walked.nodes if node.state.status.has_ended)
            yield Found(party, Finding("idle-deposit", "fault", sentence, told(words, end)))


def _available(flow: Flow) -> int:
    return sum(flow.before) if flow.asked.payer == EVERYONE else flow.before[flow.asked.payer]


def _lacks(flow: Flow) -> bool:
    return _available(flow) < flow.asked.amount


def _held(words: Wording, flow: Flow) -> str:
    return words.money.words(_available(flow))
