"""`catalyst backtest`: history read as it was, the policy asked at every block, and a page that says so."""

import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

from oracle.control.feedback import FeedbackController
from oracle.control.policy import PolicyController
from oracle.errors import SettingsError
from oracle.lab.backtest.history import History, RecordedBlock, history_of_blocks, history_of_run
from oracle.lab.backtest.report import report_page
from oracle.lab.backtest.shadow import AHEAD_BLOCKS, Shadow, ShadowRow, _foretold, shadow
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.play import play
from oracle.lab.network.run_directory import write_run
from oracle.model.bundle import DEFAULT_BUNDLE, Bundle
from oracle.window.blocks_file import read_blocks
from oracle.workers.pool import processes
from tests.conftest import Command, Refusal
from tests.examples import block, busy_window, transaction

PLAN = NetworkPlan(
    seed=6, intervals=25, controller=FeedbackController(), nodes=4, accounts=8, capacity_transactions=20, tau=0.1
)
ANNOUNCING = ["public sale of solar shares opens soon, get ready", "free mint for everyone shortly, be quick"]
TALKING = ["thanks for lunch", "happy birthday from all of us"]


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("runs") / "fed"
    directory.mkdir()
    played = play(PLAN, lambda _: None)
    write_run(
        directory,
        name="feedback",
        plan=PLAN,
        rounds=played.rounds,
        transactions=played.transactions,
        blocks=played.blocks,
        summary=played.summary,
    )
    return directory


def _history(numbers: list[int]) -> History:
    records = tuple(RecordedBlock(block(number, [transaction(number)]), None, 0) for number in numbers)
    return History("x", records, capacity_transactions=20, interval_seconds=10)


def test_windows_end_where_blocks_do_not_follow() -> None:
    windows = [[b.number for b in w.blocks] for w in _history([1, 2, 3, 4, 9, 10]).windows(3)]
    assert windows == [[1], [1, 2], [1, 2, 3], [2, 3, 4], [9], [9, 10]]


def test_a_run_is_read_with_its_traffic_backlog_and_phi(run_directory: Path) -> None:
    history = history_of_run(run_directory)
    assert (history.capacity_transactions, history.interval_seconds) == (20, 10)
    whole = list(read_blocks(run_directory / "blocks.jsonl.gz"))
    assert len(history.records) == len(whole)
    traffic, everything = (
        sum(len(each.transactions) for each in blocks) for blocks in ([r.block for r in history.records], whole)
    )
    summary = json.loads((run_directory / "summary.json").read_text())
    assert traffic == summary["sent"] < everything  # miners and committee send too
    assert history.records[-1].backlog_transactions == summary["pending"]
    assert history.records[-1].lane > 0


