"""`catalyst node`: takes part as one node or several in a running chain's consensus, until it is told to stop."""

import logging
import signal
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from eth_account.signers.local import LocalAccount

from oracle.chain.contracts import Contracts
from oracle.chain.follower import follow_ledger
from oracle.chain.transactions import Fees, bid
from oracle.engines.deployed import open_deployed
from oracle.engines.follower_file import FollowerFile
from oracle.engines.registry import LEDGERS
from oracle.engines.seat import Seat
from oracle.engines.sending import Submissions
from oracle.errors import ChainReorganised, ConnectionFailed, FeesTooHigh, SettingsError

log = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class NodeOptions:
    """What the command line of `catalyst node` says."""

    rpc: str
    deployments: Path  # a folder of records, or the record itself
    keys: Sequence[LocalAccount]
    indices: tuple[int, ...]
    hash_rate: float | None  # under proof of work, most hashes a second of all nodes together; None: no limit
    processes: int  # that search, under proof of work
    max_fee_wei: int  # most that a transaction bids per gas
    state: Path | None  # where the ledger's state outlives the process; None: every start reads all blocks


def run_nodes(options: NodeOptions) -> None:
    """Take part until SIGTERM or SIGINT.

    Raises:
        InputError: an option cannot be used; nothing was started.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as cleanup:
        deployed = open_deployed(options.rpc, options.deployments)
        chain, contracts, ledger = deployed.chain, deployed.contracts, deployed.ledger
        keys = _keys(options, contracts)
        follower = follow_ledger(
            contracts, ledger, deployed.block_number + 1, FollowerFile(options.state) if options.state else None
        )

        def price(outbid: Fees | None) -> Fees:
            return bid(chain, cap_wei=options.max_fee_wei, outbid=outbid)

        submissions = Submissions(ledger, keys, contracts.node_count(), price)
        seat = Seat(contracts, ledger, follower, submissions, deployed.block_number)
        player = LEDGERS[deployed.engine_contract].read(ledger.calls).player(seat, options)
        cleanup.callback(player.close)
        log.info("taking part as %s on %s, by %s", ", ".join(map(str, keys)), chain.name, deployed.engine_contract)
        while not stop.is_set():
            try:
                stop.wait(player.step())
            except ChainReorganised as error:
                log.warning("%s; following it anew", error)
            except (ConnectionFailed, FeesTooHigh) as error:
                log.warning("%s", error)
                stop.wait(_RETRY_SECONDS)
        log.info("stopping")


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
