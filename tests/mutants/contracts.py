"""`python -m tests.mutants.contracts` makes each of CHANGES in a copy of the tree and runs the tests there.

What came of each is kept in build/contract-mutants/results.json, by the bytes of the code that was tested, so that only
what changed is run again after a cut or a correction. Arguments name contracts, for a run of their changes alone.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.compile import CONTRACTS, ROOT, compile_sources, settings_of
from tests.mutants.changes import CHANGES, Change, Outcome

BUILD = ROOT / "build" / "contract-mutants"
TREE = BUILD / "tree"
RESULTS = BUILD / "results.json"
_COPIED = ("abi", "contracts", "deploy", "oracle", "tests")
_PASSED, _FAILED = 0, 1  # pytest's own exit codes: anything else is neither


def changed(change: Change, root: Path = ROOT) -> str:
    """The source of a change with it.

    Raises:
        ValueError: what it changes is not there once.
    """
    text = (root / "contracts" / change.source).read_text()
    if text.count(change.was) != 1:
        raise ValueError(f"{change.name}: {change.source} holds what it changes {text.count(change.was)} times, not 1")
    return text.replace(change.was, change.becomes)


def compiled(change: Change) -> dict[str, Any]:
    """The artefact of the change's contract, with it."""
    (path,) = CONTRACTS.rglob(f"{change.contract}.sol")
    source = str(path.relative_to(ROOT))
    sources = {source: path.read_text()} | {f"contracts/{change.source}": changed(change)}
    output = compile_sources(sources, settings_of(change.contract))["contracts"][source][change.contract]
    runtime = output["evm"]["deployedBytecode"]
    artefact: dict[str, Any] = json.loads((ROOT / "abi" / f"{change.contract}.json").read_text())
    spans = [span for spans in runtime.get("immutableReferences", {}).values() for span in spans]
    return artefact | {
        "bytecode": "0x" + output["evm"]["bytecode"]["object"],
        "runtimeBytecode": "0x" + runtime["object"],
        "immutableReferences": sorted(
            ({"start": span["start"], "length": span["length"]} for span in spans), key=lambda span: int(span["start"])
        ),
    }


def path_of(name: str) -> str:
    """Of a file of tests, from the root."""
    return next(f"tests/{room}/{name}" for room in ("contracts", "trust") if (ROOT / "tests" / room / name).exists())


def _digest(change: Change, noticed_by: str | None) -> str:
    """Of all that an outcome follows from: the sources, the change, and the tests that failed or all that passed."""
    tests = change.tests if noticed_by is None else (noticed_by.partition("::")[0],)
    content = [repr(change), *(path.read_text() for path in sorted(CONTRACTS.rglob("*.sol")))]
    content += [(ROOT / path_of(name)).read_text() for name in ("stage.py", *tests)]
    return hashlib.sha256("\0".join(content).encode()).hexdigest()


def _first_failure(output: str) -> str:
    line = next(line for line in output.splitlines() if line.startswith(("FAILED ", "ERROR ")))
    return line.split(" ")[1].rpartition("/")[2]


def _tried(change: Change) -> str | None:
    """The test that noticed the change; None where none did."""
    for name in _COPIED:
        shutil.copytree(ROOT / name, TREE / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", TREE)
    if not (TREE / "node_modules").exists():
        (TREE / "node_modules").symlink_to(ROOT / "node_modules")
    (TREE / "abi" / f"{change.contract}.json").write_text(json.dumps(compiled(change)))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-rfE"]
        + [path_of(name) for name in change.tests],
        cwd=TREE,
        env=os.environ | {"PYTHONPATH": str(TREE)},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode not in (_PASSED, _FAILED):
        raise RuntimeError(f"{change.name}: pytest ended with {run.returncode}\n{run.stdout}{run.stderr}")
    return None if run.returncode == _PASSED else _first_failure(run.stdout)


def _kept() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return found


def outcomes() -> list[Outcome]:
    """Those of the changes that were tried as they are now."""
    kept = _kept()
    return [
        Outcome(change, kept[change.name]["noticed_by"])
        for change in CHANGES
        if change.name in kept and kept[change.name]["digest"] == _digest(change, kept[change.name]["noticed_by"])
    ]


def main() -> None:
    """Try what was not tried yet."""
    wanted = set(sys.argv[1:])
    done = {outcome.change.name for outcome in outcomes()}
    TREE.mkdir(parents=True, exist_ok=True)
    for change in CHANGES:
        if change.name in done or (wanted and change.contract not in wanted):
            continue
        noticed_by = _tried(change)
        outcome = {"digest": _digest(change, noticed_by), "noticed_by": noticed_by}
        RESULTS.write_text(json.dumps(_kept() | {change.name: outcome}, indent=1) + "\n")
        sys.stdout.write(f"{change.contract}: {change.name}: {noticed_by or 'noticed by no test'}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
