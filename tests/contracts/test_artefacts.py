"""The committed artefacts are what the sources compile to, byte for byte."""

import hashlib
import json
import re
import shutil
from typing import Any

import pytest

from deploy.compile import ABI_DIR, CONTRACTS, DEPLOYED, NPM_SOLC, ROOT, SOLC_VERSION, artefacts
from oracle.output import write_whole

KEPT = ROOT / "build" / "compiled"


def _inputs_digest() -> str:
    """Of all that the compiler's output is a function of: sources, pinned packages, and how it is called."""
    files = [*CONTRACTS.rglob("*.sol"), ROOT / "package-lock.json", ROOT / "deploy" / "compile.py", NPM_SOLC]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(ROOT)} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def compiled() -> dict[str, dict[str, Any]]:
    """The artefacts of the sources as they are; those of the same inputs are compiled once in a clone."""
    kept = KEPT / f"{_inputs_digest()}.json"
    if not kept.exists():
        made = artefacts()
        shutil.rmtree(KEPT, ignore_errors=True)
        KEPT.mkdir(parents=True)
        write_whole(kept, json.dumps(made))
    found: dict[str, dict[str, Any]] = json.loads(kept.read_text())
    return found


def test_every_deployed_contract_has_an_artefact_and_nothing_else_has() -> None:
    assert {path.name for path in ABI_DIR.iterdir()} == {f"{name}.json" for name in DEPLOYED}


@pytest.mark.parametrize("name", DEPLOYED)
def test_the_artefact_is_what_the_source_compiles_to(compiled: dict[str, dict[str, Any]], name: str) -> None:
    """ABI, creation and runtime bytecode, immutable positions, compiler and settings; run `make abi` where it fails."""
    text = (ABI_DIR / f"{name}.json").read_text()
    committed = json.loads(text)
    for part, value in compiled[name].items():
        assert committed[part] == value, part
    assert text == json.dumps(compiled[name], indent=1) + "\n"


@pytest.mark.parametrize("name", DEPLOYED)
def test_code_fits_the_size_that_chains_allow(name: str) -> None:
    """24 576 bytes of runtime code (EIP-170)."""
    runtime = json.loads((ABI_DIR / f"{name}.json").read_text())["runtimeBytecode"]
    assert 0 < (len(runtime) - 2) // 2 <= 24_576


def test_every_source_asks_for_the_one_compiler_that_the_artefacts_name() -> None:
    sources = sorted([*CONTRACTS.rglob("*.sol"), *(ROOT / "tests").rglob("*.sol")])
    asked = {path: re.findall(r"^pragma solidity (.*);$", path.read_text(), re.MULTILINE) for path in sources}
    assert len(asked) > 30
    assert {path: versions for path, versions in asked.items() if versions != [SOLC_VERSION]} == {}
