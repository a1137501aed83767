"""Whole agreements: clauses in any order among sentences that say nothing of the deal, with the reading that is right.

Some lack a clause, some state a value twice in different words, some name a time that nobody can be held to: what a
careful reader must then ask is `open`.
"""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from oracle.workload.agreements import filling
from oracle.workload.agreements.charity import charity
from oracle.workload.agreements.clearing import clearing
from oracle.workload.agreements.drafting import Draft, Label, Sentence
from oracle.workload.agreements.logistics import logistics
from oracle.workload.agreements.medical import medical
from oracle.workload.agreements.report import report
from oracle.workload.agreements.wordings import Wordings

_ASIDES = 0.12  # of the clauses have one
_COMPOSERS = {
    "logistics": logistics,
    "charity": charity,
    "medical": medical,
    "clearing": clearing,
    "report": report,
}


@dataclass(frozen=True)
class Agreement:
    """A text, the sentences that it is made of, and the right reading, as `oracle.plans.reading` gives it."""

    text: str
    sentences: tuple[Sentence, ...]
    template: str
    parties: Any
    terms: dict[str, Any]
    open: tuple[str, ...]


def compose(seed: int, speech: Wordings, template: str | None = None, *, faults: bool = True) -> Agreement:
    """An agreement.

    Args:
        seed: Decides everything.
        speech: The wordings that clauses are drawn from.
        template: One of the five kinds; any if not given.
        faults: Whether some lack a clause, contradict themselves or name unclear times.
    """
    chance = random.Random(seed)  # noqa: S311 - invented texts
    chosen = template or chance.choice(sorted(_COMPOSERS))
    draft = Draft(chance, speech)
    parties, terms, unsettled = _COMPOSERS[chosen](draft, chance.random() < 0.3 if faults else False)
    for wording in chance.sample(
        speech.of("common", "other"), k=min(chance.randint(2, 10), len(speech.of("common", "other")))
    ):
        draft.sentences.append(draft.fill(wording, "common/other", {}, {}))
    head, rest = draft.sentences[:1], [_with_aside(draft, sentence) for sentence in draft.sentences[1:]]
    chance.shuffle(rest)
    sentences = [*head, *_merged(chance, rest)]
    return Agreement(_laid_out(chance, sentences), tuple(sentences), chosen, parties, terms, tuple(sorted(unsettled)))


def _with_aside(draft: Draft, sentence: Sentence) -> Sentence:
    """Some sentences go on about what means nothing for the deal: what somebody wanted at first, or another price."""
    chance = draft.chance
    if chance.random() >= _ASIDES or not sentence.text.endswith("."):
        return sentence
    aside = draft.fill(chance.choice(draft.speech.of("common", "aside")), "common/other", _idle_values(chance), {})
    shift = len(sentence.text) - 1
    # Only names have a meaning in an aside, and there they mean nobody's part in the deal.
    labels = tuple(Label(each.start + shift, each.end + shift, "none") for each in aside.labels)
    return replace(sentence, text=f"{sentence.text[:-1]}{aside.text}.", labels=(*sentence.labels, *labels))


def _idle_values(chance: random.Random) -> dict[str, tuple[str, str]]:
    """Values of every type that mean nothing."""
    currency = chance.choice(["EUR", "USD", "GBP", "CHF", "USDC"])
    return {
        "money": (filling.money(chance, chance.randint(1, 900) * 500, currency), ""),
        "span": (filling.span(chance, chance.randint(1, 60) * 86_400), ""),
        "date": (filling.day(chance, date(2020, 1, 1) + timedelta(days=chance.randint(0, 3_000))), ""),
        "share": (filling.share(chance, Fraction(chance.randint(1, 40), 100)), ""),
        "count": (filling.count(chance, chance.randint(2, 30)), ""),
    }


def _merged(chance: random.Random, sentences: list[Sentence]) -> list[Sentence]:
    """Some clauses share a sentence."""
    found: list[Sentence] = []
    for sentence in sentences:
        last = found[-1] if found else None
        if (
            last is not None
            and chance.random() < 0.12
            and last.text.endswith(".")
            and len(last.text) + len(sentence.text) < 260
        ):
            joint = chance.choice(["; ", ", and ", ", while ", "; moreover, "])
            second = sentence.text
            if sentence.labels and sentence.labels[0].start == 0 and not second.startswith(("The ", "A ")):
                pass
            else:
                second = second[0].lower() + second[1:]
            shift = len(last.text) - 1 + len(joint)
            labels = (
                *last.labels,
                *(Label(each.start + shift, each.end + shift, each.meaning) for each in sentence.labels),
            )
            found[-1] = Sentence(last.text[:-1] + joint + second, labels, last.kinds | sentence.kinds)
        else:
            found.append(sentence)
    return found


def _laid_out(chance: random.Random, sentences: list[Sentence]) -> str:
    """As paragraphs, as a numbered list, or as bullets."""
    style = chance.choice(["paragraphs", "paragraphs", "numbers", "bullets"])
    texts = [sentence.text for sentence in sentences]
    if style == "numbers":
        return "\n".join(f"{at}. {text}" for at, text in enumerate(texts, 1))
    if style == "bullets":
        return "\n".join(text if text.startswith("- ") else f"- {text}" for text in texts)
    paragraphs: list[str] = []
    for text in texts:
        prose = text.endswith((".", "?", "!")) and not text.startswith("- ")
        if paragraphs and prose and paragraphs[-1].endswith(".") and chance.random() < 0.6:
            paragraphs[-1] += " " + text
        else:
            paragraphs.append(text)
    return "\n\n".join(paragraphs)
