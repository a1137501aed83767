"""One world of three Anvils for all tests of a process, put back to its beginning before each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle.lab.routes.cast import Cast, opened_cast
from oracle.lab.routes.faults import CUT, Stage
from oracle.lab.routes.world import World, opened_world


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """Three chains with a gate before the node of one; blocks come when told."""
    with opened_world(cuttable=CUT) as world:
        yield world


@pytest.fixture(scope="session")
def beginning(world: World) -> dict[str, dict[str, str]]:
    """What puts the world back; each use replaces it."""
    return {"taken": world.snapshot()}


@pytest.fixture
def cast(world: World, beginning: dict[str, dict[str, str]], tmp_path: Path) -> Iterator[Cast]:
    """Everybody, in the world at its beginning."""
    beginning["taken"] = world.restore(beginning["taken"])
    with opened_cast(world, tmp_path) as cast:
        yield cast


@pytest.fixture
def stage(world: World, beginning: dict[str, dict[str, str]], tmp_path: Path) -> Iterator[Stage]:
    """For runs of faults; it puts the world back itself."""
    stage = Stage(world, tmp_path)
    stage.beginning = beginning["taken"]
    yield stage
    beginning["taken"] = stage.beginning
