"""What moves, and what does not, when reads and nodes change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.storage.access import BAND, HALF_LIFE_SECONDS, LEAST_READS, MONTH_SECONDS, ReadCounts, temperature_of
from oracle.storage.durability import YEAR_SECONDS
from oracle.storage.file_class import TEMPERATURES, ClassedFile, Temperature
from oracle.storage.following import HOUR_SECONDS, Following, FollowRules, Moved, follow
from oracle.storage.metrics import LOST_SECONDS, Seen, measured
from oracle.storage.node import StorageNode
from oracle.storage.placed import PlacementRules
from tests.storage.world import MIB, file, node

RULES = FollowRules(PlacementRules(least_durability=0.999, loyalty=0.2, latency_band=0.1), moves_per_hour=2)
NODES = [node(name) for name in "abcd"]
FILES = [file(f"f{index}") for index in range(6)]


def followed(
    files: Sequence[ClassedFile] = FILES,
    holders: Mapping[str, Sequence[str]] | None = None,
    nodes: Sequence[StorageNode] = NODES,
    moved: Sequence[Moved] = (),
    now: float = 0.0,
    **changes: Any,
) -> Following:
    held = holders or {each.facts.name: ["a", "b"] for each in files}
    return follow(files, held, nodes, replace(RULES, **changes), moved, now)


def test_nothing_moves_where_nothing_is_gained() -> None:
    assert followed().moves == ()


def test_all_files_of_a_lost_node_get_another_holder_at_once() -> None:
    found = followed(nodes=NODES[1:], moves_per_hour=0)
    assert len(found.moves) == len(FILES)
    assert {each.cause for each in found.moves} == {"lost holder"}
    assert all(each.to in {"c", "d"} and each.leaves is None and each.sources == ("b",) for each in found.moves)
    assert found.waiting == 0


def test_files_with_the_fewest_holders_left_come_first() -> None:
    nodes = [node(name, failure_rate=2.0) for name in "bcdef"]
    rules = replace(RULES.placement, least_durability=0.99999)
    found = followed(FILES[:2], {"f0": ["a", "b", "c"], "f1": ["a", "b"]}, nodes, placement=rules)
    assert found.moves[0].name == "f1"
    assert found.moves[-1].name == "f0"


def test_a_file_without_any_holder_left_is_told_and_not_moved() -> None:
    found = followed(FILES[:1], {"f0": ["gone"]})
    assert found.lost == ("f0",)
    assert found.moves == ()


def test_moves_that_save_are_bounded_by_the_hour() -> None:
    nodes = [*NODES, *(node(name, price_per_gib_month=0.001) for name in "xy")]
    found = followed(nodes=nodes)
    assert len(found.moves) == 2
    assert found.waiting == 2 * len(FILES) - 2
    assert {each.cause for each in found.moves} == {"saving"}
    begun = [Moved("f9", "saving", 0.0)]
    assert len(followed(nodes=nodes, moved=begun, now=HOUR_SECONDS / 2).moves) == 1
    assert len(followed(nodes=nodes, moved=begun, now=HOUR_SECONDS * 2).moves) == 2


def test_a_node_that_is_a_little_cheaper_is_no_reason_to_move() -> None:
    cheaper = [node(name, price_per_gib_month=0.018) for name in "xy"]
    assert followed(nodes=[*NODES, *cheaper]).moves == ()


def test_a_file_that_moved_rests_unless_it_breaks_a_rule() -> None:
    cheaper = [*NODES, *(node(name, price_per_gib_month=0.001) for name in "xy")]
    begun = [Moved("f0", "saving", 0.0)]
    assert followed(FILES[:1], nodes=cheaper, moved=begun, now=2 * HOUR_SECONDS).moves == ()
    personal = [replace(FILES[0], file_class=replace(FILES[0].file_class, privacy="personal"))]
    trusted = [*NODES, *(node(name, trusted_for_personal=True) for name in "xy")]
    found = followed(personal, nodes=trusted, moved=begun, now=2 * HOUR_SECONDS)
    assert [(each.cause, each.to, each.leaves) for each in found.moves] == [
        ("privacy", "x", "a"),
        ("privacy", "y", "b"),
    ]


def test_a_latency_that_sways_about_the_limit_moves_a_file_once() -> None:
    wanted = [file("f0", reads={"eu": 10.0}, max_latency_ms=60.0)]
    holders, moved = {"f0": ["cheap", "far"]}, list[Moved]()
    for turn in range(20):
        near = 61.0 if turn % 2 == 0 else 59.0
        nodes = [
            node("cheap", price_per_gib_month=0.005, latency_ms={"eu": near}),
            node("far", price_per_gib_month=0.005, latency_ms={"eu": 200.0}),
            node("near", latency_ms={"eu": 30.0}),
        ]
        for each in followed(wanted, holders, nodes, moved, now=turn * 30 * HOUR_SECONDS).moves:
            moved.append(Moved(each.name, each.cause, turn * 30 * HOUR_SECONDS))
            holders["f0"] = [*(h for h in holders["f0"] if h != each.leaves), *([each.to] if each.to else [])]
    assert len(moved) == 1
    assert "near" in holders["f0"]


def test_where_no_node_is_near_enough_readers_wait_and_that_is_told() -> None:
    wanted = [file("f0", reads={"us": 10.0}, max_latency_ms=60.0)]
    found = followed(wanted)
    assert found.loosened == {"f0": 90.0}
    assert found.unplaceable == ()
    assert found.moves == ()


def test_a_copy_is_made_only_where_both_have_room() -> None:
    full = node("x", price_per_gib_month=0.001, capacity_bytes=MIB)
    found = followed(
        FILES[:2], {"f0": ["a", "b"], "f1": ["x", "b"]}, [*NODES, full], [Moved("f1", "saving", 0.0)], now=1.0
    )
    assert all(each.to != "x" for each in found.moves)


@settings(max_examples=30, deadline=None)
@given(st.sets(st.sampled_from("abcdef"), min_size=1, max_size=3), st.integers(0, 4))
def test_no_move_drops_the_last_copy_and_all_that_are_made_bring_files_where_they_should_be(
    gone: set[str], moves_per_hour: int
) -> None:
    nodes = [node(name, price_per_gib_month=0.01 * (1 + "abcdef".index(name))) for name in "abcdef" if name not in gone]
    holders = {each.facts.name: [*"abcdef"][index : index + 3] for index, each in enumerate(FILES[:4])}
    names = {each.name for each in nodes}
    found = followed(FILES[:4], holders, nodes, moves_per_hour=moves_per_hour)
    after = {name: {each for each in held if each in names} for name, held in holders.items()}
    for move in found.moves:
        assert set(move.sources) <= after[move.name] | set(holders[move.name])
        if move.to:
            after[move.name].add(move.to)
        if move.leaves:
            after[move.name].discard(move.leaves)
    assert all(after[name] for name, held in holders.items() if set(held) & names)
    assert sum(each.cause != "lost holder" for each in found.moves) <= moves_per_hour
    if not found.waiting:
        assert all(after[name] == set(aim.holders) for name, aim in found.placements.items())


def test_counts_halve_every_half_life_and_estimate_the_rate_they_come_from() -> None:
    counts = ReadCounts(0.0, 0.0)
    for hour in range(24 * 60):
        counts = counts.with_read("eu" if hour % 4 else "us", hour * HOUR_SECONDS)
    assert counts.reads_a_month(None) == pytest.approx(MONTH_SECONDS / HOUR_SECONDS, rel=0.01)
    shares = counts.by_region_a_month(None)
    assert shares["us"] / sum(shares.values()) == pytest.approx(0.25, abs=0.01)
    later = counts.at(counts.at_seconds + HALF_LIFE_SECONDS)
    assert later.by_region["eu"] == pytest.approx(counts.by_region["eu"] / 2)


def test_what_reading_made_one_expect_yields_to_what_is_seen() -> None:
    new = ReadCounts(0.0, 0.0)
    assert new.reads_a_month(500.0) == 500.0
    assert new.reads_a_month(None) == 0.0
    assert new.at(24 * HOUR_SECONDS).reads_a_month(500.0) < LEAST_READS["hot"]
    assert new.at(24 * HOUR_SECONDS).reads_a_month(0.5) > 0.4
    assert new.by_region_a_month(5.0) == {}


@settings(deadline=None)
@given(st.floats(0.01, 2000), st.sampled_from(TEMPERATURES))
def test_a_temperature_changes_only_beyond_its_band(rate: float, before: Temperature) -> None:
    found = temperature_of(rate, before)
    assert temperature_of(rate, found) == found
    plain = temperature_of(rate)
    if plain == before:
        assert found == before
    if found != before:
        warmer = TEMPERATURES.index(found) < TEMPERATURES.index(before)
        border = LEAST_READS[found] if warmer else LEAST_READS[TEMPERATURES[TEMPERATURES.index(found) - 1]]
        assert rate >= border * BAND * 0.999 if warmer else rate < border / BAND * 1.001


def test_a_node_is_believed_by_what_was_seen_of_it() -> None:
    seen = Seen(0.0, 0.0)
    assert seen.failure_rate(0.0) == 0.5
    assert seen.with_failure().failure_rate(YEAR_SECONDS / 2) == 1.25
    seen = seen.with_answer("eu", 100.0, 10.0).with_answer("eu", 200.0, 20.0)
    assert measured(node("a"), seen, 20.0).latency_ms == {"eu": 110.0, "us": 90.0}
    assert not seen.is_lost(20.0 + LOST_SECONDS)
    assert seen.is_lost(21.0 + LOST_SECONDS)
