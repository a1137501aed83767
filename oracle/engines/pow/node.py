"""`catalyst node`: mines as one node or several against a running chain, until it is told to stop."""

import logging
import multiprocessing
import secrets
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from eth_account.signers.local import LocalAccount

from oracle.chain.connection import Chain, connect
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import deployment_path, load_deployment
from oracle.chain.follower import Follower, follow_ledger
from oracle.chain.ledger import Ledger
from oracle.engines.follower_file import FollowerFile
from oracle.engines.keeper import Keeper
from oracle.engines.pow.opening import Openings
from oracle.engines.pow.search import Find, Target, search_slice
from oracle.engines.pow.submission import Submissions, targets
from oracle.errors import ChainReorganised, ConnectionFailed, DeploymentError, SettingsError

log = logging.getLogger(__name__)

# Hashing between two looks at the head.
_SLICE_SECONDS = 0.1
_FIRST_RATE = 200_000.0  # hashes a second of one process, before any was measured
_RETRY_SECONDS = 1.0
_NONCE_BITS = 200  # a random start in 2^200 meets no other process's


@dataclass(frozen=True)
class NodeOptions:
    """What the command line of `catalyst node` says."""

    rpc: str
    deployments: Path  # a folder of records, or the record itself
    keys: Sequence[LocalAccount]
    indices: tuple[int, ...]
    hash_rate: float | None  # most hashes a second of all nodes together; None: no limit
    processes: int
    state: Path | None  # where the ledger's state outlives the process; None: every start reads all blocks


def run_nodes(options: NodeOptions) -> None:
    """Mine until SIGTERM or SIGINT.

    Raises:
        InputError: an option cannot be used; nothing was started.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as cleanup:
        chain = connect(options.rpc)
        path = options.deployments
        record = load_deployment(chain, path if path.suffix == ".json" else deployment_path(path, chain))
        deployed = record.ledger()
        if deployed is None or deployed.block_number is None:
            raise DeploymentError(
                f"{record.path} has no PowLedger; deploy one with `catalyst deploy --ledger-capacity`"
            )
        contracts = Contracts(chain, record.addresses())
        keys = _keys(options, contracts)
        ledger = Ledger(chain, deployed.address)
        follower = follow_ledger(
            contracts, ledger, deployed.block_number + 1, FollowerFile(options.state) if options.state else None
        )
        searchers = Searchers(options.processes, options.hash_rate)
        cleanup.callback(searchers.close)
        miner = Miner(chain, contracts, ledger, follower, keys)
        log.info("mining as %s on %s", ", ".join(map(str, keys)), chain.name)
        while not stop.is_set():
            try:
                miner.look()
                if miner.targets:
                    find = searchers.search(miner.targets)
                    if find is not None:
                        miner.submit(find)
                else:
                    stop.wait(_SLICE_SECONDS)
            except ChainReorganised as error:
                log.warning("%s; following it anew", error)
            except ConnectionFailed as error:
                log.warning("%s", error)
                stop.wait(_RETRY_SECONDS)
        log.info("stopping; %d blocks found", miner.found)


def _keys(options: NodeOptions, contracts: Contracts) -> dict[int, LocalAccount]:
    keys = dict(zip(options.indices, options.keys, strict=True))
    count = contracts.node_count()
    for node, key in keys.items():
        if node >= count:
            raise SettingsError(f"there is no node {node}; --index runs from 0 to {count - 1}")
        miner = contracts.node(node).miner
        if miner != key.address:
            raise SettingsError(f"node {node} mines with the key of {miner}, but the one given is of {key.address}")
    return keys


class Miner:
    """What nodes of one process know of the chain, and what they do with a find."""

    def __init__(
        self, chain: Chain, contracts: Contracts, ledger: Ledger, follower: Follower, keys: dict[int, LocalAccount]
    ) -> None:
        self._chain, self._contracts, self._ledger, self._follower = chain, contracts, ledger, follower
        self._nodes = list(keys)
        self._submissions = Submissions(chain, ledger, keys, contracts.node_count())
        self._openings = Openings(contracts)
        self._keeper = Keeper(contracts, next(iter(keys.values())))
        self._head = -1
        self.targets: dict[int, Target] = {}  # by node; none while a find of ours waits for its block
        self.found = 0

    def look(self) -> None:
        """Take in new blocks of the chain, and begin the round that is open then."""
        head = self._chain.head()
        if head == self._head:
            return
        self._follower.catch_up(head)
        round_ = self._ledger.open_round(head)
        _, theta_max_wad = self._contracts.theta_bounds(head)
        found = targets(
            round_,
            nodes=self._nodes,
            allowed=self._openings.allowed(round_, self._contracts.nodes(head), theta_max_wad),
            capacity=self._ledger.capacity,
            offers=self._follower.offers,
        )
        self.targets = dict(zip(self._nodes, found, strict=True))
        self._keeper.step()
        self._head = head

    def submit(self, find: Find) -> None:
        """Send a block, and rest until the chain has another one: whoever wins, a new round begins."""
        transaction_hash = self._submissions.send(find)
        self.found += 1
        self.targets = {}
        log.info("node %d found a block of round %d: 0x%s", find.node, find.target.round, transaction_hash.hex())


class Searchers:
    """Hashing in this process, or in several, at no more than a rate."""

    def __init__(self, processes: int, hash_rate: float | None) -> None:
        self._processes, self._hash_rate = processes, hash_rate
        self._measured = _FIRST_RATE  # hashes a second of one process
        self._last = time.monotonic()
        self._pool = (
            ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) if processes > 1 else None
        )

    def search(self, by_node: dict[int, Target]) -> Find | None:
        """Hash for about a tenth of a second."""
        nodes, wanted = list(by_node), list(by_node.values())
        count = int(self._measured * _SLICE_SECONDS)
        if self._hash_rate is not None:
            time.sleep(max(0.0, self._last + _SLICE_SECONDS - time.monotonic()))
            allowed = self._hash_rate * min(1.0, time.monotonic() - self._last) / self._processes
            count = min(count, max(1, int(allowed + secrets.randbelow(1000) / 1000)))
        self._last = started = time.monotonic()
        arguments = [target.prefix for target in wanted], wanted[0].difficulty
        starts = [secrets.randbits(_NONCE_BITS) for _ in range(self._processes)]
        if self._pool is None:
            answers = [search_slice(*arguments, starts[0], count)]
        else:
            futures = [self._pool.submit(search_slice, *arguments, start, count) for start in starts]
            answers = [future.result() for future in futures]
        found = next((answer for answer in answers if answer is not None), None)
        if found is None:
            # A slice that ended early says less of the speed.
            self._measured = max(1_000.0, count / max(1e-6, time.monotonic() - started))
            return None
        position, nonce = found
        return Find(nodes[position], wanted[position], nonce, time.monotonic())

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
