"""Where files are put: against every set of holders that there is, and by what is told of them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.errors import InputError
from oracle.storage.durability import durability, loss_rate
from oracle.storage.file_class import PRIVACIES, TEMPERATURES, ClassedFile, is_within
from oracle.storage.node import StorageNode
from oracle.storage.placed import Placement, PlacementRules, Unplaceable
from oracle.storage.placement import GIB, MOST_TOGETHER, place
from oracle.storage.ranking import ranked
from tests.storage.world import MIB, file, node

REGIONS = ("eu-west", "eu-north", "us-east")
RULES = PlacementRules(replication_factor_min=1, replication_factor_max=4)

nodes_drawn = st.lists(
    st.builds(
        node,
        name=st.just(""),
        region=st.sampled_from(REGIONS),
        price_per_gib_month=st.integers(1, 50).map(lambda each: each / 1000),
        capacity_bytes=st.integers(1, 6).map(lambda each: each * MIB),
        latency_ms=st.fixed_dictionaries({region: st.sampled_from([10.0, 80.0, 300.0]) for region in ("eu", "us")}),
        failure_rate=st.sampled_from([0.02, 0.3, 2.0]),
        trusted_for_personal=st.booleans(),
    ),
    min_size=1,
    max_size=5,
).map(lambda drawn: [replace(each, name=f"n{index}") for index, each in enumerate(drawn)])
file_drawn = st.builds(
    file,
    temperature=st.sampled_from(TEMPERATURES),
    privacy=st.sampled_from(PRIVACIES),
    size_bytes=st.integers(1, 4).map(lambda each: each * MIB),
    reads=st.dictionaries(st.sampled_from(["eu", "us"]), st.integers(1, 9).map(float)),
    regions=st.sampled_from([None, frozenset({"eu"}), frozenset({"eu-west", "us"})]),
    replication_factor_min=st.sampled_from([None, 2]),
)


def keeps_rules(wanted: ClassedFile, holders: Sequence[StorageNode], rules: PlacementRules) -> bool:
    """The rules of one file as they are written down, without a solver."""
    wishes = wanted.facts.wishes
    limit = rules.most_latency_ms[wanted.file_class.temperature]
    return (
        (wishes.replication_factor_min or rules.replication_factor_min) <= len(holders) <= rules.replication_factor_max
        and all(each.trusted_for_personal or wanted.file_class.privacy != "personal" for each in holders)
        and all(is_within(each.region, wanted.file_class.regions_allowed) for each in holders)
        and all(wanted.facts.size_bytes <= each.free_bytes for each in holders)
        and all(min(each.latency_ms[region] for each in holders) <= limit for region in wanted.facts.reads_by_region)
        and durability([each.failure_rate for each in holders], rules.repair_seconds) >= rules.least_durability
    )


def all_sets(nodes: Sequence[StorageNode]) -> list[tuple[StorageNode, ...]]:
    return list(chain.from_iterable(combinations(nodes, count) for count in range(1, len(nodes) + 1)))


def cost(wanted: ClassedFile, holders: Sequence[StorageNode]) -> float:
    return sum(each.price_per_gib_month for each in holders) * wanted.facts.size_bytes / GIB


@settings(max_examples=60, deadline=None)
@given(file_drawn, nodes_drawn)
def test_a_file_alone_is_placed_as_cheaply_as_any_set_of_holders_allows(
    wanted: ClassedFile, nodes: list[StorageNode]
) -> None:
    possible = sorted(cost(wanted, each) for each in all_sets(nodes) if keeps_rules(wanted, each, RULES))
    (found,) = place([wanted], nodes, RULES)
    if not possible:
        assert isinstance(found, Unplaceable)
        return
    assert isinstance(found, Placement)
    holders = [each for each in nodes if each.name in found.holders]
    assert keeps_rules(wanted, holders, RULES)
    assert found.cost_per_month == pytest.approx(possible[0])
    assert found.gap == 0
    assert (found.next_best is None) == (len(possible) == 1)
    if found.next_best is not None:
        assert found.next_best.cost_per_month == pytest.approx(possible[1])


@settings(max_examples=30, deadline=None)
@given(st.lists(file_drawn, min_size=2, max_size=3), nodes_drawn.map(lambda nodes: nodes[:4]))
def test_files_that_share_room_are_placed_as_cheaply_as_any_sets_allow(
    drawn: list[ClassedFile], nodes: list[StorageNode]
) -> None:
    wanted = [replace(each, facts=replace(each.facts, name=f"f{index}")) for index, each in enumerate(drawn)]
    options = [[each for each in all_sets(nodes) if keeps_rules(one, each, RULES)] for one in wanted]
    costs = [
        sum(map(cost, wanted, chosen))
        for chosen in product(*options)
        if all(
            sum(one.facts.size_bytes for one, held in zip(wanted, chosen, strict=True) if each in held)
            <= each.free_bytes
            for each in nodes
        )
    ]
    found = place(wanted, nodes, RULES)
    for each in nodes:
        sizes = (one.facts.size_bytes for one, got in zip(wanted, found, strict=True) if holds(got, each))
        assert sum(sizes) <= each.free_bytes
    if costs:
        placed = [each for each in found if isinstance(each, Placement)]
        assert len(placed) == len(wanted)
        assert sum(each.cost_per_month for each in placed) == pytest.approx(min(costs), rel=1e-4)
        assert {each.gap for each in placed} == {0}
    else:
        assert any(isinstance(each, Unplaceable) for each in found)


def holds(placed: Placement | Unplaceable, holder: StorageNode) -> bool:
    return isinstance(placed, Placement) and holder.name in placed.holders


@settings(max_examples=40, deadline=None)
@given(file_drawn, nodes_drawn)
def test_what_is_named_as_in_the_way_is_so(wanted: ClassedFile, nodes: list[StorageNode]) -> None:
    (found,) = place([wanted], nodes, RULES)
    if isinstance(found, Unplaceable) and found.latency_limit_ms is not None:
        wishes = replace(wanted.facts.wishes, max_latency_ms=found.latency_limit_ms)
        (again,) = place([replace(wanted, facts=replace(wanted.facts, wishes=wishes))], nodes, RULES)
        assert isinstance(again, Placement)
    if isinstance(found, Unplaceable) and found.rules == ("privacy",):
        (again,) = place([wanted], [replace(each, trusted_for_personal=True) for each in nodes], RULES)
        assert isinstance(again, Placement)


@pytest.mark.parametrize(
    ("wanted", "nodes", "rule", "words"),
    [
        (file(privacy="personal"), [node("a")], "privacy", "a (eu-west) would have to be trusted"),
        (file(regions=frozenset({"us"})), [node("a")], "regions", "a (eu-west) would have to be allowed beside us"),
        (file(reads={"us": 1}, max_latency_ms=50), [node("a")], "latency", "up to 90 ms and not 50"),
        (file(reads={"asia": 1}), [node("a")], "latency", "no node that may hold it was ever measured from asia"),
        (file(size_bytes=2 * MIB), [node("a", capacity_bytes=MIB)], "capacity", f"a {MIB} bytes"),
        (file(replication_factor_min=2), [node("a")], "replication factor", "can be kept 1 times, and the wish is at"),
        (file(), [node("a", failure_rate=50.0)], "durability", "lose it with a chance of 50 a year at best"),
    ],
)
def test_a_file_that_cannot_be_placed_names_the_rule_and_the_nearest_remedy(
    wanted: ClassedFile, nodes: list[StorageNode], rule: str, words: str
) -> None:
    rules = PlacementRules(least_durability=0.5, replication_factor_min=1)
    (found,) = place([wanted], nodes, rules)
    assert isinstance(found, Unplaceable)
    assert found.rules == (rule,)
    assert words in found.remedy


def test_rules_that_are_in_the_way_together_are_named_together() -> None:
    (found,) = place([file(privacy="personal", regions=frozenset({"us"}))], [node("a")], RULES)
    assert isinstance(found, Unplaceable)
    assert set(found.rules) == {"durability", "regions", "privacy"}
    (found,) = place([file()], [], RULES)
    assert isinstance(found, Unplaceable)


def test_other_files_take_the_room_of_the_last() -> None:
    nodes = [node("a", capacity_bytes=MIB), node("b", capacity_bytes=MIB)]
    rules = PlacementRules(least_durability=0.5, replication_factor_min=2)
    found = place([file("one"), file("two")], nodes, rules)
    assert [type(each) for each in found] == [Placement, Unplaceable]
    left = found[1]
    assert isinstance(left, Unplaceable)
    assert "capacity" in left.rules


def test_current_holders_stay_where_others_cost_the_same() -> None:
    nodes = [node(name) for name in "abcdef"]
    (found,) = place([file()], nodes, RULES, current={"report.txt": ["e", "f"]})
    assert isinstance(found, Placement)
    assert set(found.holders) > {"e", "f"} or set(found.holders) == {"e", "f"}


def test_candidates_are_ranked_as_clusters_balanced_allocator_does() -> None:
    nodes = [
        node("small", "us-east", capacity_bytes=MIB),
        node("large", "eu-west", capacity_bytes=9 * MIB),
        node("middle", "eu-west", capacity_bytes=5 * MIB),
    ]
    assert [each.name for each in ranked(nodes)] == ["large", "small", "middle"]
    assert [each.name for each in ranked(nodes, ["middle"])] == ["middle", "large", "small"]


def test_more_files_than_one_model_takes_keep_every_rule_and_say_how_far_they_may_be_from_the_cheapest() -> None:
    count = MOST_TOGETHER + 40
    wanted = [file(f"f{index}", "cold") for index in range(count)]
    nodes = [
        node(name, price_per_gib_month=price, capacity_bytes=count * MIB)
        for name, price in (("a", 0.01), ("b", 0.02), ("c", 0.03), ("d", 0.04))
    ]
    tight = [nodes[0], replace(nodes[1], capacity_bytes=(count // 2) * MIB), *nodes[2:]]
    rules = PlacementRules(least_durability=0.999)
    free, full = place(wanted, nodes, rules), place(wanted, tight, rules)
    assert {each.gap for each in free if isinstance(each, Placement)} == {0}
    placed = [each for each in full if isinstance(each, Placement)]
    assert len(placed) == count
    assert sum("b" in each.holders for each in placed) == count // 2
    assert 0 < placed[0].gap < 0.2


def test_a_placement_says_why() -> None:
    nodes = [node("a", trusted_for_personal=True), node("b", "us-east"), node("c", trusted_for_personal=True)]
    (found,) = place([file(privacy="personal", reads={"eu": 1})], nodes, PlacementRules(least_durability=0.999))
    assert isinstance(found, Placement)
    assert "the cheapest 2 holders that keep the rules are" in found.reason
    assert "read in 20 ms from eu, of 150 ms allowed" in found.reason
    assert "Of 3 nodes 1 are not trusted with personal data." in found.reason
    assert found.next_best is None


@pytest.mark.parametrize(
    ("files", "nodes", "rules", "words"),
    [
        ([file("x"), file("x")], [node("a")], RULES, "file x is there twice"),
        ([file()], [node("a"), node("a")], RULES, "node a is there twice"),
        ([file()], [node("a", price_per_gib_month=-1.0)], RULES, "node a: its price"),
        ([file()], [node("a", failure_rate=float("nan"))], RULES, "node a: its price"),
        ([file(size_bytes=-1)], [node("a")], RULES, "are no size of a file"),
        ([file(replication_factor_min=3, replication_factor_max=2)], [node("a")], RULES, "change the wish"),
        ([file()], [node("a")], PlacementRules(least_durability=1.0), "the rules need a durability"),
    ],
)
def test_what_is_no_input_is_refused(
    files: list[ClassedFile], nodes: list[StorageNode], rules: PlacementRules, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        place(files, nodes, rules)


def test_the_bound_on_losses_is_the_formula_and_falls_with_every_replica() -> None:
    # Two holders, each failing once a year, repaired in 0.01 years: 2 · 1 · 1 · 0.01 losses a year.
    assert loss_rate([1.0, 1.0], 0.01 * 365.25 * 24 * 3600) == pytest.approx(0.02)
    assert loss_rate([0.5], 3600) == pytest.approx(0.5)
    rates = [loss_rate([0.5] * count, 6 * 3600) for count in range(1, 6)]
    assert rates == sorted(rates, reverse=True)
