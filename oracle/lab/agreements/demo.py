"""A demonstration: an example text is read, made a plan, and carried out to its end."""

import json
from collections.abc import Callable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from oracle.errors import InputError
from oracle.lab.agreements.charity import walk_charity
from oracle.lab.agreements.clearing import walk_clearing
from oracle.lab.agreements.logistics import walk_amended_sale, walk_disputed_sale, walk_logistics
from oracle.lab.agreements.medical import walk_medical
from oracle.lab.agreements.report import walk_report
from oracle.lab.agreements.stage import Agreement, Say, Stage, opened_stage
from oracle.plans.reading.read import Reading
from oracle.plans.reading.record import Record, answered

Walk = Callable[[Stage, Agreement, Say], None]

WALKS: Mapping[str, Walk] = {
    "logistics": walk_logistics,
    "clearing": walk_clearing,
    "medical": walk_medical,
    "charity": walk_charity,
    "report": walk_report,
}
# What is walked after that, one further example each, and what happens in it.
_MORE: Mapping[str, tuple[tuple[str, Walk], ...]] = {
    "logistics": (
        ("A second sale, whose buyer refuses the goods, so that the arbiter decides.", walk_disputed_sale),
        ("A third sale, which all amend while the goods are on their way.", walk_amended_sale),
    ),
}
EXAMPLES = 3  # of each template


def demo(template: str, *, chain: str, out: Path, say: Say, read: Callable[[str], Reading]) -> None:
    """Read examples of a template, and walk them: the first to a good end, others another way.

    Args:
        template: One of WALKS.
        chain: `eth-tester` or `anvil`.
        out: A folder for what the walk writes.
        say: Takes what happens, line by line.
        read: Reads a text.

    Raises:
        InputError: there is no such template or chain, or the text as it was read leaves questions; lists them.
        FormulaMismatch: the chain does not do what the plan promises.
    """
    more = _MORE.get(template, ())
    agreements = [_read(template, number, read, say) for number in range(1, 2 + len(more))]
    with opened_stage(chain, out) as stage:
        say(f"The chain is {stage.chain.name}. Its money is Sample Money, which is worth nothing.")
        WALKS[template](stage, agreements[0], say)
        for agreement, (what, walk) in zip(agreements[1:], more, strict=True):
            say(f"\n{what}")
            walk(stage, agreement, say)


def _read(template: str, number: int, read: Callable[[str], Reading], say: Say) -> Agreement:
    text = example(template, number)
    reading = _answered(read(text), f"{template}-{number}", say)
    _check_offered(reading, template)
    return Agreement(text, reading)


def _answered(reading: Reading, name: str, say: Say) -> Reading:
    """The reading with what the parties of the example answer, where its text left questions to this reader."""
    answers = _texts().joinpath(f"{name}.answers.json")
    if reading.is_offered or reading.refusals or not answers.is_file():
        return reading
    given = json.loads(answers.read_text(encoding="utf-8"))
    for question in reading.questions:
        if question.term in given:
            say(f"The reader asks: {question.words} The parties answer.")
    asked = {question.term for question in reading.questions}
    record = Record(reading, bytes(32), bytes(32))
    return answered(record, {term: value for term, value in given.items() if term in asked}).reading


def _texts() -> Traversable:
    return resources.files("oracle.lab.agreements").joinpath("texts")


def example(template: str, number: int = 1) -> str:
    """An example text of a template, numbered from 1.

    Raises:
        InputError: there is none.
    """
    if template not in WALKS or not 1 <= number <= EXAMPLES:
        raise InputError(f"there is no example {number} of {template!r}: give 1 to {EXAMPLES} of {', '.join(WALKS)}")
    return _texts().joinpath(f"{template}-{number}.txt").read_text(encoding="utf-8")


def _check_offered(reading: Reading, template: str) -> None:
    """See that a reading leaves no questions, and is of the template.

    Raises:
        InputError: it does, or is not.
    """
    if not reading.is_offered:
        asked = [*reading.refusals, *(each.words for each in reading.questions)]
        listed = "".join(f"\n  - {each}" for each in asked)
        raise InputError(f"the text of the {template} leaves questions, so that no plan is offered:{listed}")
    if reading.template != template:
        raise InputError(f"the text of the {template} is read as {reading.template}: train the reader anew")
