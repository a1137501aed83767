"""The bill of materials names every package that a daemon installs, and none has a licence that would bind ours."""

import json
import re
import subprocess
from pathlib import Path

from tests.conftest import ROOT

BUILD = ROOT / "build"


def _names(path: Path) -> set[str]:
    return set(re.findall(r"^([\w.-]+)==", path.read_text(), re.MULTILINE))


def test_bill_and_licences_name_what_a_daemon_installs() -> None:
    subprocess.run(["make", "--silent", "sbom"], cwd=ROOT, check=True, capture_output=True)  # noqa: S607
    listed = _names(ROOT / "requirements" / "run.txt") | _names(ROOT / "requirements" / "encoder.txt")

    bill = json.loads((BUILD / "sbom.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    assert {each["name"] for each in bill["components"]} == listed
    rows = json.loads((BUILD / "licences.json").read_text())
    plain = {re.sub(r"[-_.]+", "-", row["Name"]).lower(): row["License"] for row in rows}
    assert plain.keys() == {re.sub(r"[-_.]+", "-", name).lower() for name in listed}
    assert not [name for name, licence in plain.items() if re.search(r"\bA?GPL|UNKNOWN", licence)]
