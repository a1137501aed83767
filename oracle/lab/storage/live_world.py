"""A world on this machine: Anvil, a registry, and IPFS nodes as processes, each with a holder's daemon.

By the clock, blocks come every quarter of a second and the holders run beside the coordinator. By steps, a block comes
with each transaction and lasts a second, and after each turn of the coordinator every holder has one, side by side. A
holder then always has its turn in time, however busy the machine is.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from eth_account import Account
from eth_account.signers.local import LocalAccount

from oracle.agreements.erc20 import Erc20
from oracle.agreements.sending import Sender
from oracle.chain.anvil import AnvilChain
from oracle.chain.calls import calldata
from oracle.chain.connection import Chain, connect
from oracle.chain.transactions import Fees, await_receipt, sign_transaction
from oracle.keeping.coordinator import Coordinator, CoordinatorRules, Turn
from oracle.keeping.journal import Journal
from oracle.keeping.node_client import OwnNode
from oracle.keeping.node_process import NodeProcess
from oracle.keeping.owner import Owner
from oracle.keeping.peers import Peer, read_peers, write_peers
from oracle.keeping.registry import RegistryClient, deploy_registry
from oracle.keeping.terms import RegistrySetup
from oracle.keeping.watching import WatchRules
from oracle.lab.storage.site import LOOK_SECONDS, LyingDaemon, Site
from oracle.lab.storage.spots import REGIONS, Spot
from oracle.storage.following import FollowRules
from oracle.storage.placed import PlacementRules

Pace = Literal["clock", "steps"]
GENESIS_SECONDS = 1_767_225_600
FAULTY_NODE = Path(__file__).with_name("faulty_node.mjs")
MINTED = 10**12
BOND = 10**9
OFFER_SECONDS = 60
MOVES_PER_HOUR = 100
_BLOCK_SECONDS = 0.25  # by the clock
_STEP_BLOCKS = 20  # by steps, after each
_ANSWER_BLOCKS: dict[Pace, int] = {"clock": 40, "steps": 100}  # a step has at most some dozens
_PIN_SECONDS = 5.0
_GWEI = 10**9
_GAS = 200_000
_OWNER_CAPACITY_BYTES = 1 << 30


def lab_setup(token: str, answer_blocks: int) -> RegistrySetup:
    """Short times, so that a world needs no patience."""
    return RegistrySetup(
        token=token,
        period_seconds=300,
        notice_seconds=600,
        answer_blocks=answer_blocks,
        rest_blocks=4,
        samples=4,
        bond_periods=60,
    )


class World:
    """All of it; close it in the end."""

    def __init__(
        self,
        directory: Path,
        spots: Sequence[Spot],
        replicas: tuple[int, int],
        say: Callable[[str], None],
        pace: Pace = "clock",
    ) -> None:
        """Start everything.

        Args:
            directory: Of all that it keeps.
            spots: The holders.
            replicas: Of each file, at least and at most.
            say: Gets a line once all runs.
            pace: How time passes.

        Raises:
            SettingsError: Anvil, Node.js or Helia is not installed.
        """
        self.directory, self.replicas, self.pace = directory, replicas, pace
        self.sites: list[Site] = []
        self.rounds = 0  # of turns of the coordinator and all holders
        self.peers_path, self.journal_path = directory / "peers.json", directory / "coordinator.sqlite"
        with ExitStack() as stack:
            block_seconds = _BLOCK_SECONDS if pace == "clock" else None
            self.anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_SECONDS, block_seconds=block_seconds)
            stack.callback(self.anvil.close)
            if pace == "steps":
                self.anvil.chain.request("evm_setAutomine", [True])
                self.anvil.chain.request("anvil_setBlockTimestampInterval", [1])
            self._start(spots, say, stack)
            self._stack = stack.pop_all()

    @property
    def url(self) -> str:
        """Of the chain."""
        return self.anvil.url

    def chain(self) -> Chain:
        """A connection of its own."""
        return connect(self.anvil.url)

    def client(self, key: LocalAccount) -> RegistryClient:
        """The registry, with a key."""
        chain = self.chain()
        return RegistryClient(chain, self.registry, Sender(chain, key))

    def coordinator(self) -> Coordinator:
        """The owner's, over the journal of the world."""
        return Coordinator(self.journal, self.client(self.owner_key), self.peers, lab_rules(self.replicas))

    def peers(self) -> dict[str, Peer]:
        """The address book now."""
        return read_peers(self.peers_path)

    def site(self, account: str) -> Site:
        """The holder of an account."""
        return next(each for each in self.sites if each.account == account)

    def close_owner_node(self) -> None:
        """The owner's node ends."""
        self._processes[0].kill()

    def turn(self, coordinator: Coordinator) -> Turn:
        """One turn of a coordinator, and of all holders where time passes by steps."""
        done = coordinator.turn()
        if self.pace == "steps":
            self.step()
        else:
            time.sleep(LOOK_SECONDS / 2)
        return done

    def step(self) -> None:
        """By steps: each holder has a turn, and some blocks pass."""
        list(self._pool.map(Site.turn, [site for site in self.sites if not site.is_lost]))
        self.anvil.chain.request("anvil_mine", [hex(_STEP_BLOCKS)])
        self.rounds += 1

    def until(self, coordinator: Coordinator, done: Callable[[], bool], seconds: float) -> bool:
        """Turn after turn of a coordinator, until something is so; whether it became so in this time of the chain."""
        chain = self.chain()
        deadline = chain.timestamp(chain.head()) + seconds
        while not done():
            if chain.timestamp(chain.head()) > deadline:
                return False
            self.turn(coordinator)
        return True

    def holders_with(self, file_id: bytes) -> list[str]:
        """Who holds a file by the registry, offers apart."""
        client = self.client(self.owner_key)
        return [account for account, each in client.agreements(file_id).items() if each.holds]

    def close(self) -> None:
        """End everything; safe to call again."""
        self._stack.close()

    def _start(self, spots: Sequence[Spot], say: Callable[[str], None], stack: ExitStack) -> None:
        began = time.monotonic()
        folders = [self.directory / "owner", *(self.directory / f"holder-{index}" for index in range(len(spots)))]
        capacities = [_OWNER_CAPACITY_BYTES, *(spot.disk_bytes for spot in spots)]
        self._processes: list[NodeProcess] = []
        for folder, capacity in zip(folders, capacities, strict=True):
            process = NodeProcess(folder, capacity_bytes=capacity, program=FAULTY_NODE)
            stack.callback(process.close)
            self._processes.append(process)
        self._deploy(len(spots))
        nodes = [process.await_ready() for process in self._processes]
        self.owner_node = nodes[0]
        write_peers(self.peers_path, self._book(spots, nodes))
        self.journal = Journal(self.journal_path, chain_id=self.chain().chain_id, registry=self.registry)
        stack.callback(self.journal.close)
        self.owner = Owner(self.client(self.owner_key), self.owner_node, self.journal, X25519PrivateKey.generate())
        self._pool = stack.enter_context(ThreadPoolExecutor(len(spots)))
        self.sites = list(self._pool.map(self._site, self.keys, spots, self._processes[1:], nodes[1:]))
        if self.pace == "clock":
            for site in self.sites:
                stack.callback(site.end)
                site.run(self._pool)
        say(f"{len(spots)} IPFS nodes, one of the owner and a chain run ({time.monotonic() - began:.0f} s)")

    def _book(self, spots: Sequence[Spot], nodes: Sequence[OwnNode]) -> dict[str, Peer]:
        owner = Peer(self.owner_key.address, nodes[0].url)
        peers = [
            Peer(key.address, node.url, spot.latency_ms, spot.failure_rate, spot.trusted_for_personal)
            for key, spot, node in zip(self.keys, spots, nodes[1:], strict=True)
        ]
        return {peer.account: peer for peer in (owner, *peers)}

    def _deploy(self, count: int) -> None:
        self.owner_key: LocalAccount = Account.from_key((9_000).to_bytes(32, "big"))
        self.keys = [Account.from_key((9_001 + index).to_bytes(32, "big")) for index in range(count)]
        chain = self.chain()
        faucet: LocalAccount = Account.from_key(self.anvil.faucet_key)
        sender = Sender(chain, faucet)
        created = sender.create("SampleMoney", lambda _: None)
        self.token = str(created["contractAddress"])
        self.registry = deploy_registry(sender, lab_setup(self.token, _ANSWER_BLOCKS[self.pace]))
        first = chain.nonce(faucet.address, pending=True)
        accounts = [str(key.address) for key in (self.owner_key, *self.keys)]
        for account in accounts:
            chain.request("anvil_setBalance", [account, hex(10**20)])
        signed = [
            sign_transaction(
                chain=chain,
                account=faucet,
                nonce=first + index,
                to=self.token,
                data=calldata("SampleMoney", "mint", account, MINTED),
                gas_limit=_GAS,
                fees=Fees(100 * _GWEI, _GWEI),
            )
            for index, account in enumerate(accounts)
        ]
        chain.send_raw_all([(each.raw, each.hash) for each in signed])
        await_receipt(chain, signed[-1].hash, what="mint", timeout_seconds=30)

    def _site(self, key: LocalAccount, spot: Spot, process: NodeProcess, node: OwnNode) -> Site:
        client = self.client(key)
        client.set_holder(spot.region, spot.capacity_bytes, spot.price_per_gib_period)
        client.bond(BOND)
        trees = process.directory / "trees"
        return Site(key, spot, process, node, LyingDaemon(client, node, self.peers, trees, pin_seconds=_PIN_SECONDS))

    def balance(self, account: str) -> int:
        """What an account has of the token."""
        return Erc20(self.chain(), self.token).balance(account)


def lab_rules(replicas: tuple[int, int]) -> CoordinatorRules:
    """How the laboratory's coordinator decides: little patience, many looks and moves."""
    placement = PlacementRules(
        repair_seconds=600.0,
        replication_factor_min=replicas[0],
        replication_factor_max=replicas[1],
        reading_regions=REGIONS[:1],
    )
    return CoordinatorRules(
        follow=FollowRules(placement, moves_per_hour=MOVES_PER_HOUR, rest_seconds=600.0),
        watch=WatchRules(lost_misses=2, audits_per_turn=12, timeout_seconds=2.0),
        offer_seconds=OFFER_SECONDS,
        refused_seconds=600,
        token_unit=1e-6,
    )
