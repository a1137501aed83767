"""What is kept of compiled functions belongs to these very sources."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from oracle.formulas import compiled
from oracle.formulas.compiled import sources_digest
from tests.conftest import ROOT

_RUN = """
from oracle.formulas.exponential import exponential
value = exponential(1.0)
print(value, sum(exponential.stats.cache_hits.values()))
"""


def _run(home: Path) -> str:
    environment = os.environ | {"XDG_CACHE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", _RUN], env=environment, capture_output=True, text=True, check=True, timeout=120
    ).stdout


def test_what_is_kept_lies_in_a_folder_of_the_user_named_after_the_sources(tmp_path: Path) -> None:
    first, second = _run(tmp_path), _run(tmp_path)
    assert first.startswith("2.71828182845904")
    assert first.split()[0] == second.split()[0]
    assert (first.split()[1], second.split()[1]) == ("0", "1")
    (folder,) = (tmp_path / "catalyst").iterdir()
    assert folder.name == f"compiled-{sources_digest()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_change_of_any_source_is_another_folder(tmp_path: Path) -> None:
    rooms = [ROOT / "oracle" / room for room in compiled._ROOMS]
    sources = {path for room in rooms for path in room.glob("*.py")}
    decorated = {path for path in (ROOT / "oracle").rglob("*.py") if "\n@compiled\n" in path.read_text()}
    assert len(decorated) > 5
    assert decorated <= sources


def test_where_nothing_can_be_kept_each_start_compiles(tmp_path: Path) -> None:
    file = tmp_path / "no folder"
    file.write_text("")
    assert _run(file).split()[1] == "0"


def test_nothing_is_run_from_a_folder_that_others_can_write(tmp_path: Path) -> None:
    folder = tmp_path / "catalyst" / f"compiled-{sources_digest()}"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    assert [_run(tmp_path).split()[1] for _ in range(2)] == ["0", "0"]
    assert list(folder.iterdir()) == []
