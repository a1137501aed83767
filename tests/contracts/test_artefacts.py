"""The committed artefacts are what the sources compile to, byte for byte.

To compile all takes a minute, so `make test-long` does. `make test` compiles the small ones, and has of all the record
that the compiling left: digests of what it read and of what it wrote.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from deploy import compile as compile_module
from deploy.compile import ABI_DIR, CONTRACTS, DEPLOYED, RECORD, ROOT, SOLC_VERSION, artefacts, record

_SMALL_BYTES = 4_000


def _runtime_bytes(name: str) -> int:
    return (len(json.loads((ABI_DIR / f"{name}.json").read_text())["runtimeBytecode"]) - 2) // 2


def _compiles_to_what_is_committed(names: Iterable[str]) -> None:
    """ABI, creation and runtime bytecode, immutable positions, compiler and settings; run `make abi` where it fails."""
    for name, compiled in artefacts(names).items():
        text = (ABI_DIR / f"{name}.json").read_text()
        committed: dict[str, Any] = json.loads(text)
        for part, value in compiled.items():
            assert committed[part] == value, (name, part)
        assert text == json.dumps(compiled, indent=1) + "\n"


def test_every_deployed_contract_has_an_artefact_and_nothing_else_has() -> None:
    assert {path.name for path in ABI_DIR.iterdir()} == {f"{name}.json" for name in DEPLOYED}


def test_the_artefacts_are_those_that_the_sources_were_compiled_to() -> None:
    assert json.loads(RECORD.read_text()) == record(), "contracts or artefacts have changed; run `make abi`"


@pytest.mark.parametrize("changed", ["source", "settings", "artefact"])
def test_the_record_notices_whatever_changes(changed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = record()
    if changed == "artefact":
        for path in ABI_DIR.iterdir():
            (tmp_path / path.name).write_text(path.read_text())
        (tmp_path / "PowLedger.json").write_text((ABI_DIR / "PowLedger.json").read_text().replace("0x60", "0x61", 1))
        monkeypatch.setattr(compile_module, "ABI_DIR", tmp_path)
    elif changed == "source":
        sources = compile_module.project_sources()
        one = DEPLOYED["PowLedger"]
        monkeypatch.setattr(compile_module, "project_sources", lambda: sources | {one: sources[one] + "\n"})
    else:
        monkeypatch.setitem(compile_module.OPTIMIZER_RUNS, "PowLedger", 200)
    after = record()
    assert {part for part in before if before[part] != after[part]} == {
        "artefacts" if changed == "artefact" else "inputs"
    }


def test_small_contracts_compile_to_what_is_committed() -> None:
    small = [name for name in DEPLOYED if _runtime_bytes(name) < _SMALL_BYTES]
    assert len(small) > 10
    _compiles_to_what_is_committed(small)


@pytest.mark.long
def test_every_contract_compiles_to_what_is_committed() -> None:
    _compiles_to_what_is_committed(DEPLOYED)


@pytest.mark.parametrize("name", DEPLOYED)
def test_code_fits_the_size_that_chains_allow(name: str) -> None:
    """24 576 bytes of runtime code (EIP-170)."""
    assert 0 < _runtime_bytes(name) <= 24_576


def test_every_source_asks_for_the_one_compiler_that_the_artefacts_name() -> None:
    sources = sorted([*CONTRACTS.rglob("*.sol"), *(ROOT / "tests").rglob("*.sol")])
    asked = {path: re.findall(r"^pragma solidity (.*);$", path.read_text(), re.MULTILINE) for path in sources}
    assert len(asked) > 30
    assert {path: versions for path, versions in asked.items() if versions != [SOLC_VERSION]} == {}
