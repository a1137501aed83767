"""The gas benchmark, and the figures that reports must not exceed."""

import json
from pathlib import Path

import pytest

from oracle.lab.bench import gas
from oracle.lab.bench.gas import SPARSE_WORDS, measure_reports, measure_sparse, measure_unequal
from oracle.lab.bench.gas_page import page
from oracle.lab.bench.gas_paged import measure_paged
from oracle.lab.bench.gas_stage import TRANSACTION_GAS, floor_gas
from tests.conftest import Command, Figure


def test_the_floor_counts_bytes_words_and_signatures() -> None:
    assert floor_gas(b"", words_written=0, signatures=0) == 21_000 + 5_000
    assert floor_gas(bytes(3) + b"ab", words_written=7, signatures=3) == 21_000 + 12 + 32 + 8 * 5_000 + 3 * 3_700


def test_reports_stay_near_the_floor(figure: Figure) -> None:
    """100 nodes, 3 signatures: at most 1.25 times the floor on either chain. 10 000 nodes: at most 450 gas a node."""
    rows = measure_reports(figure, chains=["anvil", "eth-tester"], nodes=[100], signatures=[3])
    assert [row.chain for row in rows] == ["anvil", "eth-tester"]
    for row in rows:
        assert row.ratio <= 1.25
        assert abs(row.cold_gas - row.warm_gas) < 200  # a first report finds no fresh slot
    [large] = measure_reports(figure, chains=["anvil"], nodes=[10_000], signatures=[3])
    assert large.warm_gas <= 450 * 10_000
    assert large.warm_gas < 1 << 24


@pytest.mark.parametrize("unequal", [1, 1000])
def test_reports_of_unequal_networks_stay_near_those_of_equal_ones(figure: Figure, unequal: int) -> None:
    """1 000 nodes of which one, or each, starts elsewhere: at most 700 gas a node where equal ones cost 470."""
    [row] = measure_unequal(figure, nodes=[1_000], unequal=[unequal])
    assert (row.n, row.unequal) == (1_000, unequal)
    assert 550 * row.n < row.warm_gas < 700 * row.n
    assert abs(row.cold_gas - row.warm_gas) < 2_000


def test_sparse_reports_are_cheaper_where_few_words_change() -> None:
    gains = {row.changed_words: row.full_gas - row.sparse_gas for row in measure_sparse(lambda _: None, SPARSE_WORDS)}
    assert list(gains.values()) == sorted(gains.values(), reverse=True)
    assert gains[24] < 0 < gains[16]


def test_a_report_in_pages_costs_a_transaction_each(figure: Figure) -> None:
    [row] = measure_paged(figure, [(8_200, 1)])
    assert (row.n, row.unequal, row.pages) == (8_200, 1, 2)
    assert row.warm_gas < row.cold_gas
    assert row.largest_gas < TRANSACTION_GAS
    assert 700 * row.n < row.warm_gas < 900 * row.n


def test_the_command_writes_rows_and_the_page_shows_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    for name, value in (
        ("NODES", (16,)),
        ("SIGNATURES", (1,)),
        ("SPARSE_WORDS", (1,)),
        ("UNEQUAL_NODES", (16,)),
        ("PAGED", ((17, 1),)),
        ("ENGINE_NODES", 23),
    ):
        monkeypatch.setattr(gas, name, value)
    command("bench", "gas", "--json", str(tmp_path / "gas.json"))
    written = json.loads((tmp_path / "gas.json").read_text())
    assert [row["unequal"] for row in written["rows"]] == [0, 0, 1, 10, 16]
    assert {"n", "k", "chain", "cold_gas", "warm_gas", "floor_gas", "ratio"} <= written["rows"][0].keys()
    assert len(written["sparse"]) == len(written["paged"]) == 1
    calls = {(row["engine"], row["call"]): row["gas"] for row in written["engines"]}
    assert {engine for engine, _ in calls} == {"pow", "pos", "dpos"}
    assert all(calls[engine, "deploy"] > calls[engine, "a block"] > 100_000 for engine in ("pow", "pos", "dpos"))
    assert calls["dpos", "elect 21 of 23"] > 21 * 10_000
    shown = page(written)
    assert f"| dpos | DelegateLedger | stand | {calls['dpos', 'stand']:,} |".replace(",", " ") in shown
    for row in (row for row in written["rows"] if row["chain"] == "anvil"):
        assert f"| 16 | {row['unequal']} | " in shown
        assert f" {row['warm_gas']:,} | ".replace(",", " ") in shown
    assert f" | {written['paged'][0]['largest_gas']:,} |".replace(",", " ") in shown
