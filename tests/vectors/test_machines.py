"""φ of the recorded windows, whatever instructions of the processor PyTorch uses, and however many threads."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RECORDED = Path(__file__).with_name("phi.json")


@pytest.mark.parametrize(
    "variables", [{"ATEN_CPU_CAPABILITY": "default", "OMP_NUM_THREADS": "1"}, {"OMP_NUM_THREADS": "4"}]
)
def test_phi_is_the_same_by_other_instructions_and_threads(variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "tests.vectors.phi_cases"]
    found = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **variables})
    assert json.loads(found.stdout) == json.loads(RECORDED.read_text())
