"""`catalyst plan amend`, and a dispute, by the command line alone, on both chains, whose blocks come by the clock."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.embedded import EmbeddedChain
from oracle.chain.owned import OwnedBlocks
from oracle.plans.document import document_of, write_plan
from oracle.plans.plan import DAY_SECONDS
from tests.agreements.stage import BUYER_KEY, CARRIER_KEY, JUDGE_KEY, NAMES, SELLER_KEY, Stage
from tests.conftest import Command, Refusal
from tests.contracts.plan_stage import FEE, PRICE

KEYS = dict(zip((*NAMES, "judge"), (SELLER_KEY, CARRIER_KEY, BUYER_KEY, JUDGE_KEY), strict=True))
EVERYONE = [word for name in KEYS for word in ("--signature", f"{name}.json")]


@pytest.fixture(params=["eth-tester", "anvil"])
def stage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The contracts, their record, and key files of the parties. The embedded chain has no URL: it stands for any."""
    now = int(time.time())
    anvil = request.param == "anvil"
    owned = AnvilChain(genesis_timestamp_seconds=now) if anvil else EmbeddedChain(genesis_timestamp_seconds=now)
    (tmp_path / "deployments").mkdir()
    made = Stage(OwnedBlocks(owned), tmp_path / "deployments" / f"{owned.chain.chain_id}.agreements.json")
    for name, key in KEYS.items():
        (tmp_path / f"{name}.key").write_text(key.key.hex())
        (tmp_path / f"{name}.key").chmod(0o600)
    monkeypatch.setattr("oracle.chain.connection.connect", lambda _: owned.chain)
    with Mining(made.later):
        yield made
    owned.close()


class Mining:
    """Blocks by the clock, as on a chain that is not the test's own."""

    def __init__(self, block: Callable[[int], None]) -> None:
        self._block, self._ending = block, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(0.05):
            self._block(1)


def by(name: str) -> tuple[str, ...]:
    return ("--rpc", "http://node", "--key-file", f"{name}.key")


def begun(stage: Stage, command: Command, folder: Path) -> None:
    """A sale with an arbiter in `plan.json`, which all have signed and joined."""
    plan = stage.sale(arbiter=True)
    write_plan(folder / "plan.json", document_of(plan, tuple(KEYS)))
    for name in KEYS:
        permit = ["--permit"] if name == "buyer" else []
        command("plan", "sign", "plan.json", *by(name), *permit, "--out", f"{name}.json")
    told = command("plan", "propose", "plan.json", *by("judge"), *EVERYONE, "--json")
    assert json.loads(told)["events"][-1]["kind"] == "Activated"


def test_a_sale_is_amended_by_all_while_the_goods_are_on_their_way(
    stage: Stage, command: Command, refusal: Refusal, different: Command, tmp_path: Path
) -> None:
    begun(stage, command, tmp_path)
    document = json.loads((tmp_path / "plan.json").read_text())
    document["steps"][0]["due"]["seconds"] = 9 * DAY_SECONDS
    (tmp_path / "later.json").write_text(json.dumps(document))
    pair = ("plan.json", "later.json")
    shown = command("plan", "amend", "show", *pair, "--rpc", "http://node", "--accept", "refusal-takes")
    assert "the plan is active\n- Step 1 (receive): carrier acts within 5 days" in shown
    assert "+ Step 1 (receive): carrier acts within 9 days" in shown

    for name in KEYS:
        command("plan", "amend", "sign", *pair, *by(name), "--out", f"{name}.json")
    few = refusal("plan", "amend", "submit", *pair, *by("seller"), "--signature", "buyer.json")
    assert "did not sign the amendment; send it the signatures of all parties" in few
    told = json.loads(command("plan", "amend", "submit", *pair, *by("seller"), *EVERYONE, "--json"))
    assert [each["kind"] for each in told["events"]][:2] == ["Replaced", "Ended"]
    assert told["plan"] == told["events"][0]["values"]["replacement"]

    over = refusal("plan", "amend", "sign", *pair, *by("buyer"), "--out", "late.json")
    assert "the plan in plan.json is amended on the chain" in over
    assert not (tmp_path / "late.json").exists()
    gone = command("plan", "watch", "plan.json", "--rpc", "http://node", "--json")
    assert json.loads(gone.splitlines()[-1])["words"].startswith("the plan was replaced")
    (tmp_path / "note.pdf").write_bytes(b"delivered")
    performed = command(
        "plan", "perform", "later.json", *by("carrier"), "--step", "1", "--evidence", "note.pdf", "--json"
    )
    assert json.loads(performed)["events"][0]["values"]["lateDays"] == 0
    broken = {**document, "join_by_seconds": 1}
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    fault = different("plan", "amend", "show", "later.json", "broken.json", "--rpc", "http://node", "--json")
    assert [each["code"] for each in json.loads(fault)["findings"]] == ["invalid"]


def test_an_amendment_signed_for_another_step_is_refused(
    stage: Stage, command: Command, refusal: Refusal, tmp_path: Path
) -> None:
    begun(stage, command, tmp_path)
    document = json.loads((tmp_path / "plan.json").read_text()) | {"salt": "0x63"}
    (tmp_path / "other.json").write_text(json.dumps(document))
    pair = ("plan.json", "other.json")
    for name in KEYS:
        command("plan", "amend", "sign", *pair, *by(name), "--out", f"{name}.json")
    (tmp_path / "note.pdf").write_bytes(b"delivered")
    command("plan", "perform", "plan.json", *by("carrier"), "--step", "1", "--evidence", "note.pdf")
    stale = refusal("plan", "amend", "submit", *pair, *by("seller"), *EVERYONE)
    assert "is not by its key over this very Amendment" in stale
    (tmp_path / "others.json").write_text(json.dumps({**document, "parties": document["parties"][::-1]}))
    kept = refusal("plan", "amend", "sign", "plan.json", "others.json", *by("buyer"), "--out", "x.json")
    assert "an amendment keeps both: propose a new plan" in kept
    same = refusal("plan", "amend", "sign", "plan.json", "plan.json", *by("buyer"), "--out", "x.json")
    assert "change what the amendment is to change" in same


def test_a_dispute_is_divided_by_the_arbiter(stage: Stage, command: Command, refusal: Refusal, tmp_path: Path) -> None:
    begun(stage, command, tmp_path)
    (tmp_path / "note.pdf").write_bytes(b"delivered")
    command("plan", "perform", "plan.json", *by("carrier"), "--step", "1", "--evidence", "note.pdf")
    command("plan", "refuse", "plan.json", *by("buyer"), "--step", "2")
    assert "a share is name=units, of one of seller" in refusal("plan", "divide", "plan.json", "Zed=1", *by("judge"))
    shares = (f"carrier={FEE}", f"buyer={PRICE}")
    told = json.loads(command("plan", "divide", "plan.json", *shares, *by("judge"), "--json"))
    assert told["events"][0]["values"]["shares"] == [0, FEE, PRICE, 0]
    before = stage.token.balance(CARRIER_KEY.address)
    command("plan", "withdraw", "plan.json", *by("carrier"))
    assert stage.token.balance(CARRIER_KEY.address) - before == FEE
