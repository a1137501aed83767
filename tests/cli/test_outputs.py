"""What a command will write is tried before it works: a path that cannot be written is refused at once."""

import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest

from oracle.cli.commands import cli
from oracle.cli.environment import commands_of
from oracle.cli.paths import NEW_FOLDER, OUTPUT_FILE, OUTPUT_FOLDER
from oracle.errors import SettingsError, WriteFailed
from oracle.output import check_file, check_folder, write_whole
from tests.cli.started import end_of

# Options by which a command writes; what else a line needs to come that far.
WRITERS = {
    ("local", "--json"): [],
    ("oracle", "--state"): ["--rpc", "x", "--capacity", "1", "--epoch-blocks", "1"],
    ("check", "--state"): ["--rpc", "x", "--capacity", "1", "--epoch-blocks", "1"],
    ("journal recover", "--state"): ["--rpc", "x"],
    ("api-key create", "--file"): ["--scope", "control"],
    ("node", "--state"): ["--rpc", "x", "--index", "0", "--key-file", "key"],
    ("network", "--out"): [],
    ("compare", "--out"): [],
    ("backtest", "--out"): ["--blocks", "file"],
    ("backtest", "--json"): ["--blocks", "file"],
    ("train unpack", "--out"): ["--packed", "file"],
    ("train pretrain", "--run"): [],
    ("train probe", "--run"): [],
    ("train finetune", "--run"): [],
    ("train evaluate", "--run"): [],
    ("train export", "--out"): ["--run", "."],
    ("train plans", "--run"): ["--out", "new"],
    ("train plans", "--out"): ["--run", "new"],
    ("train routes", "--out"): [],
    ("route solve", "--svg"): ["--graph", "file"],
    ("train storage", "--out"): [],
    ("store place", "--svg"): ["file", "--nodes", "file"],
    ("plan read", "--out"): ["file"],
    ("plan answer", "--out"): ["file", "price_minor=5"],
    ("plan make", "--out"): ["file", "--account", "Ann=0x00"],
    ("plan show", "--svg"): ["file"],
    ("plan demo", "--out"): ["logistics"],
    ("plan sign", "--out"): ["file", "--rpc", "x", "--key-file", "key"],
    ("plan amend sign", "--out"): ["file", "file", "--rpc", "x", "--key-file", "key"],
    ("plan attest", "--out"): ["file", "--rpc", "x", "--key-file", "key", "--step", "1"],
    ("records serve", "--log"): ["--rpc", "x", "--records", ".", "--consents", ".", "--name", "n"],
    ("records read", "--out"): [
        *("--url", "x", "--consent", ".", "--record", "r", "--key-file", "key", "--opening-key", "key"),
    ],
    ("report make", "--out"): ["--rpc", "x", "--query", "file"],
    ("route deploy", "--places"): [
        *("--rpc", "x", "--name", "A", "--asset", "A", "--decimals", "1", "--token", "x", "--key-file", "key"),
    ],
    ("route quote", "--svg"): ["--places", "file"],
    ("route plan", "--svg"): ["--places", "file", "--amount", "1", "--source", "A", "--target", "C"],
    ("route run", "--journal"): ["--places", "file", "--amount", "1", "--source", "A", "--target", "C"],
    ("route refund", "--journal"): ["--places", "file"],
    ("route relay", "--journal"): ["--places", "file"],
    ("route demo", "--out"): [],
    ("route faults", "--json"): [],
    ("store node", "--directory"): ["--capacity-bytes", "1"],
    ("store get", "--out"): [
        *("name", "--rpc", "x", "--registry", "x", "--peers", "file", "--node-url", "x", "--token-file", "file"),
        *("--sealing-key", "file"),
    ],
    ("store demo", "--svg"): [],
    ("store demo", "--directory"): [],
    ("store faults", "--json"): [],
    ("bench gas", "--json"): [],
    ("bench api", "--json"): [],
    ("bench latency", "--json"): [],
    ("bench soak", "--json"): [],
    ("bench mining", "--json"): [],
    ("bench real", "--json"): ["--blocks", "file"],
    ("bench staking", "--json"): [],
    ("bench routes", "--json"): [],
    ("bench storage", "--json"): [],
    ("bench control", "--json"): [],
    ("bench stability", "--json"): [],
    ("bench adversary", "--json"): [],
    ("bench encoders", "--json"): ["--run", "new"],
    ("bench encoders", "--run"): [],
    ("bench encode", "--json"): [],
    ("bench sensitivity", "--json"): [],
    ("bench workers", "--json"): [],
    ("verify", "--json"): ["--rpc", "x"],
    ("explain", "--json"): ["--rpc", "x", "--epoch", "1"],
    ("explain", "--png"): ["--rpc", "x", "--epoch", "1"],
    # Tried where a run writes there: with --rpc.
    ("deploy", "--deployments"): ["--rpc", "http://127.0.0.1:1", "--key-file", "key"],
    ("local", "--deployments"): ["--rpc", "http://127.0.0.1:1", "--key-file", "key"],
}


