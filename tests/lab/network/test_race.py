"""The race: time is work, and late news makes competing blocks."""

import numpy as np
import pytest

from oracle.engines.pow.search import Find, Target, search, work_prefix
from oracle.formulas.pow import block_hash, meets
from oracle.lab.network.race import Race, delay_seconds

BODY = bytes(32)


def _targets(nodes: int, challenge: bytes, difficulty: int, round_: int = 1) -> list[Target]:
    return [Target(round_, b"", work_prefix(challenge, node, BODY), difficulty) for node in range(nodes)]


@pytest.mark.parametrize("difficulty", [1, 2, 3, 100, 255, 256, 257])
def test_the_search_finds_what_the_contract_takes(difficulty: int) -> None:
    challenge, node = b"\x05" * 32, 3
    nonce = search(work_prefix(challenge, node, BODY), difficulty, range(10_000))
    assert nonce is not None
    assert meets(block_hash(challenge, node, BODY, nonce), difficulty)
    assert not any(meets(block_hash(challenge, node, BODY, earlier), difficulty) for earlier in range(nonce))


def test_the_mean_time_of_a_find_is_p_over_the_hash_rate() -> None:
    race = Race(np.full(4, 0.25), seed=1)
    finds = 300
    for number in range(finds):
        find, late = race.run(_targets(4, number.to_bytes(32, "big"), 50), hash_rate=5.0, until=1e9)
        assert find is not None
        assert late == []
    # 10 s each, with a standard error of 10 / sqrt(300) = 0.58.
    assert race.time_seconds / finds == pytest.approx(10, abs=2)


def test_nodes_win_by_their_shares() -> None:
    race = Race(np.array([0.7, 0.3]), seed=2)
    wins = [0, 0]
    for number in range(300):
        find, _ = race.run(_targets(2, number.to_bytes(32, "big"), 20), hash_rate=1.0, until=1e9)
        assert find is not None
        wins[find.node] += 1
    assert wins[0] / 300 == pytest.approx(0.7, abs=0.1)


def test_nodes_that_have_not_heard_yet_find_competing_blocks() -> None:
    race = Race(np.full(10, 0.1), seed=3)
    old, new = _targets(10, b"\x01" * 32, 40), _targets(10, b"\x02" * 32, 40, round_=2)
    first, _ = race.run(old, hash_rate=10.0, until=1e9)
    assert first is not None
    heard_at = first.time_seconds + 20
    race.announce(first, old, delay=20)
    second, late = race.run(new, hash_rate=10.0, until=1e9)
    assert second is not None
    assert all(find.target.round == 1 and find.node != first.node for find in late)
    assert all(first.time_seconds < find.time_seconds < heard_at for find in late)
    assert len(late) == len({find.node for find in late}) > 1  # one each: more would be refused
    assert second.target.round == 2
    assert second.node == first.node or second.time_seconds >= heard_at


def test_a_race_ends_at_its_time() -> None:
    race = Race(np.full(2, 0.5), seed=4)
    assert race.run(_targets(2, bytes(32), 1 << 200), hash_rate=100.0, until=3.0) == (None, [])
    assert race.time_seconds == 3.0


def test_equal_seeds_race_alike() -> None:
    finds: list[Find | None] = []
    for _ in range(2):
        race = Race(np.full(3, 1 / 3), seed=9)
        finds.append(race.run(_targets(3, b"\x04" * 32, 60), hash_rate=1.0, until=1e9)[0])
    assert finds[0] == finds[1]


def test_bigger_blocks_take_longer_to_be_heard() -> None:
    assert delay_seconds(0.0, tau=0.1, interval_seconds=10) == pytest.approx(0.05)
    assert delay_seconds(0.5, tau=0.1, interval_seconds=10) == pytest.approx(0.55)
