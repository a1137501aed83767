"""f(v, theta0): what moves phi, and what cannot."""

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from eth_abi.abi import encode

from oracle.control.feedback import FeedbackController
from oracle.model.bundle import Bundle
from oracle.model.decide import decide
from oracle.model.features import node_features, window_features
from oracle.report.limits import quantise
from oracle.window.numbers import numeric_channels
from oracle.window.window import Nodes, Window
from tests.examples import WAD, block, busy_window, nodes, transaction, window

ANNOUNCING = ["public sale of solar shares opens soon, get ready", "free mint for everyone shortly, be quick"]
TALKING = ["thanks for lunch", "happy birthday from all of us"]


def _lanes(bundle: Bundle, window: Window) -> list[int]:
    return quantise([float(phi) for phi in decide(bundle.policy, window_features(window, bundle.encoder))])


def test_phi_depends_on_the_words_where_all_numbers_are_equal(bundle: Bundle) -> None:
    announced, talked = busy_window(ANNOUNCING), busy_window(TALKING)
    assert np.array_equal(numeric_channels(announced), numeric_channels(talked))
    assert _lanes(bundle, announced) != _lanes(bundle, talked)


def test_announcements_of_a_crowd_raise_phi_above_small_talk(bundle: Bundle) -> None:
    assert np.mean(_lanes(bundle, busy_window(ANNOUNCING))) > np.mean(_lanes(bundle, busy_window(TALKING)))


def test_codes_say_no_more_than_calls_without_words(bundle: Bundle) -> None:
    """Made-up content identifiers, in two small blocks of calls that carry one each, as registries get them."""
    chance = random.Random(5)
    letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    plain, coded = [], []
    for number in (1, 2):
        pinned, bare = [], []
        for index in range(4):
            identifier = "Qm" + "".join(chance.choices(letters, k=44))
            calldata = b"\xff\xfe\xfd\xfc" + encode(["bytes32", "string"], [chance.randbytes(32), identifier])
            whole = transaction(10 * number + index, sender=index, calldata=calldata)
            pinned.append(whole)
            bare.append(replace(whole, calldata=calldata[:100] + bytes(len(calldata) - 100)))
        coded.append(block(number, pinned))
        plain.append(block(number, bare))
    feedback = FeedbackController().decide(window(coded)).phi
    for blocks in (coded, plain):
        phi = decide(bundle.policy, window_features(window(blocks), bundle.encoder))
        assert np.all(phi - feedback < 0.001)


def test_phi_depends_on_the_numbers_where_all_words_are_equal(bundle: Bundle) -> None:
    calm, crowded = busy_window(TALKING, per_block=6), busy_window(TALKING, per_block=24)
    assert np.mean(_lanes(bundle, crowded)) > np.mean(_lanes(bundle, calm))


def test_phi_depends_on_theta0(bundle: Bundle) -> None:
    window = replace(busy_window(TALKING), backlog_transactions=60)
    mixed = replace(window, nodes=Nodes(theta0_wad=(3 * WAD // 10, 7 * WAD // 10), lanes=(0, 0), active=(True, True)))
    low, high = _lanes(bundle, mixed)
    assert low != high


def test_nodes_are_told_apart_by_their_features_alone(bundle: Bundle) -> None:
    window = replace(
        busy_window(TALKING),
        nodes=Nodes(theta0_wad=tuple(WAD * n // 10 for n in (3, 5, 7)), lanes=(10, 20, 30), active=(True,) * 3),
    )
    turned = replace(
        window,
        nodes=Nodes(theta0_wad=window.nodes.theta0_wad[::-1], lanes=window.nodes.lanes[::-1], active=(True,) * 3),
    )
    assert _lanes(bundle, window) == _lanes(bundle, turned)[::-1]


def test_any_number_of_nodes_gets_one_phi_each(bundle: Bundle) -> None:
    for count in (0, 1, 1000):
        assert len(_lanes(bundle, replace(busy_window(TALKING, blocks=3), nodes=nodes(count)))) == count


def test_a_window_of_one_empty_block_still_gives_phi(bundle: Bundle) -> None:
    assert np.isfinite(_lanes(bundle, busy_window([], blocks=1, per_block=0))).all()


def test_threads_change_no_lane(bundle: Bundle) -> None:
    window = busy_window(ANNOUNCING)
    threads = torch.get_num_threads()
    try:
        results = []
        for count in (1, 2, 4):
            torch.set_num_threads(count)
            bundle.encoder.forget()
            results.append(_lanes(bundle, window))
    finally:
        torch.set_num_threads(threads)
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("backlog", [None, 0, 3, 20, 10_000])
def test_without_words_the_policy_is_the_classical_feedback(bundle: Bundle, backlog: int | None) -> None:
    for load in (0, 3, 40):
        seen = replace(busy_window(TALKING, per_block=load), backlog_transactions=backlog)
        features = window_features(seen, bundle.encoder)
        with torch.inference_mode():
            feedback = bundle.policy.feedback(
                torch.from_numpy(features.numbers).unsqueeze(0), torch.from_numpy(features.nodes).unsqueeze(0)
            )
        config = bundle.policy.config
        classical = FeedbackController(gain=config.feedback_gain, constant=config.feedback_constant)
        assert feedback[0].numpy() == pytest.approx(classical.decide(seen).phi, abs=1e-9)
        added = decide(bundle.policy, features) - feedback[0].numpy()
        assert (added >= 0).all()
        assert (added <= bundle.policy.config.text_cap).all()


def test_node_features_ignore_retired_nodes_in_the_mean() -> None:
    at = Nodes(theta0_wad=(WAD // 2, WAD // 2, 0), lanes=(0, 0, 0), active=(True, True, False))
    features = node_features(at)
    assert features[0, 1] == pytest.approx(0)
    assert features[0, 0] == pytest.approx(0.5)


def test_node_features_are_theta0_its_distance_from_the_mean_and_phi_in_force() -> None:
    at = Nodes(
        theta0_wad=(2 * WAD // 10, 4 * WAD // 10, 6 * WAD // 10, 0),
        lanes=(0, 1 << 13, -(1 << 12), 0),
        active=(True, True, True, False),
    )
    expected = [[0.2, -0.5, 0], [0.4, 0, 0.25], [0.6, 0.5, -0.125], [0, -1, 0]]
    assert node_features(at) == pytest.approx(np.array(expected), abs=1e-15)


def test_a_node_far_above_the_mean_counts_as_three_times_it() -> None:
    at = Nodes(theta0_wad=(WAD,) + (WAD // 100,) * 9, lanes=(0,) * 10, active=(True,) * 10)
    assert node_features(at)[0, 1] == 2
    assert node_features(replace(at, active=(False,) * 10))[:, 1] == pytest.approx(np.zeros(10))


def test_feedback_is_in_proportion_to_theta0(bundle: Bundle) -> None:
    """phi_n = theta0_n / mean theta0 * (constant + gain * backlog), where no word adds to it."""
    window = replace(busy_window([], per_block=0), backlog_transactions=8)  # of capacity 32: a quarter of a block
    mixed = replace(window, nodes=Nodes(theta0_wad=(3 * WAD // 10, 7 * WAD // 10), lanes=(0, 0), active=(True, True)))
    features = window_features(mixed, bundle.encoder)
    feedback = bundle.policy.feedback(
        torch.from_numpy(features.numbers).unsqueeze(0), torch.from_numpy(features.nodes).unsqueeze(0)
    )
    config = bundle.policy.config
    common = config.feedback_constant + config.feedback_gain / 4
    assert feedback[0].numpy() == pytest.approx(np.array([0.6, 1.4]) * common)
