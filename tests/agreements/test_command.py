"""`catalyst plan` from a reading to a withdrawal, by its command line alone, on Anvil that mines by the clock."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account

from oracle.agreements.erc20 import Erc20
from oracle.agreements.sending import Sender
from oracle.chain.anvil import AnvilChain
from oracle.chain.calls import ContractCalls
from oracle.plans.reading.record import Record
from tests.agreements.stage import BUYER_KEY, CARRIER_KEY, SELLER_KEY
from tests.conftest import Command
from tests.plans.test_planned import SALE

KEYS = {"Ann": BUYER_KEY, "Bob": SELLER_KEY, "Cy": CARRIER_KEY}


@pytest.fixture
def anvil(tmp_path: Path) -> Iterator[AnvilChain]:
    """A chain at the present time; each party's key lies in a file, and can pay for gas."""
    chain = AnvilChain(genesis_timestamp_seconds=int(time.time()), block_seconds=0.2)
    for name, key in [*KEYS.items(), ("faucet", Account.from_key(chain.faucet_key))]:
        path = tmp_path / f"{name}.key"
        path.write_text(key.key.hex())
        path.chmod(0o600)
        chain.chain._w3.provider.make_request("anvil_setBalance", [key.address, hex(10**20)])  # type: ignore[arg-type]
    yield chain
    chain.close()


def test_a_sale_goes_from_its_reading_to_a_withdrawal(anvil: AnvilChain, command: Command, tmp_path: Path) -> None:
    def by(name: str) -> tuple[str, ...]:
        return ("--rpc", anvil.url, "--key-file", f"{name}.key")

    deployed = command("plan", "deploy", *by("faucet"), "--with-money")
    token = re.findall(r"^money +(0x\w{40})$", deployed, re.MULTILINE)[0]
    minter = Sender(anvil.chain, Account.from_key(anvil.faucet_key))
    minter.call(ContractCalls(anvil.chain, "SampleMoney", token), {}, "mint", BUYER_KEY.address, 10**6)

    (tmp_path / "sale.json").write_text(json.dumps(Record(SALE, bytes(32), bytes(32)).as_json()))
    accounts = [part for name, key in KEYS.items() for part in ("--account", f"{name}={key.address}")]
    made = command("plan", "make", "sale.json", "--token", token, "--decimals", "2", *accounts, "--out", "plan.json")
    assert "0 faults" in made
    assert "0 faults" in command("plan", "check", "plan.json", "--accept", "refusal-takes")
    assert "Cy acts within 5 days" in command("plan", "show", "plan.json")

    for name in KEYS:
        permit = ["--permit"] if name == "Ann" else []
        command("plan", "sign", "plan.json", *by(name), *permit, "--out", f"{name}.json")
    proposed = command("plan", "propose", "plan.json", *by("faucet"), "--signature", "Ann.json")
    assert "Proposed\n  Joined" in proposed
    others = ("--signature", "Bob.json", "--signature", "Cy.json")
    assert "Activated" in command("plan", "join", "plan.json", *by("faucet"), *others)

    (tmp_path / "note.pdf").write_bytes(b"delivered")
    command("plan", "perform", "plan.json", *by("Cy"), "--step", "1", "--evidence", "note.pdf")
    command("plan", "perform", "plan.json", *by("Ann"), "--step", "2")
    assert "Ended" in command("plan", "perform", "plan.json", *by("Bob"), "--step", "3")
    assert "Withdrawn" in command("plan", "withdraw", "plan.json", *by("Bob"))
    assert Erc20(anvil.chain, token).balance(SELLER_KEY.address) == 120_000
    watched = command("plan", "watch", "plan.json", "--rpc", anvil.url)
    assert "Bob was credited 1200 SMPL\nthe plan has ended: done" in watched
