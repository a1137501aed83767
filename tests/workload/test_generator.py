import itertools

import numpy as np
import pytest

from oracle.training.simulation import VENUE, _as_transaction  # the record form that training reads
from oracle.window.kinds import meaning_of
from oracle.workload.calls import Call
from oracle.workload.generator import Crowd, Traffic, generate
from oracle.workload.wordings import ANNOUNCEMENTS, CANCELLATIONS, CHATTER, HELD_OUT_FAMILIES


def _blocks(traffic: Traffic, count: int) -> list[list[Call]]:
    return list(itertools.islice(generate(traffic, VENUE), count))


def _meanings(blocks: list[list[Call]]) -> list[tuple[str, str]]:
    found = [meaning_of(_as_transaction(call, n, i)) for n, block in enumerate(blocks) for i, call in enumerate(block)]
    return [(meaning.kind, meaning.text) for meaning in found]


def test_equal_seeds_give_equal_calls_and_others_differ() -> None:
    first, again, other = (_blocks(Traffic(base_load=10, crowds=[], accounts=5, seed=seed), 20) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_load_follows_the_base_rate_and_the_crowd() -> None:
    crowd = Crowd(start_block=400, length_blocks=200, factor=2.0)
    counts = [len(block) for block in _blocks(Traffic(base_load=20, crowds=[crowd], accounts=5, seed=3), 1000)]
    assert np.mean(counts[:400]) == pytest.approx(20 * 1.1, rel=0.1)  # the daily cycle's first half
    assert np.mean(counts[400:600]) / np.mean(counts[300:400]) == pytest.approx(2, rel=0.15)


def test_every_kind_of_traffic_occurs_and_is_read_back() -> None:
    kinds = {kind for kind, _ in _meanings(_blocks(Traffic(base_load=20, crowds=[], accounts=5, seed=4), 50))}
    assert kinds == {"payment", "token transfer", "approval", "mint", "note"}


def test_an_announcement_shows_in_words_and_in_nothing_else() -> None:
    def traffic(ahead: int) -> Traffic:
        crowd = Crowd(start_block=2000, length_blocks=10, factor=2, announced_ahead_blocks=ahead)
        return Traffic(base_load=15, crowds=[crowd], accounts=5, seed=6)

    announced, silent = (_blocks(traffic(ahead), 300) for ahead in (2000, 0))

    def shares(blocks: list[list[Call]]) -> dict[str, float]:
        meanings = _meanings(blocks)
        kinds = [kind for kind, _ in meanings]
        return {kind: kinds.count(kind) / len(kinds) for kind in set(kinds)} | {
            "texts": sum(bool(text) for _, text in meanings) / len(meanings),
            "load": len(meanings) / len(blocks),
        }

    for name, share in shares(announced).items():
        assert share == pytest.approx(shares(silent)[name], rel=0.12), name
    assert {text for _, text in _meanings(announced)} - {text for _, text in _meanings(silent)}


def test_a_called_off_crowd_is_announced_taken_back_and_never_comes() -> None:
    crowd = Crowd(start_block=20, length_blocks=10, factor=3, announced_ahead_blocks=10, called_off=True)
    assert [crowd.said_at(block) for block in (9, 10, 14, 15, 19, 20)] == [
        None,
        "announced",
        "announced",
        "called off",
        "called off",
        None,
    ]
    assert all(crowd.load_factor(block) == 1 for block in range(40))


def test_wordings_can_be_filled_in_and_families_are_held_out() -> None:
    for wording in itertools.chain(*ANNOUNCEMENTS.values(), CANCELLATIONS, CHATTER):
        filled = wording.format(thing="tickets", when="soon", count=3)
        assert "{" not in filled
    assert set(ANNOUNCEMENTS) > HELD_OUT_FAMILIES
