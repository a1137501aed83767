"""A committee of processes on an Anvil chain of their own, driven block by block."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from oracle.chain.anvil import AnvilChain
from oracle.chain.deployment import new_deployment
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS, OwnedBlocks
from oracle.chain.ports import free_ports
from oracle.control.feedback import FeedbackController
from oracle.formulas.lanes import WAD
from oracle.lab.faults.proxy import FaultProxy
from oracle.report.due import Triggers
from oracle.settings import OracleSettings
from oracle.workload.calls import workload_accounts
from oracle.workload.funding import fund
from tests.faults.process import OperatorProcess, Setup
from tests.small_network import Network, make_network

EPOCH_BLOCKS = 8
DEPTH_BLOCKS = 3
SETTINGS = OracleSettings(
    triggers=Triggers(epoch_blocks=EPOCH_BLOCKS),
    depth_blocks=DEPTH_BLOCKS,
    capacity_transactions=12,
    deadline_seconds=600,
    takeover_blocks=2,
    poll_seconds=0.05,
)
_ROUNDS = 2  # of steps a block: who sends may ask before the others have signed

Disturb = Callable[[int], None]  # told the number of blocks so far, ahead of the steps at each


@dataclass
class Committee:
    """Operators, the chain, and the proxies between them."""

    anvil: AnvilChain
    network: Network
    operators: list[OperatorProcess]
    proxies: list[list[FaultProxy]]  # by operator; empty where it speaks to the node itself
    away: set[int] = field(default_factory=set)  # operators that nobody starts
    failures: list[str] = field(default_factory=list)  # what steps said that failed

    @property
    def epoch(self) -> int:
        """The epoch in force."""
        return self.network.contracts.oracle_state().epoch

    def round(self) -> None:
        """One step of each operator, all at once."""
        told = [each for index, each in enumerate(self.operators) if index not in self.away]
        for operator in told:
            operator.tell(do="step")
        for operator in told:
            answer = operator.answer()
            if answer.says and answer.outcome != "ok":
                self.failures.append(answer.says)

    def run(self, blocks: int, disturb: Disturb | None = None, *, traffic: bool = True) -> None:
        """Produce blocks and let the operators step ahead of each."""
        for number in range(blocks):
            if disturb is not None:
                disturb(number)
            for _ in range(_ROUNDS):
                self.round()
            self.network.blocks(traffic=traffic)

    def settle(self) -> None:
        """Let all that is under way come to its end, undisturbed, and end right ahead of the next epoch."""
        self.away.clear()
        for proxies in self.proxies:
            for proxy in proxies:
                proxy.plan, proxy.behind_blocks, proxy.down, proxy.target = None, 0, False, self.anvil.url
        chain, anchor = self.network.owned.chain, self.network.contracts.anchor.height
        for number in range(4 * EPOCH_BLOCKS):
            into_epoch = (chain.head() - DEPTH_BLOCKS - anchor) % EPOCH_BLOCKS
            if number >= EPOCH_BLOCKS and into_epoch == EPOCH_BLOCKS - 1:
                return
            self.run(1)


@contextmanager
def committee(
    folder: Path,
    *,
    operators: int = 4,
    threshold: int = 3,
    endpoints: Sequence[int] = (),
    settings: OracleSettings = SETTINGS,
    keeps_journal: bool = True,
) -> Iterator[Committee]:
    """Deploy on a new chain.

    Args:
        folder: For journals and logs.
        operators: How many.
        threshold: How many must sign.
        endpoints: By operator, through how many proxies it speaks to the node; to the node itself where not given.
        settings: Of all.
        keeps_journal: Whether operators remember across starts.
    """
    keys = workload_accounts(b"fault operators", operators)
    folder.mkdir(parents=True, exist_ok=True)
    for parent in (folder, *folder.parents):
        if os.access(parent, os.W_OK) and parent.stat().st_uid == os.getuid():
            parent.chmod(parent.stat().st_mode | 0o055)
    with ExitStack() as cleanup:
        anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, order="fees")
        cleanup.callback(anvil.close)
        owned = OwnedBlocks(anvil)
        record = folder / "deployment.json"
        network = make_network(
            owned,
            FeedbackController().model_hash,
            record=new_deployment(owned.chain, record),
            operators=keys,
            threshold=threshold,
        )
        record.chmod(0o644)
        fund(owned.chain, network.payer, list(keys), 1000 * WAD, network.blocks)
        ports = free_ports(operators)
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        proxies = [
            [FaultProxy(anvil.url) for _ in range(endpoints[index] if index < len(endpoints) else 0)]
            for index in range(operators)
        ]
        for proxy in (each for some in proxies for each in some):
            cleanup.callback(proxy.close)
        processes = []
        for index, key in enumerate(keys):
            own = folder / str(index)
            own.mkdir()
            own.chmod(0o777)
            processes.append(
                OperatorProcess(
                    Setup(
                        rpcs=[proxy.url for proxy in proxies[index]] or [anvil.url],
                        record=record,
                        key=bytes(key.key),
                        settings=replace(settings),
                        folder=own,
                        port=ports[index],
                        peers=[url for at, url in enumerate(urls) if at != index],
                        keeps_journal=keeps_journal,
                    )
                )
            )
        made = Committee(anvil, network, processes, proxies)
        for process in processes:
            cleanup.callback(process.end)
        yield made
