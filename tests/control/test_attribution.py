"""What part of phi is by numbers and what by words."""

from dataclasses import replace

import pytest

from oracle.control.attribution import attribute
from oracle.control.policy import PolicyController
from oracle.model.bundle import Bundle
from oracle.window.window import Window
from tests.examples import block, busy_window, nodes, transaction, window

ANNOUNCEMENT = b"public sale of solar shares opens soon, get ready"
SECOND = b"free mint for everyone in 2 minutes, be quick"
TALK = b"thanks for lunch with all of you"


@pytest.fixture(scope="module")
def policy(bundle: Bundle) -> PolicyController:
    return PolicyController(bundle)


@pytest.fixture(scope="module")
def told() -> Window:
    """Eight full blocks of small talk; the sixth and seventh announce a sale, the last one a mint."""
    said = {6: ANNOUNCEMENT, 7: ANNOUNCEMENT, 8: SECOND}
    return window(
        [
            block(
                number,
                [
                    transaction(100 * number, sender=1, calldata=said.get(number, TALK)),
                    *(transaction(100 * number + i, sender=1 + i, calldata=TALK) for i in range(1, 10)),
                ],
            )
            for number in range(1, 9)
        ]
    )


def test_numbers_and_words_together_are_what_was_decided(policy: PolicyController, told: Window) -> None:
    found = attribute(policy, told)
    assert found.numbers_phi + found.text_phi == pytest.approx(float(policy.decide(told).phi.mean()), abs=1e-9)
    assert found.text_phi > 0.01


def test_the_parts_of_the_texts_add_up_to_what_text_adds(policy: PolicyController, told: Window) -> None:
    found = attribute(policy, told)
    assert sum(each.added_phi for each in found.effects) == pytest.approx(found.text_phi, abs=1e-12)


def test_announcements_stand_with_the_blocks_that_carry_them_and_small_talk_not_at_all(
    policy: PolicyController, told: Window
) -> None:
    found = {each.of: (each.first_block, each.last_block) for each in attribute(policy, told).effects}
    assert found == {
        ANNOUNCEMENT.decode(): (6, 7),
        SECOND.decode().replace("2", "#"): (8, 8),
    }


def test_a_text_alone_adds_what_phi_lacks_without_it(policy: PolicyController, told: Window) -> None:
    without = window(
        [
            replace(
                each,
                transactions=tuple(
                    replace(t, calldata=TALK) if t.calldata == ANNOUNCEMENT else t for t in each.transactions
                ),
            )
            for each in told.blocks
        ]
    )
    lacking = float(policy.decide(told).phi.mean() - policy.decide(without).phi.mean())
    found = {each.of: each for each in attribute(policy, told).effects}
    assert found[ANNOUNCEMENT.decode()].alone_phi == pytest.approx(lacking, abs=1e-9)


def test_where_nothing_is_said_nothing_is_attributed(policy: PolicyController) -> None:
    silent = replace(busy_window([], blocks=2), nodes=nodes(2))
    found = attribute(policy, silent)
    assert (found.text_phi, found.effects) == (0.0, ())
