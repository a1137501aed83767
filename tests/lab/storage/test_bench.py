"""`catalyst bench storage` in small, its worlds, and the page against what was measured."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from oracle.errors import InputError
from oracle.lab.storage.bench import measure_storage
from oracle.lab.storage.documents import find_documents
from oracle.lab.storage.page import page_with, sections
from oracle.lab.storage.strategies import BASELINES, COUNTS, READING, run
from oracle.lab.storage.world import NODES, Traffic, draw_world
from oracle.markdown import section_of
from oracle.model.manifest import model_hash, read_json
from oracle.storage.bundle import DEFAULT_BUNDLE
from oracle.storage.file_class import TEMPERATURES, ClassedFile, FileClass, FileFacts, Temperature
from oracle.storage.simulator import TIMEOUT_MS

ROOT = Path(__file__).parents[3]
SMALL = Traffic(days=12, reads_per_month=600)
LABELS: dict[str, Temperature] = {f"f{index}": TEMPERATURES[index % 4] for index in range(12)}
FILES = [ClassedFile(FileFacts(name, "text/plain", 10_000), FileClass(kind, "public")) for name, kind in LABELS.items()]
SIZES = dict.fromkeys(LABELS, 10_000)


def test_a_world_is_of_its_seed_and_popularity_follows_kind_where_it_is_to() -> None:
    world = draw_world(SIZES, LABELS, "by kind", 1, SMALL)
    assert world == draw_world(SIZES, LABELS, "by kind", 1, SMALL)
    assert world != draw_world(SIZES, LABELS, "by kind", 2, SMALL)
    assert len(world.nodes) == NODES
    shares = []
    for popularity in ("by kind", "by chance"):
        hot = [
            np.mean([LABELS[read.name] == "hot" for read in draw_world(SIZES, LABELS, popularity, seed, SMALL).reads])
            for seed in range(30)
        ]
        shares.append(float(np.mean(hot)))
    assert shares[0] > 0.4
    assert shares[1] < 0.32


@pytest.mark.parametrize("strategy", [READING, COUNTS, *BASELINES])
def test_every_strategy_serves_every_read_of_a_world_without_failures(strategy: str) -> None:
    world = replace(draw_world(SIZES, LABELS, "by kind", 3, SMALL), failures=())
    outcome, misplaced = run(strategy, FILES, world, 3)
    assert len(outcome.latency_ms) == len(world.reads)
    assert max(outcome.latency_ms) < TIMEOUT_MS
    assert outcome.lost == 0
    assert outcome.cost_per_month > 0
    assert misplaced == 0
    if strategy in BASELINES:
        assert outcome.replicas == pytest.approx(3.0)
        assert outcome.copies == 0
    again, _ = run(strategy, FILES, world, 3)
    assert again == outcome


def test_personal_files_are_on_trusted_nodes_where_files_are_read_and_elsewhere_not_always() -> None:
    personal = [replace(each, file_class=replace(each.file_class, privacy="personal")) for each in FILES]
    world = replace(draw_world(SIZES, LABELS, "by kind", 3, SMALL), failures=())
    assert run(READING, personal, world, 3)[1] == 0
    assert run("three, hash ring", personal, world, 3)[1] > 0


@pytest.mark.long
def test_the_bench_runs_on_the_documents_of_this_machine() -> None:
    try:
        find_documents(40)
    except InputError as error:
        pytest.skip(str(error))
    measured = measure_storage(lambda _: None, seeds=2, count=40, traffic=SMALL)
    assert {row["strategy"] for row in measured["rows"]} == {READING, COUNTS, *BASELINES}
    for row in measured["rows"]:
        assert all(math.isfinite(each) for each in row["cost"])
    assert all(sections(measured).values())


def test_the_page_shows_what_was_measured_of_the_bundle_in_the_package() -> None:
    measured = json.loads((ROOT / "docs/storage.json").read_text())
    page = (ROOT / "docs/storage.md").read_text()
    for name, text in sections(measured).items():
        assert section_of(page, name) == text
    assert page_with(page, measured) == page
    assert measured["model_hash"] == "0x" + model_hash(read_json(DEFAULT_BUNDLE / "manifest.json")).hex()
    assert measured["documents"] == 200
    assert measured["seeds"] >= 20
