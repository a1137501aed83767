"""What the owner's changes cost at the timelock, to the unit; UPDATE_GAS=1 writes the table anew."""

import os
from pathlib import Path

import pytest

from oracle.markdown import section_of, with_section
from tests.contracts.stage import GUARDIAN, OPERATORS, STRANGER, THRESHOLD, WAD, Stage
from tests.contracts.test_owner_timelock import DELAY, Batch, next_contract
from tests.web3_contract import web3_contract

PAGE = Path(__file__).parents[2] / "docs" / "contracts.md"
SECTION = "timelock gas"


def _gas(stage: Stage) -> dict[str, int]:
    functions = stage.oracle.functions
    offer = stage.send(functions.transferOwnership(next_contract(stage, after=1)))
    arguments = (DELAY, stage.owner.address, GUARDIAN.address, stage.oracle.address)
    made = stage.send(stage.constructor("OwnerTimelock", *arguments))
    gas = {"offer ownership": offer["gasUsed"], "deploy OwnerTimelock (accepts it)": made["gasUsed"]}
    timelock = web3_contract(stage.chain, "OwnerTimelock", str(made["contractAddress"]))
    addresses = [*(operator.address for operator in OPERATORS[:4]), STRANGER.address]
    changes = {
        "operators (5)": functions.setOperators(addresses, THRESHOLD),
        "model hash": functions.setModelHash(b"\x07" * 32),
        "bounds": functions.setThetaBounds(0, WAD),
    }
    for name, call in changes.items():
        batch = Batch(timelock, [call])
        gas[f"schedule {name}"] = stage.send(batch.schedule())["gasUsed"]
        gas[f"execute {name}"] = stage.send(batch.execution, at=stage.now + DELAY)["gasUsed"]
    batch = Batch(timelock, [functions.setThetaBounds(1, WAD)])
    stage.send(batch.schedule())
    gas["cancel"] = stage.send(timelock.functions.cancel(batch.id), sender=GUARDIAN)["gasUsed"]
    return gas


def _table(gas: dict[str, int]) -> str:
    rows = "".join(f"| {call} | {used:,} |\n".replace(",", " ") for call, used in gas.items())
    return "| call | gas |\n| --- | --- |\n" + rows


def test_gas_of_the_timelock_is_what_the_page_says(stage: Stage) -> None:
    table = _table(_gas(stage))
    if os.environ.get("UPDATE_GAS"):
        PAGE.write_text(with_section(PAGE.read_text(), SECTION, table))
    elif section_of(PAGE.read_text(), SECTION).strip() != table.strip():
        pytest.fail(f"gas has changed; UPDATE_GAS=1 writes this table:\n{table}")
