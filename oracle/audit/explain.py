"""Why a report says what it says: φ by numbers and by words, and by which words, senders and blocks."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from oracle.audit.recompute import Recomputed
from oracle.control.attribution import BY, Effect, attribute
from oracle.control.policy import PolicyController
from oracle.window.numbers import mean_phi

_SHOWN = 10  # effects of a table
_TEXT_WIDTH = 64
_LEAST_SHOWN = 5e-7  # of phi; less would be shown as 0


@dataclass(frozen=True)
class Why:
    """One report. Phi are means over the active nodes."""

    epoch: int
    from_block: int
    to_block: int
    numbers_phi: float  # of the same window without words
    text_phi: float  # what words add
    reported_phi: float  # what the contract's limits left of both
    effects: Mapping[str, tuple[Effect, ...]]  # by text, by sender and by block; each adds up to text_phi

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def explain(found: Recomputed, policy: PolicyController) -> Why:
    """A report that was recomputed."""
    window = found.inputs.window
    by = {each: attribute(policy, window, each) for each in BY}
    first = next(iter(by.values()))
    return Why(
        epoch=found.proposal.report.epoch,
        from_block=window.from_block,
        to_block=window.to_block,
        numbers_phi=first.numbers_phi,
        text_phi=first.text_phi,
        reported_phi=mean_phi(found.proposal.lanes, found.inputs.nodes),
        effects={each: attribution.effects for each, attribution in by.items()},
    )


def lines(why: Why) -> Iterator[str]:
    """The report in words, as tables of what moved φ most."""
    yield f"epoch {why.epoch}, blocks {why.from_block} to {why.to_block}; mean φ over the active nodes:"
    yield f"{why.numbers_phi:+10.6f}  by numbers: load, backlog and hash rate"
    yield f"{why.text_phi:+10.6f}  by words"
    yield f"{why.reported_phi:+10.6f}  reported, within the contract's limits"
    if why.text_phi == 0 and not any(map(_moved, why.effects["text"])):
        yield f"{len(why.effects['text'])} texts speak of the load to come; none of them moved φ"
        return
    for by, found in why.effects.items():
        effects = [each for each in found if _moved(each)]
        yield f"by {by}: its part, what φ would lack without it alone, blocks"
        for each in effects[:_SHOWN]:
            blocks = f"{each.first_block} to {each.last_block}"
            yield f"{each.added_phi:+10.6f} {each.alone_phi:+10.6f}  {blocks:>15}  {each.of[:_TEXT_WIDTH]}"
        if len(effects) > _SHOWN:
            rest = sum(each.added_phi for each in effects[_SHOWN:])
            yield f"{rest:+10.6f} {'':10}  {'':>15}  {len(effects) - _SHOWN} more"


def _moved(effect: Effect) -> bool:
    return max(abs(effect.added_phi), abs(effect.alone_phi)) >= _LEAST_SHOWN
