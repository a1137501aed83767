"""Compile the contracts with fixed settings and write the artefacts in `abi/`.

Run as `python -m deploy.compile` (or `make abi`). The compiler is the one named in `SOLC_VERSION`: a native executable
that py-solc-x has installed, else the npm package of the same version through `deploy/solc`. Both give the same bytes.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import solcx

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
ABI_DIR = ROOT / "abi"
NPM_SOLC = ROOT / "deploy" / "solc"
# Digests of what the artefacts were compiled from, and of the artefacts.
RECORD = ROOT / "deploy" / "compiled.json"
SOLC_VERSION = "0.8.37"

_CONTRACT = re.compile(r"^contract (\w+)", re.MULTILINE)


def _deployed() -> dict[str, str]:
    """Path by name of every contract that can be deployed; the rest is abstract, or compiles into these."""
    return {
        name: str(path.relative_to(ROOT))
        for path in sorted(CONTRACTS.rglob("*.sol"))
        for name in _CONTRACT.findall(path.read_text())
    }


# Path by name, relative to the root.
DEPLOYED = _deployed()

# The optimizer's runs: more makes calls cheaper and code larger. With the figure of the others, these contracts would
# not fit, or hardly fit, the 24 576 bytes that chains allow.
OPTIMIZER_RUNS = {"PagedPhiOracle": 200, "DelegateLedger": 200}

# The compiler, and whose sources ours import.
_PACKAGES = ("solc", "@openzeppelin/contracts", "solady")

_PARTS = (
    "abi",
    "evm.bytecode.object",
    "evm.deployedBytecode.object",
    "evm.deployedBytecode.immutableReferences",
)
SETTINGS: dict[str, Any] = {
    "optimizer": {"enabled": True, "runs": 2_000},
    "viaIR": True,
    "evmVersion": "cancun",
    # No metadata hash at the end of the code: it would change with every comment.
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
    "remappings": ["@openzeppelin/=node_modules/@openzeppelin/", "solady/=node_modules/solady/"],
    "outputSelection": {"*": {"*": list(_PARTS)}},
}


def solc_binary() -> Path:
    """The compiler: native where py-solc-x has this version installed, else the npm package's wrapper."""
    if any(str(version) == SOLC_VERSION for version in solcx.get_installed_solc_versions()):
        return Path(solcx.install.get_executable(SOLC_VERSION))
    return NPM_SOLC


def settings_of(name: str) -> dict[str, Any]:
    """The settings that contract `name` is deployed with."""
    runs = OPTIMIZER_RUNS.get(name, SETTINGS["optimizer"]["runs"])
    return SETTINGS | {"optimizer": {"enabled": True, "runs": runs}}


def compile_sources(sources: dict[str, str], settings: dict[str, Any] = SETTINGS) -> dict[str, Any]:
    """Standard-JSON output for sources by path; raises `solcx.exceptions.SolcError` with the compiler's words."""
    (output,) = _compile_each([_request(sources, settings)])
    return output


def project_sources() -> dict[str, str]:
    """Every Solidity file of the project, by path relative to the root."""
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(CONTRACTS.rglob("*.sol"))}


def artefacts(names: Iterable[str] = tuple(DEPLOYED)) -> dict[str, dict[str, Any]]:
    """One artefact per contract: name, source, compiler, settings, ABI, bytecodes, immutable positions."""
    # Compile a contract only with what it imports: the order of functions, and so the bytes, depends on every source of
    # a compilation, and a new contract must not change the code of the others.
    asked = {name: DEPLOYED[name] for name in names}
    requests = [_request({path: (ROOT / path).read_text()}, settings_of(name)) for name, path in asked.items()]
    outputs = _compile_each(requests)
    return {
        name: _artefact(name, path, output["contracts"][path][name])
        for (name, path), output in zip(asked.items(), outputs, strict=True)
    }


def record() -> dict[str, str]:
    """SHA-256 of all that the compiler's output is a function of, and of the artefacts in `abi/`, as they are now."""
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    inputs = {
        "sources": project_sources(),
        "settings": {name: settings_of(name) for name in DEPLOYED},
        "packages": {name: locked[f"node_modules/{name}"]["integrity"] for name in _PACKAGES},
    }
    written = {path.name: path.read_text() for path in sorted(ABI_DIR.iterdir())}
    return {"inputs": _sha256(inputs), "artefacts": _sha256(written)}


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _request(sources: dict[str, str], settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "language": "Solidity",
        "sources": {path: {"content": text} for path, text in sources.items()},
        # Of the sources alone: nobody asks for the code of what they import, and it takes as long to make.
        "settings": settings | {"outputSelection": {path: {"*": list(_PARTS)} for path in sources}},
    }


def _compile_each(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Standard-JSON outputs, one for each input."""
    binary = solc_binary()
    if binary == NPM_SOLC and len(requests) > 1:
        # One process for all: each process spends its first seconds translating the compiler itself to machine code.
        outputs = _compile_together(binary, requests)
    else:
        one = partial(solcx.compile_standard, solc_binary=binary, base_path=ROOT, allow_paths=[ROOT])
        with ThreadPoolExecutor() as pool:
            outputs = list(pool.map(one, requests))
    for output in outputs:
        _refuse_warnings(output)
    return outputs


def _compile_together(binary: Path, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Outputs of `deploy/solc`, which takes a list of inputs too."""
    command = [str(binary), "--standard-json", "--base-path", str(ROOT), "--allow-paths", str(ROOT)]
    done = subprocess.run(command, input=json.dumps(requests), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise solcx.exceptions.SolcError(done.stderr)
    outputs: list[dict[str, Any]] = json.loads(done.stdout)
    return outputs


def _refuse_warnings(output: dict[str, Any]) -> None:
    # Libraries of others may warn; our code may not.
    refused = [
        error["formattedMessage"]
        for error in output.get("errors", [])
        if error["severity"] == "error"
        or not error.get("sourceLocation", {}).get("file", "").startswith("node_modules/")
    ]
    if refused:
        raise solcx.exceptions.SolcError("".join(refused))


def _artefact(name: str, source: str, contract: dict[str, Any]) -> dict[str, Any]:
    runtime = contract["evm"]["deployedBytecode"]
    positions = runtime.get("immutableReferences", {}).values()
    return {
        "contractName": name,
        "sourceName": source,
        "compiler": {"version": SOLC_VERSION, "settings": settings_of(name)},
        "abi": contract["abi"],
        "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
        "runtimeBytecode": "0x" + runtime["object"],
        # Byte ranges of the runtime code that the constructor fills in: code on chain equals it except there.
        "immutableReferences": sorted(
            ({"start": p["start"], "length": p["length"]} for ps in positions for p in ps),
            key=lambda p: int(p["start"]),
        ),
    }


def main() -> None:
    """Write every artefact, and the record of what they were compiled from."""
    ABI_DIR.mkdir(exist_ok=True)
    for name, artefact in artefacts().items():
        path = ABI_DIR / f"{name}.json"
        path.write_text(json.dumps(artefact, indent=1) + "\n")
        size = (len(artefact["runtimeBytecode"]) - 2) // 2
        sys.stdout.write(f"{path.relative_to(ROOT)}  {size} bytes of runtime code\n")
    RECORD.write_text(json.dumps(record(), indent=1) + "\n")


if __name__ == "__main__":
    main()