def _writes(parameter: click.Parameter) -> bool:
    return parameter.type in (NEW_FOLDER, OUTPUT_FILE, OUTPUT_FOLDER)


def test_no_option_that_writes_is_forgotten_here() -> None:
    found = {
        (" ".join(path), max(parameter.opts, key=len))
        for path, command in commands_of(cli)
        for parameter in command.params
        if _writes(parameter)
    }
    assert found == {key for key in WRITERS if key[1] != "--deployments"}


@pytest.mark.parametrize("place", ["file/within", "/proc/nothing"])
def test_a_path_that_cannot_be_written_is_refused_before_the_work(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "key").write_text("11" * 32)
    (tmp_path / "key").chmod(0o600)
    before = sorted(tmp_path.iterdir())
    lines = [[*command.split(), *needs, option, place] for (command, option), needs in WRITERS.items()]
    for line, ended in zip(lines, end_of(lines, tmp_path), strict=True):
        assert ended.code == 2, (line, ended.err)
        (refusal,) = ended.err.splitlines()
        assert refusal.startswith(f"catalyst: {line[-2]} {place} cannot be "), refusal
        assert ended.loaded == [], line
    assert sorted(tmp_path.iterdir()) == before


def test_a_file_is_tried_without_a_trace(tmp_path: Path) -> None:
    check_file(tmp_path / "new.json", "--json")
    (tmp_path / "old.json").write_text("kept")
    check_file(tmp_path / "old.json", "--json")
    check_folder(tmp_path / "deep" / "er", "--out")
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]
    assert (tmp_path / "old.json").read_text() == "kept"


def test_what_is_no_file_or_no_new_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"--json .* is a folder; give a file"):
        check_file(tmp_path, "--json")
    with pytest.raises(SettingsError, match=r"--json .*File name too long"):
        check_file(tmp_path / ("x" * 300), "--json")
    (tmp_path / "old").write_text("")
    check_folder(tmp_path, "--out")
    with pytest.raises(SettingsError, match=r"--out .* is not empty; give a new directory"):
        check_folder(tmp_path, "--out", is_new=True)


def test_a_file_is_written_whole_and_through_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_whole(link, "θ")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "θ"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "target"]
    write_whole(Path("/dev/null"), "nothing is replaced")
    assert not Path("/dev/null").is_file()


def test_a_disk_that_is_full_in_the_end_is_said_in_one_sentence() -> None:
    with pytest.raises(WriteFailed, match="/dev/full cannot be written: No space left on device; make room"):
        write_whole(Path("/dev/full"), "text")


def test_a_run_that_finds_no_room_for_its_results_says_so_in_one_line(tmp_path: Path) -> None:
    # The system's bound on the length of a file stands for a full disk.
    ended = subprocess.run(
        [sys.executable, "-m", "oracle", "network", "--phi", "off", "--nodes", "4", "--minutes", "1", "--out", "run"],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000)),
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    (line,) = ended.stderr.splitlines()
    assert line == "catalyst: a result cannot be written: File too large; make room, and run it again"
