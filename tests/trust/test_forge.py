"""Properties of the libraries in Solidity (`solidity/`): fuzzed by forge, and proved for all arguments by halmos."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.compile import ROOT
from tests.trust.runs import FACTOR, spaced
from tests.trust.tools import tool

_NODE_BIN = ROOT / "node_modules" / ".bin"
_OUT = "build/forge-trust"
_RUNS, _WALKS = 5_000, 64
# No loop of the properties turns more often; a proof that would have needed more is none.
_LOOP = 17
_PROVED = {
    "check_codecRoundTrip",
    "check_clearedLaneIsZero",
    "check_biasKeepsOrder",
    "check_halvingIsThatOfOneLane",
    "check_boundsOfOneLane",
    "check_boundsAreSound",
    "check_boundsRefuseNothingElse",
    "check_standingKeepsItsFields",
    "check_standingTakesAnotherSum",
    "check_networkChangesOneFieldAtATime",
    "check_networkLanesAndPause",
}


def _run(command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    path = f"{_NODE_BIN}{os.pathsep}{os.environ['PATH']}"  # halmos calls forge
    # Halmos looks for its solver in the environment that is active, whichever runs it.
    active = {"VIRTUAL_ENV": str(tool("halmos").parents[1])}
    environment = os.environ | active | {"PATH": path, "FOUNDRY_PROFILE": "trust", **variables}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)


def test_properties_hold_for_fuzzed_arguments_and_walks(measured: Callable[[str], None]) -> None:
    done = _run(
        [str(_NODE_BIN / "forge"), "test", "--json"],
        FOUNDRY_FUZZ_RUNS=str(_RUNS * FACTOR),
        FOUNDRY_INVARIANT_RUNS=str(_WALKS * FACTOR),
    )
    # Before the document forge may write what it compiled.
    assert "{" in done.stdout, done.stdout + done.stderr
    suites: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
    results = {name: result for suite in suites.values() for name, result in suite["test_results"].items()}
    failed = {
        name: (result["reason"], result["counterexample"])
        for name, result in results.items()
        if result["status"] != "Success"
    }
    assert not failed
    assert done.returncode == 0, done.stderr
    fuzzed = [result["kind"]["Fuzz"] for result in results.values() if "Fuzz" in result["kind"]]
    walked = [result["kind"]["Invariant"] for result in results.values() if "Invariant" in result["kind"]]
    runs = sum(kind["runs"] for kind in fuzzed)
    calls = sum(kind["calls"] for kind in walked)
    assert len(fuzzed) >= 12
    assert sum(kind["reverts"] for kind in walked) == 0
    assert runs == len(fuzzed) * _RUNS * FACTOR
    assert calls >= 6_000 * FACTOR
    measured(
        f"forge: {len(fuzzed)} properties fuzzed in {spaced(runs)} runs, an invariant kept over {spaced(calls)} calls"
    )


@pytest.fixture(scope="module")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What halmos says of every `check`, by name."""
    report = tmp_path_factory.mktemp("halmos") / "report.json"
    done = _run(
        [
            str(tool("halmos")),
            *("--forge-build-out", _OUT),
            *("--function", "check_"),
            *("--loop", str(_LOOP)),
            *("--solver-timeout-assertion", "60s"),
            *("--json-output", str(report)),
            "--no-status",
        ]
    )
    assert report.exists(), done.stdout + done.stderr
    tests = json.loads(report.read_text())["test_results"]
    return {entry["name"].partition("(")[0]: entry for suite in tests.values() for entry in suite}


def _proved(entry: dict[str, Any]) -> bool:
    """No counterexample, no solver given up, no path that a bound on loops cut off."""
    return bool(entry["exitcode"] == 0 and entry["num_models"] == 0 and entry["num_bounded_loops"] == 0)


def test_properties_are_proved_for_all_arguments(
    proofs: dict[str, dict[str, Any]], measured: Callable[[str], None]
) -> None:
    assert {name for name, entry in proofs.items() if _proved(entry)} == _PROVED
    seconds = sum(proofs[name]["time"][0] for name in _PROVED)
    paths = sum(proofs[name]["num_paths"][0] for name in _PROVED)
    measured(f"halmos: {len(_PROVED)} properties proved for all arguments over {paths} paths in {seconds:.0f} s")


def test_statements_that_are_nearly_true_are_not_proved(proofs: dict[str, dict[str, Any]]) -> None:
    """The prover finds what is wrong with two, and does not get far enough with the third to pass it."""
    for name in ("check_everyLaneHasItsNegative", "check_stepsAreOneSmaller"):
        assert proofs[name]["num_models"] == 1
    assert proofs["check_noCountIsForty"]["exitcode"] == 0
    assert proofs["check_noCountIsForty"]["num_bounded_loops"] == 1
    assert not _proved(proofs["check_noCountIsForty"])


def test_every_property_in_the_sources_was_run(proofs: dict[str, dict[str, Any]]) -> None:
    sources = "".join(path.read_text() for path in sorted((Path(__file__).parent / "solidity").glob("*.sol")))
    named = {part.partition("(")[0] for part in sources.split("function ") if part.startswith("check_")}
    assert proofs.keys() == named
