"""Slither finds nothing above informational but what a `slither_triage*.json` gives a reason for, and all of that."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.compile import ROOT, SOLC_VERSION
from tests.contracts.storage import compiler_output
from tests.trust.tools import tool

# A contract may bring a file of its own.
_TRIAGES = sorted(Path(__file__).parent.glob("slither_triage*.json"))
_RUN = Path(__file__).parent / "slither_run.py"
_OUTPUTS = ["abi", "metadata", "devdoc", "userdoc", "evm.methodIdentifiers"]


def test_every_finding_of_slither_has_a_reason(measured: Callable[[str], None]) -> None:
    output = compiler_output({"*": {"*": _OUTPUTS, "": ["ast"]}})
    done = subprocess.run(
        [str(tool("python")), str(_RUN), SOLC_VERSION],
        input=json.dumps(output),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    # A run over nothing finds nothing.
    assert found["detectors"] >= 90
    assert found["contracts"] >= 20
    serious = {
        (f["check"], f["element"]): f["description"]
        for f in found["findings"]
        if f["impact"] not in {"Informational", "Optimization"}
    }
    triage = [entry for path in _TRIAGES for entry in json.loads(path.read_text())]
    reasons = {(entry["check"], element): entry["reason"] for entry in triage for element in entry["elements"]}
    assert all(len(reason) > 20 for reason in reasons.values())
    new = [serious[key] for key in serious.keys() - reasons.keys()]
    assert not new, "findings without a reason in slither_triage.json:\n" + "\n".join(new)
    assert serious.keys() == reasons.keys(), f"no longer found: {reasons.keys() - serious.keys()}"
    measured(
        f"slither: {found['detectors']} detectors over {found['contracts']} contracts, {len(serious)} findings above "
        "informational, each with a reason"
    )
