"""`catalyst oracle` as a process of its own, on an Anvil that mines when told."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from eth_account.signers.local import LocalAccount

from oracle.chain.anvil import AnvilChain
from oracle.chain.deployment import deployment_path, new_deployment
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS, OwnedBlocks
from tests.small_network import OPERATORS, Network, make_network

PATIENCE_SECONDS = 180


@dataclass
class Site:
    """A network on Anvil, and the files that a daemon of it needs."""

    anvil: AnvilChain
    network: Network
    directory: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(
        self,
        rpc: str | None = None,
        *options: str,
        before: Sequence[str] = (),
        keys: Sequence[LocalAccount] = (),
        key_options: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        program: Sequence[str] = (sys.executable, "-m", "oracle"),
        unread: bool = False,
    ) -> subprocess.Popen[bytes]:
        """A daemon.

        Args:
            rpc: Its node, where that is not the Anvil but what stands before it.
            options: More options of its own.
            before: Options that stand before the command's name.
            keys: Those it holds, the first of which pays; where none are given, the payer's and two operators'.
            key_options: Options that say where its keys are, in place of files of `keys`.
            environment: Variables beside ours.
            program: What runs the command line.
            unread: Whether its standard error is a pipe in place of the log.
        """
        log = (self.directory / "daemon.log").open("ab")
        process = subprocess.Popen(
            [
                *(*program, *before, "oracle", "--rpc", rpc or self.anvil.url),
                *("--deployments", str(self.directory), "--state", str(self.directory / "state.sqlite")),
                *("--epoch-blocks", "3", "--depth", "1", "--capacity", "12", "--poll-seconds", "0.1"),
                *("--port", "0", *(self.keys(keys) if key_options is None else key_options), *options),
            ],
            stdout=log,
            stderr=subprocess.PIPE if unread else log,
            env={**os.environ, **(environment or {})},
        )
        log.close()
        self.processes.append(process)
        return process

    def url(self) -> str:
        """Of the API of the daemon that was started last."""
        return str(re.findall(r"API at (http://[\w.:]+)", self.log())[-1])

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
            if process.stderr is not None:
                process.stderr.close()

    def log(self) -> str:
        """All that its daemons wrote."""
        return (self.directory / "daemon.log").read_text()

    def keys(self, held: Sequence[LocalAccount] = ()) -> list[str]:
        """Options for these keys, or for those of the payer and of two operators."""
        arguments = []
        for account in held or (self.network.payer, *OPERATORS[:2]):
            path = self.directory / f"key-{account.address}"
            path.touch(mode=0o600)
            path.write_text(account.key.hex())
            arguments += ["--key-file", str(path)]
        return arguments

    def mine_until(self, reached: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not reached():
            assert process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            self.network.blocks()
            time.sleep(0.3)

    def epoch(self) -> int:
        return self.network.contracts.oracle_state().epoch

    def sent(self) -> int:
        """Transactions that the submitter sent, mined or pending."""
        return int(self.anvil.chain._w3.eth.get_transaction_count(self.network.payer.address, "pending"))


@contextmanager
def site_on_anvil(directory: Path, model_hash: bytes) -> Iterator[Site]:
    """A site whose contract expects a model; all processes end with it."""
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    record = new_deployment(anvil.chain, deployment_path(directory, anvil.chain))
    site = Site(anvil, make_network(OwnedBlocks(anvil), model_hash, record=record), directory)
    try:
        yield site
    finally:
        site.close()
        anvil.close()
