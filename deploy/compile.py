"""Compile the contracts with fixed settings and write the artefacts in `abi/`.

Run as `python -m deploy.compile` (or `make abi`). The compiler is the one named in `SOLC_VERSION`: a native executable
that py-solc-x has installed, else the npm package of the same version through `deploy/solc`. Both give the same bytes.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import solcx

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
ABI_DIR = ROOT / "abi"
SOLC_VERSION = "0.8.37"

# Contracts that are deployed; interfaces and libraries compile into them.
DEPLOYED = (
    "PhiOracle",
    "PagedPhiOracle",
    "DifficultyController",
    "ReportPreflight",
    "DifficultyFeed",
    "MeanThetaFeed",
    "NodeThetaFeed",
    "PowLedger",
    "StakeLedger",
    "DelegateLedger",
    "WorkloadToken",
    "WorkloadExchange",
    "WorkloadRegister",
    "Noticeboard",
)

# The optimizer's runs: more makes calls cheaper and code larger. With the figure of the others, these contracts would
# not fit, or hardly fit, the 24 576 bytes that chains allow.
OPTIMIZER_RUNS = {"PagedPhiOracle": 200, "DelegateLedger": 200}

SETTINGS: dict[str, Any] = {
    "optimizer": {"enabled": True, "runs": 2_000},
    "viaIR": True,
    "evmVersion": "cancun",
    # No metadata hash at the end of the code: it would change with every comment.
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
    "remappings": ["@openzeppelin/=node_modules/@openzeppelin/", "solady/=node_modules/solady/"],
    "outputSelection": {
        "*": {
            "*": [
                "abi",
                "evm.bytecode.object",
                "evm.deployedBytecode.object",
                "evm.deployedBytecode.immutableReferences",
            ]
        }
    },
}


def solc_binary() -> Path:
    """The compiler: native where py-solc-x has this version installed, else the npm package's wrapper."""
    if any(str(version) == SOLC_VERSION for version in solcx.get_installed_solc_versions()):
        return Path(solcx.install.get_executable(SOLC_VERSION))
    return ROOT / "deploy" / "solc"


def settings_of(name: str) -> dict[str, Any]:
    """The settings that contract `name` is deployed with."""
    runs = OPTIMIZER_RUNS.get(name, SETTINGS["optimizer"]["runs"])
    return SETTINGS | {"optimizer": {"enabled": True, "runs": runs}}


def compile_sources(sources: dict[str, str], settings: dict[str, Any] = SETTINGS) -> dict[str, Any]:
    """Standard-JSON output for sources by path; raises `solcx.exceptions.SolcError` with the compiler's words."""
    output: dict[str, Any] = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": {path: {"content": text} for path, text in sources.items()},
            "settings": settings,
        },
        solc_binary=solc_binary(),
        base_path=ROOT,
        allow_paths=[ROOT],
    )
    # Libraries of others may warn; our code may not.
    warnings = [
        error["formattedMessage"]
        for error in output.get("errors", [])
        if not error.get("sourceLocation", {}).get("file", "").startswith("node_modules/")
    ]
    if warnings:
        raise solcx.exceptions.SolcError("".join(warnings))
    return output


def project_sources() -> dict[str, str]:
    """Every Solidity file of the project, by path relative to the root."""
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(CONTRACTS.rglob("*.sol"))}


def artefacts() -> dict[str, dict[str, Any]]:
    """One artefact per deployed contract: name, source, compiler, settings, ABI, bytecodes, immutable positions."""
    with ThreadPoolExecutor() as pool:  # the compiler runs in processes of its own
        return dict(zip(DEPLOYED, pool.map(_artefact, DEPLOYED), strict=True))


def _artefact(name: str) -> dict[str, Any]:
    # Compile a contract only with what it imports: the order of functions, and so the bytes, depends on every source of
    # a compilation, and a new contract must not change the code of the others.
    (path,) = CONTRACTS.rglob(f"{name}.sol")
    source = str(path.relative_to(ROOT))
    settings = settings_of(name)
    contract = compile_sources({source: path.read_text()}, settings)["contracts"][source][name]
    runtime = contract["evm"]["deployedBytecode"]
    positions = runtime.get("immutableReferences", {}).values()
    return {
        "contractName": name,
        "sourceName": source,
        "compiler": {"version": SOLC_VERSION, "settings": settings},
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
    """Write every artefact."""
    ABI_DIR.mkdir(exist_ok=True)
    for name, artefact in artefacts().items():
        path = ABI_DIR / f"{name}.json"
        path.write_text(json.dumps(artefact, indent=1) + "\n")
        size = (len(artefact["runtimeBytecode"]) - 2) // 2
        sys.stdout.write(f"{path.relative_to(ROOT)}  {size} bytes of runtime code\n")


if __name__ == "__main__":
    main()