def test_the_policy_is_asked_at_every_block_and_text_alone_is_the_difference(bundle: Bundle) -> None:
    blocks = (*busy_window(TALKING).blocks, *busy_window(ANNOUNCING).blocks)
    blocks = tuple(replace(each, number=number) for number, each in enumerate(blocks))
    history = History(
        "x", tuple(RecordedBlock(each, 2, 0) for each in blocks), capacity_transactions=40, interval_seconds=10
    )
    done: list[int] = []
    with processes(1) as alone:
        seen = shadow(DEFAULT_BUNDLE, None, history, done.append, alone)
    assert done == list(range(1, len(blocks) + 1))
    last = list(history.windows(bundle.config.window_blocks))[-1]
    assert seen.rows[-1].phi_policy == PolicyController(bundle).decide(last).phi[0]
    assert all(row.text_added >= 0 for row in seen.rows)
    talked, announced = seen.rows[len(blocks) // 2 - 1], seen.rows[-1]
    assert announced.text_added > talked.text_added
    assert any("sale" in text or "mint" in text for text in announced.texts)
    page = report_page(seen)
    assert "0x" + bundle.model_hash.hex() in page
    assert "data:image/png;base64," in page
    assert "http" not in re.sub(r"base64,[\w+/=]+", "", page)  # where the letters come by chance


def _row(block: int, text_added: float, texts: tuple[str, ...] = (), window_blocks: int = 1) -> ShadowRow:
    return ShadowRow(block, block, window_blocks, 1, 0.0, 0.0, text_added, 0.0, text_added, 1.0, texts)


def _shadow(rows: list[ShadowRow]) -> Shadow:
    return Shadow("x", b"\xab", 20, 10, tuple(rows), 1, 0.0, 0.0, 0.0, 0.0, None)


def test_words_shown_at_a_block_are_those_of_all_blocks_that_its_phi_comes_from(bundle: Bundle) -> None:
    """Two texts in the first of three blocks, one of them again in the second, none in the last."""
    said = [[b"sale of shares opens", b"thanks for lunch"], [b"thanks for lunch", b""], [b""]]
    blocks = [
        block(n, [transaction(10 * n + i, sender=i, calldata=memo) for i, memo in enumerate(memos)])
        for n, memos in enumerate(said, 1)
    ]
    history = History(
        "x", tuple(RecordedBlock(each, None, 0) for each in blocks), capacity_transactions=8, interval_seconds=10
    )
    with processes(1) as alone:
        rows = shadow(DEFAULT_BUNDLE, None, history, lambda _: None, alone).rows
    assert [row.window_blocks for row in rows] == [1, 2, 3]
    sale, thanks = "sale of shares opens", "thanks for lunch"
    assert [set(row.texts) for row in rows] == [{sale, thanks}] * 3
    assert rows[1].texts == rows[2].texts == (thanks, sale)  # heavier, since it stands in two blocks
    assert "the heaviest words of the blocks read" in report_page(_shadow(list(rows)))


def test_table_and_picture_of_the_page_count_blocks_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[list[int]] = []
    original = Axes.plot

    def plot(axes: Axes, at: Sequence[int], *rest: Any, **style: Any) -> Any:
        drawn.append(list(at))
        return original(axes, at, *rest, **style)

    monkeypatch.setattr(Axes, "plot", plot)
    page = report_page(_shadow([_row(700, 0.01), _row(900, 0.2, ("note: get ready",), 7), _row(901, 0.1)]))
    cells = [re.findall("<td[^>]*>(.*?)</td>", line) for line in page.splitlines() if line.startswith("<tr><td>")]
    table = [row for row in cells if len(row) == 6]
    assert [row[:3] for row in table] == [["2", "900", "7"], ["3", "901", "1"], ["1", "700", "1"]]
    assert table[0][5] == "note: get ready"
    assert drawn
    assert all(at == [1, 2, 3] for at in drawn)


def test_foretelling_is_a_rank_correlation_with_the_load_to_come() -> None:
    came = np.random.default_rng(1).integers(0, 50, 400)
    future = [
        int(came[at + 1 : at + 1 + AHEAD_BLOCKS].sum() - came[at + 1 - AHEAD_BLOCKS : at + 1].sum())
        for at in range(400)
    ]

    def rows(sign: int) -> list[ShadowRow]:
        return [
            ShadowRow(at, at, 32, int(came[at]), 0.0, 0.0, 0.0, 0.0, float(np.tanh(sign * future[at] / 400)), 1.0, ())
            for at in range(400)
        ]

    assert _foretold(rows(1)) == pytest.approx(1.0)
    assert _foretold(rows(-1)) == pytest.approx(-1.0)
    assert _foretold(rows(0)) is None
    assert _foretold(rows(1)[: 2 * AHEAD_BLOCKS - 1]) is None
    assert _foretold([replace(row, block=2 * row.block) for row in rows(1)]) is None


def test_the_command_writes_a_page_and_data_of_recorded_blocks(
    recorded_blocks_path: Path, tmp_path: Path, command: Command
) -> None:
    page, data = tmp_path / "page.html", tmp_path / "rows.json"
    few = tmp_path / "few.jsonl"
    few.write_text("".join(_lines(recorded_blocks_path, 2)))
    command("backtest", "--blocks", str(few), "--interval-seconds", "12", "--out", str(page), "--json", str(data))
    rows = json.loads(data.read_text())["rows"]
    assert [row["block"] for row in rows] == [each.number for each in read_blocks(few)]
    assert all(abs(row["phi_policy"]) <= 0.5 for row in rows)
    assert str(rows[0]["block"]) in page.read_text()


def test_a_record_that_cannot_be_used_is_refused(refusal: Refusal, tmp_path: Path) -> None:
    assert "either --blocks FILE or --run DIR" in refusal("backtest")
    assert "is no directory of a run" in refusal("backtest", "--run", str(tmp_path))
    (tmp_path / "none.jsonl").write_text("")
    assert "holds no transaction" in refusal("backtest", "--blocks", str(tmp_path / "none.jsonl"))
    assert "go with --blocks" in refusal("backtest", "--run", str(tmp_path), "--capacity", "3")


@pytest.mark.parametrize(
    "arguments",
    [
        ("backtest", "--interval-seconds", "10"),
        ("local", "--epochs", "1"),
        ("train", "pretrain", "--run", "run"),
        ("train", "probe", "--run", "run"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_every_command_that_reads_recorded_blocks_names_what_is_wrong_and_writes_nothing(
    refusal: Refusal, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    raw = {"number": "0x1", "hash": "0x" + "ab" * 32, "parentHash": "0x" + "cd" * 32, "timestamp": "0x1"}
    rest = {"gasUsed": "0x0", "gasLimit": "0x5208", "transactions": []}
    line = json.dumps(raw | rest) + "\n"
    for name, content, said in [
        ("cut.gz", gzip.compress(line.encode() * 9, mtime=0)[:-9], "the gzip file is cut off"),
        ("decimal", (line + json.dumps(raw | rest | {"gasUsed": "21000"})).encode(), "line 2: .*a decimal string"),
        ("twice", (line + line).encode(), "line 2: block 1 is there twice"),
        ("wide", line.encode("utf-16"), "is UTF-16 text"),
        ("none", b"\n", "holds no|no block is there"),
    ]:
        (tmp_path / name).write_bytes(content)
        assert re.search(f"{name}.*({said})", refusal(*arguments, "--blocks", name))
    assert {path.name for path in tmp_path.iterdir()} <= {"cut.gz", "decimal", "twice", "wide", "none"}


def test_an_interval_is_taken_from_blocks_in_a_row_or_asked_for(recorded_blocks_path: Path, tmp_path: Path) -> None:
    one = tmp_path / "one.jsonl"
    one.write_text("".join(_lines(recorded_blocks_path, 1)))
    with pytest.raises(SettingsError, match="no two blocks in a row; say --interval-seconds"):
        history_of_blocks(one, None, None)
    assert history_of_blocks(one, 500, 12).capacity_transactions == 500


def _lines(path: Path, count: int) -> list[str]:
    import itertools

    with gzip.open(path, "rt") as lines:
        return list(itertools.islice((line for line in lines if len(line) < 400_000), count))
