"""Why a report says what it says: parts that add up, as lines, as data and as a picture."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from oracle.audit.explain import Why, explain, lines
from oracle.audit.picture import draw
from oracle.audit.recompute import Recomputed
from oracle.control.attribution import BY
from oracle.control.policy import PolicyController
from oracle.model.bundle import Bundle
from tests.audit.test_verify import reported
from tests.examples import block, transaction, window

SALE = b"public sale of solar shares opens soon, get ready"
MINT = b"free mint for everyone in 2 minutes, be quick"
TALK = b"thanks for lunch with all of you"


@pytest.fixture(scope="module")
def recomputed(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Recomputed:
    """A report of a small network, with a window in its place of which two senders announce something."""
    policy = PolicyController(bundle)
    (honest,) = reported(tmp_path_factory.mktemp("explained"), policy).history().reports(epoch=2)
    said = {(6, 1): SALE, (7, 1): SALE, (7, 2): MINT, (8, 2): MINT}  # at a load that leaves room for both
    told = window(
        [
            block(
                number,
                [
                    transaction(100 * number + sender, sender=sender, calldata=said.get((number, sender), TALK))
                    for sender in range(1, 9)
                ],
            )
            for number in range(1, 9)
        ]
    )
    return replace(honest, inputs=replace(honest.inputs, window=told))


@pytest.fixture(scope="module")
def why(recomputed: Recomputed, bundle: Bundle) -> Why:
    return explain(recomputed, PolicyController(bundle))


def test_parts_by_text_by_sender_and_by_block_add_up_to_what_words_add(why: Why) -> None:
    assert set(why.effects) == set(BY) == {"text", "sender", "block"}
    assert why.text_phi > 0.01
    for effects in why.effects.values():
        assert sum(each.added_phi for each in effects) == pytest.approx(why.text_phi, abs=1e-12)


def _address(sender: int) -> str:
    return "0x" + transaction(1, sender=sender).sender.hex()


def test_who_said_it_and_where_is_named(why: Why) -> None:
    senders = {each.of: (each.first_block, each.last_block) for each in why.effects["sender"]}
    assert senders == {_address(sender): span for sender, span in ((1, (6, 7)), (2, (7, 8)))}
    assert {each.of for each in why.effects["block"]} == {"6", "7", "8"}
    shown = "\n".join(lines(why))
    assert "public sale of solar shares opens soon" in shown
    assert _address(2) in shown


def test_where_no_word_moved_phi_that_is_said_in_one_line(why: Why) -> None:
    silent = replace(why, text_phi=0.0, effects=dict.fromkeys(BY, ()))
    assert "none of them moved φ" in list(lines(silent))[-1]


def test_the_picture_is_drawn_whatever_the_words(why: Why, tmp_path: Path) -> None:
    strange = replace(why.effects["text"][0], of="日本語 $x$ 🎟 " * 9)
    for name, each in {
        "usual": why,
        "silent": replace(why, effects=dict.fromkeys(BY, ())),
        "strange": replace(why, effects=dict.fromkeys(BY, (strange,) * 12)),
    }.items():
        draw(each, tmp_path / f"{name}.png")
        with Image.open(tmp_path / f"{name}.png") as picture:
            assert picture.width > 900
            assert sum(map(bool, picture.convert("L").histogram())) > 20  # not blank
