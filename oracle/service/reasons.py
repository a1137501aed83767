"""Where the phi of a report comes from, for readers: numbers, and which texts."""

from typing import TYPE_CHECKING

from oracle.client.answers import Reason, Word
from oracle.control.controller import Controller
from oracle.window.window import Window

if TYPE_CHECKING:  # which needs torch
    from oracle.control.attribution import Attribution

MOST_WORDS = 20
_MOST_TEXTS = 64  # that say something: each costs two plans, and a window of more is not split


def reason_of(controller: Controller, window: Window) -> Reason | None:
    """What numbers and texts of a window do; None where phi reads no text, or there are too many to try each."""
    found = controller.attributed(window, _MOST_TEXTS)
    return None if found is None else reason_from(found)


def reason_from(found: "Attribution") -> Reason:
    """What readers are shown of an attribution."""
    return Reason(
        numbers_phi=found.numbers_phi,
        text_phi=found.text_phi,
        words=[
            Word(
                text=each.of,
                added_phi=each.added_phi,
                alone_phi=each.alone_phi,
                first_block=each.first_block,
                last_block=each.last_block,
            )
            for each in found.effects[:MOST_WORDS]
        ],
        of=len(found.effects),
    )
