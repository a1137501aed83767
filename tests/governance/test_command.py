"""The command lines of `catalyst govern`, as typed, upon a deployment that `catalyst deploy` handed over."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_account import Account

from oracle.chain.anvil import AnvilChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.formulas.lanes import WAD
from oracle.workload.calls import workload_accounts
from oracle.workload.funding import fund
from tests.cli.started import Ended, end_here

DELAY = 7_200
A, B, C, D, GUARDIAN, STRANGER = workload_accounts(b"govern commands", 6)
NEW_HASH = "0x" + "77" * 32


@dataclass
class Terminal:
    """A folder with keys and a record, and a node that makes blocks by the clock."""

    anvil: AnvilChain
    folder: Path

    def run(self, *lines: str) -> list[Ended]:
        return end_here([line.replace("URL", self.anvil.url).split() for line in lines], self.folder)

    def wait(self, seconds: int) -> None:
        self.anvil.chain.request("evm_increaseTime", [seconds])
        self.anvil.chain.request("evm_mine", [])


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("terminal")
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, block_seconds=0.2)
    owner = Account.from_key(anvil.faucet_key)
    fund(anvil.chain, owner, [GUARDIAN, STRANGER], WAD, None)
    for name, account in (("owner", owner), ("guardian", GUARDIAN), ("stranger", STRANGER)):
        (folder / name).write_text(account.key.hex())
        (folder / name).chmod(0o600)
    made = Terminal(anvil, folder)
    operators = " ".join(f"--operator {account.address}" for account in (A, B, C))
    (deployed,) = made.run(
        f"deploy --rpc URL --key-file owner --nodes 3 --phi feedback --unsteered {operators} "
        f"--guardian {GUARDIAN.address} --timelock-seconds {DELAY}"
    )
    assert deployed.code == 0, deployed.err
    assert "OwnerTimelock" in deployed.out
    assert re.search(r"^verified .*; owner 0x", deployed.out, re.MULTILINE)
    yield made
    anvil.close()


def test_operators_are_rotated_after_a_veto(terminal: Terminal) -> None:
    rotation = f"--add {D.address} --remove {B.address}"
    scheduled, again, refused, cancelled = terminal.run(
        f"govern schedule operators --rpc URL --key-file owner {rotation}",
        f"govern schedule operators --rpc URL --key-file owner {rotation}",
        f"govern schedule operators --rpc URL --key-file stranger {rotation}",
        f"govern schedule operators --rpc URL --key-file guardian --remove {A.address} --threshold 2",
    )
    assert scheduled.code == 0, scheduled.err
    identity = scheduled.out.split()[0]
    assert f"PhiOracle.setOperators(operatorList [{A.address}, {D.address}" in scheduled.out
    assert again.out == f"{identity} is scheduled already\n"
    assert refused.out == again.out  # nothing is sent, so it takes no key that may
    assert (cancelled.code, "is open and changes the same" in cancelled.err) == (2, True)

    early, vetoed, listed = terminal.run(
        f"govern execute {identity[:10]} --rpc URL --key-file owner",
        f"govern cancel {identity[:10]} --rpc URL --key-file guardian",
        "govern list --all --json --rpc URL",
    )
    assert (early.code, early.err.startswith(f"catalyst: {identity}: waiting")) == (1, True)
    assert vetoed.code == 0, vetoed.err
    (operation,) = json.loads(listed.out)["operations"]
    assert (operation["id"], operation["state"]) == (identity, "cancelled")

    terminal.run(f"govern schedule operators --rpc URL --key-file owner {rotation}")
    terminal.wait(DELAY)
    shown, executed, twice, verified = terminal.run(
        f"govern show {identity} --rpc URL",
        f"govern execute {identity} --rpc URL --key-file owner",
        f"govern execute {identity} --rpc URL --key-file owner",
        "verify-deployment --rpc URL",
    )
    assert "ready: can be executed since" in shown.out
    assert (executed.code, "is executed, in block" in executed.out) == (0, True), executed.err
    assert (twice.code, "executed in block" in twice.out) == (0, True)
    assert f"{A.address}, {D.address}, {C.address} (changed since)" in verified.out


def test_the_guardian_pauses_at_once_and_the_owner_resumes_after_the_delay(terminal: Terminal) -> None:
    by_owner, paused, resumed = terminal.run(
        "govern pause --rpc URL --key-file owner",
        "govern pause --rpc URL --key-file guardian",
        "govern schedule unpause --rpc URL --key-file owner",
    )
    assert (by_owner.code, "may not pause reports" in by_owner.err) == (1, True)
    assert (paused.code, resumed.code) == (0, 0), paused.err + resumed.err
    terminal.wait(DELAY)
    (executed,) = terminal.run(f"govern execute {resumed.out.split()[0]} --rpc URL --key-file owner")
    assert executed.code == 0, executed.err


def test_each_other_change_has_a_command(terminal: Terminal) -> None:
    ended = terminal.run(
        "govern schedule bounds --rpc URL --key-file owner --least 0.2 --most 0.9",
        "govern schedule limits --rpc URL --key-file owner --max-step-lane 1638",
        f"govern schedule model --rpc URL --key-file owner --hash {NEW_HASH}",
        f"govern schedule guardian {D.address} --rpc URL --key-file owner",
        "govern schedule delay 9000 --rpc URL --key-file owner",
        f'govern schedule call register ["{D.address}"] ["500000000000000000"] --rpc URL --key-file owner',
    )
    assert [each.code for each in ended] == [0] * len(ended), [each.err for each in ended]
    for each, says in zip(
        ended,
        (
            "PhiOracle.setThetaBounds(minWad 200000000000000000, maxWad 900000000000000000)",
            "PhiOracle.setLimits(newLimits [16384, 1638, 11000, 2, 600, 100])",
            f"PhiOracle.setModelHash(model {NEW_HASH})",
            "OwnerTimelock.grantRole(role 0x",
            "OwnerTimelock.updateDelay(newDelay 9000)",
            f"PhiOracle.register(miners [{D.address}], theta0Wad [500000000000000000])",
        ),
        strict=True,
    ):
        assert says in each.out
    (listed,) = terminal.run("govern list --rpc URL")
    assert listed.out.count("waiting: can be executed from") == len(ended)


def test_refuses_what_cannot_be_used(terminal: Terminal) -> None:
    refusals = {
        "govern schedule bounds --least 0.2 --most 1.1": "--most '1.1' is no number from 0 to 1",
        "govern schedule bounds --least x --most 1": "--least 'x' is no number from 0 to 1",
        "govern schedule model": "give one of --phi, --bundle and --hash",
        "govern schedule model --phi feedback --hash 0x12": "give one of --phi, --bundle and --hash",
        "govern schedule model --hash 0x12": "--hash '0x12' is no model hash",
        "govern schedule operators": "nothing is to change; give --add, --remove or --threshold",
        "govern schedule operators --add 0x12": "'0x12' is no address",
        "govern schedule limits": "nothing is to change; give one of the limits",
        "govern cancel 0x12": "'0x12' is too short for the id of an operation",
    }
    ended = terminal.run(*(f"{line} --rpc URL --key-file owner" for line in refusals))
    for each, (line, says) in zip(ended, refusals.items(), strict=True):
        assert (each.code, each.out) == (2, ""), line
        assert says in each.err, line
