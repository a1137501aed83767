"""A tenth of the faults of nodes of `make faults`: docs/reliability.md has the whole."""

from pathlib import Path

from tests.faults.runs import run_tenth


def test_no_fault_of_nodes_loses_an_epoch(tmp_path: Path) -> None:
    assert run_tenth("RPC faults", tmp_path).counts.rpc_faults >= 1000
