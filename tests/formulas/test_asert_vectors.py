"""The reader of public ASERT vectors: every run of a folder is taken, and none at hand is never taken for agreement."""

from pathlib import Path

import pytest

from tests.formulas import asert_vectors
from tests.formulas.asert_vectors import VARIABLE, Line, load, run_files, runs

TEXT = """## description: run91 - two blocks
##   anchor height: 7
##   {time}: 1000
##   anchor nBits: 0x1c00ffff
##   start height: 9
##   start time: 2200
##   iterations: 2
# iteration,height,time,target
1 9 2200 0x1c00ffff

2 11 3500 0x1c010000
"""


def _write(folder: Path, name: str, time: str = "anchor parent time") -> Path:
    path = folder / name
    path.write_text(TEXT.format(time=time))
    return path


@pytest.mark.parametrize("time", ["anchor ancestor time", "anchor parent time", "anchor time"])
def test_the_time_of_the_anchors_parent_is_read_under_each_of_its_names(tmp_path: Path, time: str) -> None:
    run = load(_write(tmp_path, "run91", time))
    assert run.anchor_bits == 0x1C00FFFF
    assert run.lines == (Line(2, 1200, 0x1C00FFFF), Line(4, 2500, 0x1C010000))


def test_whatever_runs_the_named_folder_holds_are_taken(tmp_path: Path) -> None:
    expected = [_write(tmp_path, name) for name in ("run09", "run10", "run10a", "run91")]
    (tmp_path / "README").write_text("no run")
    (tmp_path / "run_old").mkdir()
    assert run_files({VARIABLE: str(tmp_path)}, tmp_path / "absent") == expected


def test_a_named_folder_without_a_run_is_an_error(tmp_path: Path) -> None:
    beside = tmp_path / "beside"
    beside.mkdir()
    _write(beside, "run01")
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(FileNotFoundError, match=f"{VARIABLE} names '{folder}', which holds no file"):
            run_files({VARIABLE: str(folder)}, beside)


def test_without_a_named_folder_the_one_beside_the_repository_is_taken(tmp_path: Path) -> None:
    assert run_files({}, tmp_path) == []
    path = _write(tmp_path, "run01")
    assert run_files({}, tmp_path) == [path]


def test_tests_over_all_runs_fail_where_a_named_folder_holds_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    (parameter,) = runs()
    assert not parameter.marks
    (error,) = parameter.values
    assert isinstance(error, FileNotFoundError)
    with pytest.raises(FileNotFoundError, match="which holds no file"):
        load(error)


def test_tests_over_all_runs_are_skipped_where_none_is_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(asert_vectors, "BESIDE_THE_REPOSITORY", tmp_path)
    (parameter,) = runs()
    (mark,) = parameter.marks
    assert mark.name == "skip"
    assert f"{VARIABLE} names their folder" in mark.args[0]
    _write(tmp_path, "run92")
    (parameter,) = runs()
    assert parameter.values == (tmp_path / "run92",)
    assert not parameter.marks


def test_a_run_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path, "run91")
    path.write_text(path.read_text().rpartition("2 11")[0])
    with pytest.raises(ValueError, match=r"run91: says 2 iterations but lists 1"):
        load(path)


@pytest.mark.parametrize("header", ["anchor height", "anchor nBits", "iterations", "anchor parent time"])
def test_a_run_without_one_of_its_headers_is_refused_by_name(tmp_path: Path, header: str) -> None:
    path = _write(tmp_path, "run91")
    path.write_text("\n".join(line for line in path.read_text().splitlines() if header not in line))
    with pytest.raises(ValueError, match=f"run91: no header .*'{header}'"):
        load(path)
