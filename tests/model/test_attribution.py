"""What part of phi is by numbers and what by words."""

from dataclasses import replace

import numpy as np
import pytest

from oracle.model.attribution import attribute
from oracle.model.bundle import Bundle
from oracle.model.decide import decide
from oracle.model.features import Features, window_features
from oracle.window.texts import text_shares
from oracle.window.window import Nodes, Window
from tests.examples import WAD, block, busy_window, nodes, transaction, window

ANNOUNCEMENT = b"public sale of solar shares opens soon, get ready"
TALK = b"thanks for lunch"


@pytest.fixture(scope="module")
def told() -> Window:
    """Eight blocks of small talk; the sixth and seventh announce a sale. Nodes of two kinds, and a retired one."""
    blocks = [
        block(
            number,
            [
                transaction(10 * number, sender=1, calldata=TALK),
                transaction(10 * number + 1, sender=2, calldata=ANNOUNCEMENT if number in (6, 7) else TALK),
            ],
        )
        for number in range(1, 9)
    ]
    at = Nodes(
        theta0_wad=(WAD // 2, WAD // 2, 4 * WAD // 10, 0), lanes=(0, 0, 100, 0), active=(True, True, True, False)
    )
    return window(blocks, at=at)


def _mean_phi(bundle: Bundle, features: Features) -> float:
    """Of the three active nodes; no bound of the policy's own is met here."""
    phi = decide(bundle.policy, features)[:3]
    assert np.abs(phi).max() < bundle.policy.config.max_phi
    return float(phi.mean())


def test_numbers_and_words_together_are_what_was_decided(bundle: Bundle, told: Window) -> None:
    features = window_features(told, bundle.encoder)
    found = attribute(bundle.policy, told, features)
    assert found.numbers_phi + found.text_phi == pytest.approx(_mean_phi(bundle, features), abs=1e-12)
    silent = replace(features, weights=np.zeros_like(features.weights))
    assert found.numbers_phi == pytest.approx(_mean_phi(bundle, silent), abs=1e-12)


def test_a_text_adds_what_phi_lacks_without_it(bundle: Bundle, told: Window) -> None:
    features = window_features(told, bundle.encoder)
    found = {effect.text: effect for effect in attribute(bundle.policy, told, features).texts}
    columns = sorted({share.text for shares in text_shares(told) for share in shares})
    assert sorted(found) == columns and len(columns) == 2
    for column, text in enumerate(columns):
        weights = features.weights.copy()
        weights[:, column] = 0
        without = _mean_phi(bundle, replace(features, weights=weights))
        assert found[text].added_phi == pytest.approx(_mean_phi(bundle, features) - without, abs=1e-12)


def test_an_announcement_stands_first_with_the_blocks_that_carry_it(bundle: Bundle, told: Window) -> None:
    first = attribute(bundle.policy, told, window_features(told, bundle.encoder)).texts[0]
    assert first.text.endswith(ANNOUNCEMENT.decode())
    assert (first.first_block, first.last_block) == (6, 7)
    assert first.added_phi > 0.01


def test_where_no_node_is_active_nothing_is_attributed(bundle: Bundle) -> None:
    retired = replace(busy_window([], blocks=2), nodes=replace(nodes(2), active=(False, False)))
    found = attribute(bundle.policy, retired, window_features(retired, bundle.encoder))
    assert (found.numbers_phi, found.text_phi, found.texts) == (0.0, 0.0, ())
