"""`catalyst store` by its command line: nodes, holders and a coordinator as processes, and Anvil between them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from oracle.chain.anvil import AnvilChain
from oracle.keeping.registry import RegistryClient
from tests.conftest import Command, Refusal

NOTICE = b"# Release notes\n\nVersion 4.2 is out. Everybody who builds on the interface should read the changes.\n" * 40
LETTER = b"Dear board, the offer of the supplier was put off until the next meeting. Not for circulation.\n" * 60
KEYS = {
    name: Account.from_key((7_000 + at).to_bytes(32, "big")) for at, name in enumerate(("owner", "steward", *"abcd"))
}
REGIONS = dict(zip("abcd", ("eu-west", "eu-north", "eu-west", "us-east"), strict=True))
_PATIENCE_SECONDS = 240.0


class Network:
    """What runs, and what each line needs to reach it."""

    def __init__(self, folder: Path, anvil: AnvilChain, ending: ExitStack) -> None:
        self.folder, self.anvil, self._ending = folder, anvil, ending
        self.running: dict[str, subprocess.Popen[str]] = {}
        self.registry = ""

    def start(self, name: str, *arguments: str) -> None:
        """A command that goes on, in a process of its own."""
        with (self.folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "oracle", "store", *arguments],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            )
        self._ending.callback(self._end, process)
        self.running[name] = process

    def first_line(self, name: str) -> str:
        """What a process says once it runs."""
        out = self.running[name].stdout
        assert out is not None
        line = out.readline()
        assert line, (self.folder / f"{name}.log").read_text()
        return line

    def by(self, name: str) -> tuple[str, ...]:
        return (*self.at(), "--key-file", f"{name}.key")

    def at(self) -> tuple[str, ...]:
        return ("--rpc", self.anvil.url, "--registry", self.registry)

    def node(self, name: str) -> tuple[str, ...]:
        return ("--node-url", self.urls[name], "--token-file", f"{name}/token")

    def start_nodes(self) -> None:
        """All at once, and the address book of them."""
        names = [name for name in KEYS if name != "steward"]
        for name in names:
            self.start(f"node {name}", "node", "--directory", name, "--capacity-bytes", "1000000", "--json")
        self.urls = {name: json.loads(self.first_line(f"node {name}"))["url"] for name in names}
        book: list[dict[str, Any]] = [{"account": KEYS["owner"].address, "url": self.urls["owner"]}]
        for name, region in REGIONS.items():
            latency_ms = {"eu-west": 10 if region == "eu-west" else 40}
            # As somebody would write it: an account in small letters.
            book.append({"account": KEYS[name].address.lower(), "url": self.urls[name], "latency_ms": latency_ms})
        (self.folder / "peers.json").write_text(json.dumps(book))

    def start_holders(self) -> None:
        for number, name in enumerate(REGIONS):
            self.start(
                f"hold {name}",
                *("hold", *self.by(name), *self.node(name), "--peers", "peers.json", "--trees", f"{name}/trees"),
                *("--region", REGIONS[name], "--capacity-bytes", "1000000", "--price", str(60_000 + 1_000 * number)),
                *("--bond", "1000000", "--every", "0.5"),
            )
        for name, region in REGIONS.items():
            assert f"{KEYS[name].address} holds in {region}" in self.first_line(f"hold {name}")

    def kill(self, name: str) -> None:
        """A holder and its node, as a machine that fails."""
        for what in ("hold", "node"):
            self.running[f"{what} {name}"].kill()
            self.running[f"{what} {name}"].wait()

    @staticmethod
    def _end(process: "subprocess.Popen[str]") -> None:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    with ExitStack() as ending, _anvil() as anvil:
        for name, key in KEYS.items():
            (tmp_path / f"{name}.key").write_text(key.key.hex())
            (tmp_path / f"{name}.key").chmod(0o600)
            anvil.chain.request("anvil_setBalance", [key.address, hex(10**20)])
        yield Network(tmp_path, anvil, ending)


@contextmanager
def _anvil() -> Iterator[AnvilChain]:
    chain = AnvilChain(genesis_timestamp_seconds=int(time.time()), block_seconds=0.2)
    yield chain
    chain.close()


def awaited(done: Callable[[], bool]) -> bool:
    """Whether something came about in time."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


