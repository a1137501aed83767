"""A network in real time: nodes and oracle as processes of their own, around an Anvil that this process drives.

Under proof of work a block of the chain is produced as soon as a submission is pending, or after some intervals without
one. Slots and turns pass by the chain's clock, so there blocks come by the clock, some in each target interval. A block
is stamped with the time since the start, or a second after its parent where blocks come faster than that.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from eth_account.signers.local import LocalAccount

from oracle.chain.anvil import AnvilChain
from oracle.chain.calls import selector
from oracle.errors import CatalystError
from oracle.formulas.lottery import SLOTS_OF_AN_INTERVAL
from oracle.lab.network.arrivals import TrafficClock
from oracle.lab.network.block import NetworkBlock, describe_block, read_state
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.site import Site
from oracle.settings import ENVIRONMENT_PREFIX
from oracle.workload.schedule import draw_schedule
from oracle.workload.sender import Sender

_POLL_SECONDS = 0.05
# Intervals without a find after which a block is produced all the same: reports and relax must not wait for miners.
_PATIENCE_INTERVALS = 3
_END_SECONDS = 15
NODE_PROCESSES = 2


class LiveNetwork:
    """A run, block by block, and the processes that take part."""

    def __init__(
        self, plan: NetworkPlan, blocks: AnvilChain, site: Site, directory: Path, model_options: Sequence[str]
    ) -> None:
        """Start the processes.

        Args:
            plan: The run.
            blocks: Its chain.
            site: Its contracts and keys, recorded in `directory`.
            directory: For keys, logs and journals; nobody else may read it.
            model_options: Options of the oracle's process that name its model, where its contract alone does not.
        """
        self._plan, self._blocks, self._site, self._directory = plan, blocks, site, directory
        self._follower = site.follower()
        self._schedule = draw_schedule(plan.seed, plan.intervals, crowd_every=plan.crowd_every)
        # Seconds between two blocks of a chain that keeps time; None for a chain that waits for work.
        self._tick_seconds = max(1, plan.interval_seconds // SLOTS_OF_AN_INTERVAL) if plan.terms.by_clock else None
        self._hash_rate = self._hash_rate_at(0)
        self._traffic = TrafficClock(plan, self._schedule, site.venue)
        self._sender = Sender(site.chain, site.accounts)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._model_options = model_options
        for number in range(min(NODE_PROCESSES, plan.nodes)):
            self.start(f"nodes {number}")
        if plan.controller is not None:
            self.start("oracle")

    def start(self, name: str) -> None:
        """Start a process anew: `oracle`, or `nodes 0`, `nodes 1` and so on."""
        command = self._oracle() if name == "oracle" else self._nodes(int(name.removeprefix("nodes ")))
        common = ("--rpc", self._blocks.url, "--deployments", str(self._directory))
        with (self._directory / f"{name.replace(' ', '-')}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(  # noqa: S603 - our own program, no shell
                [sys.executable, "-m", "oracle", *command, *common],
                stdout=log,
                stderr=log,
                env=_environment(),
                # A terminal's Ctrl-C is for us: we end them ourselves.
                start_new_session=True,
            )

    def play(self, is_interrupted: Callable[[], bool]) -> Iterator[NetworkBlock]:
        """Blocks until the plan's time is over, or something ends the run before.

        Raises:
            CatalystError: a process ended by itself with an error.
        """
        plan, site = self._plan, self._site
        chain = site.chain
        started, first_timestamp = time.monotonic(), chain.timestamp(chain.head())
        watched = chain.request("eth_newPendingTransactionFilter", [])
        ours: set[bytes] = set()
        sent: list[tuple[bytes, float]] = []
        last_block = 0.0
        seconds = plan.intervals * plan.interval_seconds
        while (elapsed := time.monotonic() - started) < seconds and not is_interrupted():
            self._check_processes()
            self._follow_hash_rate(elapsed / plan.interval_seconds)
            due = self._traffic.due(elapsed)
            hashes = self._sender.send([arrival.call for arrival in due])
            ours |= set(hashes)
            sent += zip(hashes, (arrival.time_seconds for arrival in due), strict=True)
            strangers = {_hash(found) for found in chain.request("eth_getFilterChanges", [watched])} - ours
            if not self._is_block_due(elapsed, last_block, strangers):
                time.sleep(_POLL_SECONDS)
                continue
            last_block = elapsed
            timestamp = max(chain.timestamp(chain.head()) + 1, first_timestamp + round(elapsed))
            self._blocks.produce_block(timestamp)
            head = chain.head()
            (followed,) = self._follower.sync(head)
            mined = {transaction.hash for transaction in followed.block.transactions}
            yield describe_block(
                site,
                followed,
                read_state(site, head),
                time_seconds=time.monotonic() - started,
                sent=[(transaction, at) for transaction, at in sent if transaction in mined],
                pending=self._follower.offers.pending,
                hash_rate=self._hash_rate,
            )
            sent = [(transaction, at) for transaction, at in sent if transaction not in mined]
            ours -= mined

    def close(self) -> None:
        """End every process; safe to call again."""
        _end(self.processes.values())

    def _hash_rate_at(self, interval: float) -> float:
        """Hashes a second of all nodes; 0 where nobody hashes."""
        if self._tick_seconds is not None:
            return 0.0
        return self._plan.hash_rate * self._schedule.hash_rate_factor(interval)

    def _follow_hash_rate(self, interval: float) -> None:
        """When the hash rate of the schedule changes, restart the running nodes with their new rates."""
        hash_rate = self._hash_rate_at(interval)
        if hash_rate == self._hash_rate:
            return
        self._hash_rate = hash_rate
        running = [name for name, process in self.processes.items() if name != "oracle" and process.poll() is None]
        _end([self.processes[name] for name in running])
        for name in running:
            self.start(name)

    def _is_block_due(self, elapsed: float, last_block: float, strangers: Collection[bytes]) -> bool:
        """Whether the chain should produce a block now; `strangers` are pending transactions other than traffic."""
        if self._tick_seconds is not None:
            return elapsed // self._tick_seconds > last_block // self._tick_seconds
        if elapsed - last_block > _PATIENCE_INTERVALS * self._plan.interval_seconds:
            return True
        return any(self._is_submission(found) for found in strangers)

    def _is_submission(self, transaction: bytes) -> bool:
        calldata = self._site.chain.calldata(transaction)
        return calldata is not None and calldata[:4] == selector(self._plan.terms.contract, "submitBlock")

    def _check_processes(self) -> None:
        for name, process in self.processes.items():
            code = process.poll()
            if code is not None and code > 0:  # a signal is negative: someone killed it, and the network goes on
                lines = (self._directory / f"{name.replace(' ', '-')}.log").read_text().strip().splitlines() or [""]
                raise CatalystError(f"process {name} ended with exit code {code}: {lines[-1]}")

    def _nodes(self, number: int) -> list[str]:
        processes = min(NODE_PROCESSES, self._plan.nodes)
        nodes = range(number, self._plan.nodes, processes)
        rate = self._hash_rate * len(nodes) / self._plan.nodes
        return [
            "node",
            *(("--hash-rate", str(rate)) if rate else ()),
            *(word for node in nodes for word in ("--index", str(node))),
            *self._key_files([self._site.miners[node] for node in nodes]),
        ]

    def _oracle(self) -> list[str]:
        plan = self._plan
        # A plan counts blocks that win a round; a chain that keeps time has several blocks for each of them.
        blocks = 1 if self._tick_seconds is None else max(1, plan.interval_seconds // self._tick_seconds)
        return [
            *("oracle", "--epoch-blocks", str(plan.epoch_blocks * blocks), "--depth", str(plan.depth_blocks)),
            *("--capacity", str(plan.capacity_transactions), "--poll-seconds", "0.1", "--port", "0"),
            *("--deadline-seconds", str(30 * plan.interval_seconds), "--state", str(self._directory / "oracle.sqlite")),
            *self._model_options,
            *self._key_files([self._site.payer, *self._site.operators]),
        ]

    def _key_files(self, keys: Sequence[LocalAccount]) -> list[str]:
        words = []
        for key in keys:
            path = self._directory / key.address
            path.touch(mode=0o600)
            path.write_text(key.key.hex())
            words += ["--key-file", str(path)]
        return words


def _environment() -> dict[str, str]:
    """Ours without what sets options of commands: those of a process are all on its command line."""
    return {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}


def _end(processes: Collection[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _hash(found: str) -> bytes:
    return bytes.fromhex(found.removeprefix("0x"))
