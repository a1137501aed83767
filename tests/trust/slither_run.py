"""Run by the interpreter of `build/trust-tools`, where slither is: prints what all its detectors find, as JSON.

Reads the compiler's standard output from standard input; the first argument is the compiler's version.
"""

import inspect
import json
import sys
from typing import Any

from crytic_compile import CryticCompile
from crytic_compile.compilation_unit import CompilationUnit
from crytic_compile.compiler.compiler import CompilerVersion
from crytic_compile.platform.solc_standard_json import SolcStandardJson, parse_standard_json_output
from slither import Slither
from slither.detectors import all_detectors
from slither.detectors.abstract_detector import AbstractDetector


class Compiled(SolcStandardJson):
    """Sources that were compiled before. Detectors read the syntax tree alone, so code is neither made nor needed."""

    def compile(self, crytic_compile: CryticCompile, **_: Any) -> None:
        """Take the compiler's output as it is."""
        output = json.load(sys.stdin)
        for contracts in output["contracts"].values():
            for contract in contracts.values():
                code = {"object": "", "sourceMap": ""}
                contract["evm"] |= {"bytecode": code, "deployedBytecode": code}
        unit = CompilationUnit(crytic_compile, "standard_json")
        unit.compiler_version = CompilerVersion(
            compiler="solc", version=sys.argv[1], optimized=True, optimize_runs=None, via_ir=True
        )
        parse_standard_json_output(output, unit, ".")


def place(element: dict[str, Any]) -> str:
    """An element's name behind those of what it lies in, without line numbers."""
    parent = element.get("type_specific_fields", {}).get("parent")
    name = element["name"] if element["type"] != "node" else ""
    return ".".join(part for part in (place(parent) if parent else "", name) if part)


def main() -> None:
    """Every finding outside `node_modules`: detector, impact, and the first element that it names."""
    slither = Slither(CryticCompile(Compiled({})), filter_paths=["node_modules"])
    for found in vars(all_detectors).values():
        if inspect.isclass(found) and issubclass(found, AbstractDetector):
            slither.register_detector(found)
    results = [result for results in slither.run_detectors() for result in results]
    findings = [
        {
            "check": result["check"],
            "impact": result["impact"],
            "element": place(result["elements"][0]).removeprefix("contracts/"),
            "description": result["description"],
        }
        for result in results
    ]
    summary = {"detectors": len(slither.detectors), "contracts": len(slither.contracts), "findings": findings}
    json.dump(summary, sys.stdout)


if __name__ == "__main__":
    main()
