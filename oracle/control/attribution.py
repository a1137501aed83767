"""Where a decision comes from: numbers, and words, by text, sender or block. Exact, since plans are deterministic.

What words add together is split by leaving parts of them out one after the other, the one that matters most first: what
each takes away when those before it are gone is its part. So the parts add up to the whole.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from oracle.control.policy import PolicyController
from oracle.control.prospect import Start, start_of
from oracle.window.texts import Heard, together
from oracle.window.window import Window

# What is left out together, from what is said and the number of its block.
Key = Callable[[Heard, int], str]
BY: dict[str, Key] = {
    "text": lambda said, _: said.text,
    "sender": lambda said, _: "0x" + said.sender.hex(),
    "block": lambda _, number: str(number),
}


@dataclass(frozen=True)
class Effect:
    """What the words of one text, sender or block do in a window."""

    of: str  # the text, the sender's address, or the block's number
    added_phi: float  # its part of what all words add
    alone_phi: float  # mean phi, less what it would be without these words alone
    first_block: int
    last_block: int


@dataclass(frozen=True)
class Attribution:
    """Mean phi of the active nodes before the contract's limits, `numbers_phi + text_phi`, and where it comes from."""

    numbers_phi: float  # of the same window without any text
    text_phi: float  # what all texts together add: the sum over `effects` of their parts
    effects: tuple[Effect, ...]  # of what says something, largest part first


def attribute(policy: PolicyController, window: Window, by: str = "text") -> Attribution:
    """What phi would be without all words of a window, and without those of each text, sender or block.

    `by` is one of BY.
    """
    said, start = policy.heard(window), start_of(window)
    keys = [[BY[by](each, block.number) for each in here] for block, here in zip(window.blocks, said, strict=True)]
    spans = _spans(policy, window, said, keys)

    def phi(without: Collection[str]) -> float:
        kept = [
            [each for each, key in zip(here, named, strict=True) if key not in without]
            for here, named in zip(said, keys, strict=True)
        ]
        return _with_text(policy, window, start, kept)

    whole, plain = phi(()), _with_text(policy, window, start, [[] for _ in said])
    alone = {key: whole - phi((key,)) for key in spans}
    order = sorted(spans, key=lambda key: (-alone[key], key))
    effects, left = [], whole
    for at, key in enumerate(order):
        next_left = phi(order[: at + 1])
        effects.append(Effect(key, left - next_left, alone[key], *spans[key]))
        left = next_left
    return Attribution(
        numbers_phi=plain,
        text_phi=whole - plain,
        effects=tuple(sorted(effects, key=lambda each: (-abs(each.added_phi), each.of))),
    )


def _with_text(policy: PolicyController, window: Window, start: Start, said: Sequence[Sequence[Heard]]) -> float:
    evidence = policy.evidence_of([together(each) for each in said], window.interval_seconds)
    return policy.common(window, start, evidence).with_text


def _spans(
    policy: PolicyController, window: Window, said: Sequence[Sequence[Heard]], keys: Sequence[Sequence[str]]
) -> dict[str, tuple[int, int]]:
    """First and last block of each key that has words which say something."""
    spans: dict[str, tuple[int, int]] = {}
    for block, here, named in zip(window.blocks, said, keys, strict=True):
        for each, key in zip(here, named, strict=True):
            says = policy.bundle.reader.read(each.text)
            if says.announces > 0 or says.against > 0:
                spans[key] = (spans.get(key, (block.number, 0))[0], block.number)
    return spans
