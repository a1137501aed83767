"""What docs/reliability.md says of latency and of the soak."""

from pathlib import Path

from oracle.lab.committee.page import latency_words, soak_table
from oracle.markdown import section_of

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reliability.md").read_text()
LATENCY = {
    "cores": 2,
    "operators": 4,
    "block_transactions": 200,
    "block_seconds": 5.0,
    "epoch_blocks": 4,
    "reports": 40,
    "submitted_seconds": {"p50": 0.8, "p95": 1.234, "most": 2.0},
    "mined_blocks_most": 1,
}


def _soak(samples: int) -> dict[str, object]:
    rows = [
        {"epoch": 100 * number, "block": 400 * number, "memory_mib": [104.2] * 4, "open_files": [21, 22, 23, 24]}
        for number in range(1, samples + 1)
    ]
    return {"operators": 4, "epoch_blocks": 4, "epochs": 100 * samples, "rows": rows}


def test_the_words_hold_every_figure_of_the_latency() -> None:
    words = " ".join(latency_words(LATENCY).split())
    for part in ("40 reports of 4 operators on 2 cores", "200 transactions every 5 s", "0.80 s", "1.23 s", "2.00 s"):
        assert part in words
    assert words.endswith("the block of the transaction 1 at most.")


def test_the_table_shows_ten_even_steps_and_the_last() -> None:
    lines = soak_table(_soak(20)).splitlines()
    assert len(lines) == 2 + 10
    assert lines[2].startswith("| 200 | 800 |")
    assert lines[-1] == "| 2,000 | 8,000 | 104, 104, 104, 104 | 21, 22, 23, 24 |"


def test_a_short_run_shows_each_step() -> None:
    assert len(soak_table(_soak(3)).splitlines()) == 2 + 3


def test_the_page_has_both() -> None:
    assert "95th percentile" in section_of(PAGE, "latency")
    assert section_of(PAGE, "soak").count("\n") >= 5
