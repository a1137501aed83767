"""A path of a plan, told in plain sentences."""

from oracle.plans.plan import ARBITER, NOBODY, Status, Verb
from oracle.plans.walk import Flow, Kind, Move, Node
from oracle.plans.wording import Wording, counted, listed

_ENDED = {Status.DONE: "done", Status.REFUNDED: "refunded"}


def told(words: Wording, node: Node) -> tuple[str, ...]:
    """The path to a state: one sentence for each thing that happened, and one for the end."""
    sentences = ["All have joined."]
    for each in node.path():
        if each.move is not None:
            sentences.append(_happened(words, each.move))
        if each.state.status is Status.DISPUTED:
            sentences.append(f"{words.party(words.plan.arbiter)} must decide.")
    if node.state.status.has_ended:
        sentences.append(_end(words, node))
    return tuple(sentences)


def returned(node: Node) -> tuple[int, ...]:
    """What each party got back, or by division, when the plan ended; in units of the token."""
    if node.parent is None or node.move is None:
        return (0,) * len(node.state.held)
    if node.move.kind is Kind.DIVIDED:
        before = node.parent.state.credited
        return tuple(after - had for after, had in zip(node.state.credited, before, strict=True))
    return node.move.flows[-1].after if node.move.flows else node.parent.state.held


def amounts(words: Wording, values: tuple[int, ...], verb: str) -> str:
    """`buyer gets back 10 and seller gets back 20`; empty where all are 0."""
    parts = [f"{words.party(party)} {verb} {words.money.words(value)}" for party, value in enumerate(values) if value]
    return listed(parts) if parts else ""


def _happened(words: Wording, move: Move) -> str:
    if move.step == ARBITER:
        return _decided(words, move)
    actor, step = words.party(words.plan.steps[move.step].actor), words.step(move.step)
    if move.kind is Kind.DONE:
        return f"{actor} does {step} {_when(move)}{_paid(words, move)}."
    if move.kind is Kind.REFUSED:
        return f"{actor} refuses {step}."
    if move.kind is Kind.OVERDUE:
        return f"The time for {step} is over before {actor} can act."
    verb = "says" if words.plan.steps[move.step].verb is Verb.ACCEPT else "does"
    return f"{actor} {verb} nothing at {step}, and the time is over."


def _decided(words: Wording, move: Move) -> str:
    arbiter = words.party(words.plan.arbiter)
    if move.kind is Kind.TIMED_OUT:
        return f"{arbiter} stays silent, and the time is over."
    if move.favoured == NOBODY:
        return f"{arbiter} decides, and there is nothing to divide."
    return f"{arbiter} gives all that is held to {words.party(move.favoured)}."


def _when(move: Move) -> str:
    if move.late_days is None:
        return "late, which costs nothing"
    return f"{counted(move.late_days, 'day')} late" if move.late_days else "on time"


def _paid(words: Wording, move: Move) -> str:
    parts = [_flow(words, flow, "is paid") for flow in move.payments]
    if move.penalty is not None:
        parts.insert(0, f"{_flow(words, move.penalty, 'gets')} as a penalty")
    return f", and {listed(parts)}" if parts else ""


def _flow(words: Wording, flow: Flow, verb: str) -> str:
    return f"{words.party(flow.asked.payee)} {verb} {words.money.words(flow.amount)}"


def _end(words: Wording, node: Node) -> str:
    status = node.state.status
    if status is Status.ARBITRATED:
        how, verb = f"divided by {words.party(words.plan.arbiter)}", "gets"
    else:
        how, verb = _ENDED[status], "gets back"
    shares = amounts(words, returned(node), verb)
    return f"The plan ends: {how}; {shares}." if shares else f"The plan ends: {how}."