@pytest.mark.long
def test_files_are_kept_proven_moved_from_a_lost_holder_and_read_again(
    network: Network, command: Command, refusal: Refusal, tmp_path: Path
) -> None:
    def data(*arguments: str) -> Any:
        return json.loads(command("store", *arguments, "--json"))

    accounts = [argument for key in KEYS.values() for argument in ("--money-for", key.address)]
    deployed = data("deploy", "--rpc", network.anvil.url, "--key-file", "owner.key", *accounts)
    network.registry = deployed["registry"]
    network.start_nodes()
    network.start_holders()
    client = RegistryClient(network.anvil.chain, network.registry)

    # Two files, one of which is sealed before it leaves the machine.
    (tmp_path / "notice.md").write_bytes(NOTICE)
    (tmp_path / "letter.txt").write_bytes(LETTER)
    adding = (*network.by("owner"), *network.node("owner"), "--sealing-key", "seal", "--max-rent", "100")
    adding = (*adding, "--steward", KEYS["steward"].address)
    assert "notice.md: " in command("store", "add", "notice.md", "--privacy", "public", *adding)
    assert "private; " in command("store", "add", "letter.txt", *adding)
    listed = {each["name"]: each for each in data("list", *network.at())}
    assert (listed["notice.md"]["privacy"], listed["letter.txt"]["privacy"]) == ("public", "private")
    assert listed["notice.md"]["size_bytes"] == len(NOTICE)
    assert listed["letter.txt"]["size_bytes"] > len(LETTER)
    files = [bytes.fromhex(each["file"][2:]) for each in listed.values()]

    # The coordinator finds holders for them, by a key of its own.
    keeping = ("--peers", "peers.json", "--least", "2", "--most", "3", "--unit", "1e-6", "--reader", "eu-west")
    network.start("coordinator", "rebalance", *network.by("steward"), *keeping, "--every", "0.5")

    def holders(file: bytes) -> set[str]:
        return {account for account, each in client.agreements(file).items() if each.holds}

    # Three, since two that fail as often as these do are not as durable as the rules want.
    assert awaited(lambda: all(len(holders(file)) == 3 for file in files))
    assert "notice.md: 3 of 3 agreements held" in command("store", "list", *network.at())
    rows = data("status", "notice.md", *network.at())["holders"]
    assert {row["holder"] for row in rows} == holders(bytes.fromhex(listed["notice.md"]["file"][2:]))
    assert all(row["status"] == "held" and not row["is_challenged"] for row in rows)

    # A holder proves that it has the file.
    proving, lost, _ = (row["holder"] for row in rows)
    said = command("store", "challenge", "notice.md", "--holder", proving, *network.by("owner"))
    assert "200 blocks to answer" in said
    file = bytes.fromhex(listed["notice.md"]["file"][2:])
    assert awaited(lambda: not client.agreement(file, proving).is_challenged)
    assert client.owed(proving) == client.setup.challenge_fee

    # Another is lost with its machine: it is replaced, and loses its bond.
    network.kill(next(name for name, key in KEYS.items() if key.address == lost))
    assert awaited(lambda: all(len(holders(each) - {lost}) == 3 for each in files))
    assert awaited(lambda: client.agreement(file, lost).is_challenged)
    for _ in range(client.setup.answer_blocks // 20 + 1):
        network.anvil.chain.request("anvil_mine", [hex(20)])
    assert awaited(lambda: lost not in client.agreements(file))
    assert f"! {lost} did not prove that it has the file" in command("store", "status", "notice.md", *network.at())

    # What comes back is what was given, by its true bytes and the key that opens it.
    reading = (*network.by("owner"), *network.node("owner"), "--peers", "peers.json", "--region", "eu-west")
    for name, content in (("notice.md", NOTICE), ("letter.txt", LETTER)):
        command("store", "get", name, *reading, "--sealing-key", "seal", "--out", f"again-{name}")
        assert (tmp_path / f"again-{name}").read_bytes() == content
    assert "the sealed file is for another key" in refusal(
        *("store", "get", "letter.txt", *reading, "--sealing-key", "other", "--out", "x")
    )

    # The owner takes the lost bond, and keeps one of them no longer.
    assert f"units to {KEYS['owner'].address}" in command("store", "withdraw", *network.by("owner"))
    assert client.owed(KEYS["owner"].address) == 0
    command("store", "drop", "notice.md", *network.by("owner"), *network.node("owner"))
    assert [each["name"] for each in data("list", *network.at())] == ["letter.txt"]
    assert client.agreements(file) == {}
    assert client.owed(KEYS["owner"].address) > 0
    assert "has no file 'notice.md'" in refusal("store", "status", "notice.md", *network.at())


def test_a_registry_is_paid_with_one_token(refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("11" * 32)
    (tmp_path / "key").chmod(0o600)
    line = ("store", "deploy", "--rpc", "http://127.0.0.1:1", "--key-file", "key")
    assert "give --token, or --money-for" in refusal(*line)
    assert "give --token, or --money-for" in refusal(*line, "--token", "0x1", "--money-for", "0x2")


def test_a_steward_is_an_account(refusal: Refusal, tmp_path: Path) -> None:
    for name in ("file", "key", "token"):
        (tmp_path / name).write_text("11" * 32)
    line = ["store", "add", "file", "--rpc", "http://127.0.0.1:1", "--registry", "x", "--max-rent", "1"]
    line += ("--node-url", "x", "--token-file", "token", "--sealing-key", "seal", "--steward", "me")
    assert "--steward 'me' is no account" in refusal(*line)
