"""A plan as people see it: sentences, a Mermaid diagram, and an SVG drawing beside the clauses that it was made of.

Only a plan that `machine.check` takes can be drawn: its steps lead to steps that there are.
"""

from collections.abc import Mapping, Sequence

from oracle.plans.layout import Exit, Row, drawn
from oracle.plans.plan import ARBITER, DONE, NOBODY, REFUND, Plan
from oracle.plans.svg import shown
from oracle.plans.wording import Money, Wording, capital, listed, moment_words, span_words

_MONEY = Money()
_END_KINDS = {DONE: "done", REFUND: "refund", ARBITER: "arbiter"}
_PLAIN = frozenset(" ,.()-")
_RETURNED = "each gets back what it still holds"


def story(plan: Plan, names: Sequence[str], money: Money = _MONEY) -> list[str]:
    """The plan in words, one sentence for each step.

    Raises:
        InputError: there are more or fewer names than parties.
    """
    words = Wording(plan, names, money)
    return [_sentence(words, index) for index in range(len(plan.steps))]


def mermaid(plan: Plan, names: Sequence[str], money: Money = _MONEY) -> str:
    """A state diagram in the language of Mermaid.

    Raises:
        InputError: there are more or fewer names than parties.
    """
    words = Wording(plan, tuple(shown(name) for name in names), money)
    lines, ends = ["stateDiagram-v2", "    direction TB", "    [*] --> step1 : all have joined"], set()
    for index, step in enumerate(plan.steps):
        text = f"Step {index + 1} ({words.verb(index)}) {words.party(step.actor)}, {'; '.join(_facts(words, index))}"
        lines.append(f'    state "{_code(text)}" as step{index + 1}')
        for target, ways in words.outcomes(step).items():
            ends |= {target} & _END_KINDS.keys()
            lines.append(f"    step{index + 1} --> {_END_KINDS.get(target, f'step{target + 1}')} : {' or '.join(ways)}")
    if ARBITER in ends:
        arbiter = words.party(plan.arbiter)
        lines.append(f'    state "{_code(f"{arbiter} divides what is held")}" as arbiter')
        lines += ["    arbiter --> [*] : divided", "    arbiter --> refund : time over"]
        ends |= {REFUND}
    for end in sorted(ends - {ARBITER}, reverse=True):
        lines.append(f'    state "{_code(f"{_END_KINDS[end]}, {_RETURNED}")}" as {_END_KINDS[end]}')
        lines.append(f"    {_END_KINDS[end]} --> [*]")
    return "\n".join(lines) + "\n"


def svg(
    plan: Plan, names: Sequence[str], sources: Mapping[str, Sequence[str]] | None = None, money: Money = _MONEY
) -> str:
    """A drawing that is readable on light and on dark ground, on its own or within a page.

    Args:
        plan: The plan.
        names: One name for each party.
        sources: The clauses that it was made of, by the number of a step, counted from 1, or by the name of a field.
        money: How amounts are written.

    Raises:
        InputError: there are more or fewer names than parties.
    """
    words = Wording(plan, tuple(shown(name) for name in names), money)
    clauses = {key: tuple(shown(each) for each in texts) for key, texts in (sources or {}).items()}
    numbers = {str(index + 1) for index in range(len(plan.steps))}
    of_plan = tuple((shown(key), texts) for key, texts in clauses.items() if key not in numbers)
    rows = [_joining(words, of_plan)]
    for index in range(len(plan.steps)):
        rows.append(_step_row(words, index, clauses.get(str(index + 1), ())))
    if plan.arbiter != NOBODY:
        rows.append(_dispute(words))
    return drawn(f"{capital(shown(plan.kind))}: {listed(words.names)}", rows)


def _facts(words: Wording, index: int) -> list[str]:
    """What is to be known of a step, but for its actor and what follows."""
    step = words.plan.steps[index]
    late, proof = words.late(step), words.shown(step)
    return [
        words.due(index),
        *([f"or {late}"] if late else []),
        *([f"must show {proof}"] if proof else []),
        *(f"pays {words.payment(each)}" for each in step.payments),
    ]


def _sentence(words: Wording, index: int) -> str:
    step = words.plan.steps[index]
    facts = "; ".join(_facts(words, index))
    ways = "; ".join(f"{_WHEN[tuple(ways)]}, {words.target(target)}" for target, ways in words.outcomes(step).items())
    return f"{capital(words.step(index))}: {words.party(step.actor)} acts {facts}; {ways}."


_WHEN = {
    ("done",): "once that is done",
    ("time over",): "if the time is over",
    ("refused",): "if it is refused",
    ("done", "time over"): "once that is done, or the time is over",
    ("done", "refused"): "once that is done, or refused",
    ("time over", "refused"): "if the time is over, or it is refused",
    ("done", "time over", "refused"): "whether that is done or not",
}


def _step_row(words: Wording, index: int, clauses: Sequence[str]) -> Row:
    step = words.plan.steps[index]
    ways = {target: " or ".join(each) for target, each in words.outcomes(step).items()}
    return Row(
        css="card step",
        title=f"Step {index + 1}: {words.verb(index)}",
        lines=(f"{words.party(step.actor)} acts {words.due(index)}", *_facts(words, index)[1:]),
        clauses=(("", tuple(clauses)),),
        exits=tuple(
            Exit(_END_KINDS[target], way, _end(words, target)) for target, way in ways.items() if target in _END_KINDS
        ),
        ways={target + 1: way for target, way in ways.items() if target not in _END_KINDS},  # behind the joining
    )


def _joining(words: Wording, clauses: Sequence[tuple[str, Sequence[str]]]) -> Row:
    deposits = tuple(
        f"{words.party(party)} deposits {words.money.words(deposit)}"
        for party, deposit in enumerate(words.plan.deposits)
        if deposit
    )
    return Row(
        css="card",
        title="Joining",
        lines=(
            f"{listed(words.names)} sign by {moment_words(words.plan.join_by_seconds)}",
            *(deposits or ("nothing is deposited",)),
        ),
        clauses=tuple((name, tuple(texts)) for name, texts in clauses),
        exits=(Exit("refund", "time over", _end(words, REFUND)),),
        ways={1: "all have joined"},
    )


def _dispute(words: Wording) -> Row:
    arbiter = words.party(words.plan.arbiter)
    return Row(
        css="arbiter",
        title="Dispute",
        lines=(f"{arbiter} divides what is held within {span_words(words.plan.arbiter_seconds)}, and gets nothing",),
        exits=(
            Exit("done", "divided", f"each gets what {arbiter} decides"),
            Exit("refund", "time over", _end(words, REFUND)),
        ),
    )


def _end(words: Wording, target: int) -> str:
    if target == ARBITER:
        return f"dispute: {words.party(words.plan.arbiter)} decides"
    return f"{_END_KINDS[target]}: {_RETURNED}"


def _code(text: str) -> str:
    """Text in which nothing has a meaning for Mermaid: what is no letter, digit or plain mark is given by number."""
    return "".join(each if each.isalnum() or each in _PLAIN else f"#{ord(each)};" for each in text)
