"""Three Anvil nodes with the contracts of routes, people and providers with money on each."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from oracle.agreements.sending import Sender
from oracle.bridges.margins import Clocks
from oracle.bridges.orders import CrossOrder, order_arguments
from oracle.bridges.pool_terms import terms_for
from oracle.chain.anvil import AnvilChain
from oracle.chain.calls import calldata
from oracle.chain.transactions import await_receipt, sign_transaction
from oracle.crossing.bridges import Bridges
from oracle.crossing.deployment import deploy_routes
from oracle.crossing.observe import Offer, offer_arguments
from oracle.crossing.places import Addresses, Place, Places
from oracle.lab.routes.between_blocks import BetweenBlocks, connected
from oracle.lab.routes.gate import Gate
from oracle.lab.routes.providers import BOND, CHAINS, LEAST, POOL, STOCK, WAYS, Way, names

ASSET, DECIMALS = "USDC", 2
SENDER, DEPOSITOR, RIVAL = "sender", "depositor", "rival"
SENDERS_MONEY = 100_000_000
OPERATORS = ("operator 1", "operator 2", "operator 3")
THRESHOLD = 2
DEPTH = 2
_GENESIS_SECONDS = 1_767_225_600
_FIRST_CHAIN_ID = 31_101
_WAIT_SECONDS = 60
_SETUP_SECONDS = 60  # of a chain's clock that deployments and gifts take, at a block each second
_ETHER = 10**18
_GAS = 500_000
_EVERYTHING = (1 << 256) - 1


@dataclass(frozen=True)
class Pace:
    """How fast blocks come, and whether they come when told or by the clock."""

    block_seconds: int
    is_driven: bool

    @property
    def clocks(self) -> Clocks:
        """What chains of this pace keep to: settled a few blocks after sending, clocks and stops within two blocks."""
        return Clocks(
            skew_seconds=2 * self.block_seconds,
            settle_seconds=(DEPTH + 3) * self.block_seconds,
            halt_seconds=2 * self.block_seconds,
        )


DRIVEN = Pace(block_seconds=10, is_driven=True)
LIVE = Pace(block_seconds=1, is_driven=False)


def key_of(name: str) -> LocalAccount:
    """The key of somebody; anyone can make it, so it keeps nothing of worth."""
    made: LocalAccount = Account.from_key(keccak(f"a route's {name}".encode()))
    return made


class World:
    """The chains, running."""

    def __init__(self, pace: Pace = DRIVEN, ways: tuple[Way, ...] = WAYS, *, cuttable: str | None = None) -> None:
        """Start them, deploy, and give everybody what they need.

        Args:
            pace: How fast blocks come.
            ways: Who serves which directions.
            cuttable: The chain before whose node a gate stands, so that `cut` works; None for none.
        """
        self.pace, self.ways = pace, ways
        self._gate: Gate | None = None
        self._asked: dict[str, BetweenBlocks] = {}
        genesis = _GENESIS_SECONDS if pace.is_driven else int(time.time()) - _SETUP_SECONDS
        self.nodes: dict[str, AnvilChain] = {}
        self.held_back: set[str] = set()  # chains that make no blocks now
        self._is_driven = True  # while people get what they need; then by the pace
        try:
            for index, name in enumerate(CHAINS):
                self.nodes[name] = AnvilChain(
                    genesis_timestamp_seconds=genesis,
                    chain_id=_FIRST_CHAIN_ID + index,
                )
            if cuttable is not None:
                self._gate = Gate(self.nodes[cuttable].url)
            self._cuttable = cuttable
            self._latest = dict.fromkeys(self.nodes, genesis)  # timestamps
            self.places = self._deployed()
            self.at = {name: Bridges(place) for name, place in self.places.by_name.items()}
            self._furnish()
            self._set_clocks()
            self.tick(DEPTH + 1)  # so that all of it is settled
            if not pace.is_driven:
                self._let_run()
        except BaseException:
            self.close()
            raise

    @property
    def urls(self) -> dict[str, str]:
        """Of the nodes, by chain."""
        return {name: node.url for name, node in self.nodes.items()}

    def tick(self, blocks: int = 1) -> None:
        """Let blocks come on all chains but those that are held back; by the clock, wait for them."""
        if not self._is_driven:
            time.sleep(blocks * self.pace.block_seconds / 2)
            return
        for _ in range(blocks):
            self._now += self.pace.block_seconds
            for name in self.nodes:
                if name not in self.held_back:
                    self._stamp(name)

    def _let_run(self) -> None:
        """Blocks by the clock from now on."""
        self._is_driven = False
        for node in self.nodes.values():
            node.chain.request("evm_setIntervalMining", [self.pace.block_seconds])

    def pass_time(self, name: str, seconds: int) -> None:
        """Let the clock of one chain leap ahead of the others; a driven one can lag behind too, by less than 0."""
        if self._is_driven:
            self._ahead[name] += seconds
            if name not in self.held_back:
                self._stamp(name)
        else:
            self.nodes[name].chain.request("evm_increaseTime", [seconds])

    def _stamp(self, name: str) -> None:
        """A block by the chain's clock: one that was held back catches up with its first."""
        self._block(name, self._now + self._ahead[name])

    def _block(self, name: str, timestamp_seconds: int) -> None:
        """A block with that timestamp, or the next one that the chain takes."""
        self._latest[name] = max(self._latest[name] + 1, timestamp_seconds)
        self.nodes[name].produce_block(self._latest[name])
        self._forget(name)

    def _forget(self, name: str) -> None:
        if name in self._asked:
            self._asked[name].forget()

    def _set_clocks(self) -> None:
        """All clocks to that of the chain which is ahead."""
        for name, node in self.nodes.items():
            self._latest[name] = node.chain.timestamp(node.chain.head())
        self._now = max(self._latest.values())
        self._ahead = dict.fromkeys(self.nodes, 0)

    def cut(self, *, is_cut: bool = True) -> None:
        """Let nobody reach the node of the chain that can be cut off, or let everybody again."""
        if self._gate is None:
            raise ValueError("no gate stands before any node of this world")
        self._gate.shut(is_shut=is_cut)
        self._forget(str(self._cuttable))

    def take_back(self, name: str, blocks: int) -> None:
        """A reorganisation: the last blocks of a chain are gone, with all of their transactions."""
        self.nodes[name].chain.request("anvil_rollback", [blocks])
        self._forget(name)

    def snapshot(self) -> dict[str, str]:
        """What `restore` takes: the state of all chains."""
        return {name: str(node.chain.request("evm_snapshot", [])) for name, node in self.nodes.items()}

    def restore(self, taken: dict[str, str]) -> dict[str, str]:
        """Put all chains back to where they were. Returns what puts them back again."""
        for name, node in self.nodes.items():
            node.chain.request("evm_revert", [taken[name]])
            self._forget(name)
        self.at = {name: Bridges(place) for name, place in self.places.by_name.items()}
        self.held_back.clear()
        self._set_clocks()
        return self.snapshot()

    def balance(self, chain: str, name: str) -> int:
        """What somebody holds on a chain, in the asset's smallest units."""
        return self.at[chain].balance(key_of(name).address)

    def wealth(self, name: str) -> int:
        """What somebody holds on all chains, with bonds, credits and what is due to it."""
        address = key_of(name).address
        return sum(here.balance(address) + here.bond(address).amount + here.owed(address) for here in self.at.values())

    def total(self) -> int:
        """All units on all chains: what was minted."""
        return sum(int(here.token.read("totalSupply")) for here in self.at.values())

    def close(self) -> None:
        """End all nodes."""
        if self._gate is not None:
            self._gate.close()
        for node in self.nodes.values():
            node.close()

    def _deployed(self) -> Places:
        clocks = self.pace.clocks
        operators = sorted(str(key_of(name).address) for name in OPERATORS)
        by_name = {}
        for name, node in self.nodes.items():
            faucet = Account.from_key(node.faucet_key)
            first = node.chain.head()
            addresses: Addresses = deploy_routes(
                Sender(node.chain, faucet, mine=self._mine(name)),
                token=None,
                operators=operators,
                threshold=THRESHOLD,
                terms=terms_for(clocks, least_amount=LEAST),
            )
            gate = self._gate if name == self._cuttable else None
            chain = node.chain
            if self.pace.is_driven:
                chain, self._asked[name] = connected(node.url if gate is None else gate.url, name)
            by_name[name] = Place(name, chain, addresses, from_block=first + 1, depth=DEPTH)
        providers = {
            str(key_of(each).address).lower(): each for each in dict.fromkeys(way.provider for way in self.ways)
        }
        return Places(ASSET, DECIMALS, by_name, clocks, providers)

    def claim_falsely(self, name: str, order: CrossOrder) -> None:
        """Have a bonded relayer claim an order that it did not fill."""
        here, rival = self.at[name], key_of(RIVAL)
        self.nodes[name].chain.request("anvil_setBalance", [rival.address, hex(_ETHER)])
        calls = [
            (here.token, calldata("SampleMoney", "mint", rival.address, BOND)),
            (here.token, calldata("SampleMoney", "approve", here.pool.address, BOND)),
            (here.pool, calldata("RelayPool", "bond", BOND)),
            (here.pool, calldata("RelayPool", "claim", order_arguments(order))),
        ]
        self._send_all(name, [(rival, contract.address, data) for contract, data in calls])

    def _mine(self, name: str) -> Callable[[], None] | None:
        """What makes the next block where blocks come when told."""
        return (lambda: self._block(name, 0)) if self._is_driven else None

    def _furnish(self) -> None:
        for name in CHAINS:
            here = self.at[name]
            people = {SENDER: SENDERS_MONEY, DEPOSITOR: POOL} | dict.fromkeys(self._providers(), STOCK + BOND)
            calls: list[tuple[LocalAccount, str, bytes]] = []
            faucet = Account.from_key(self.nodes[name].faucet_key)
            for person, money in people.items():
                self.nodes[name].chain.request("anvil_setBalance", [key_of(person).address, hex(_ETHER)])
                mint = calldata("SampleMoney", "mint", key_of(person).address, money)
                calls.append((faucet, here.token.address, mint))
            for provider in self._providers():
                for spender in (here.locks, here.pool):
                    approve = calldata("SampleMoney", "approve", spender.address, _EVERYTHING)
                    calls.append((key_of(provider), here.token.address, approve))
            for relayer in set(names("relay_pool")) & set(self._providers()):
                calls.append((key_of(relayer), here.pool.address, calldata("RelayPool", "bond", BOND)))
            approve = calldata("SampleMoney", "approve", here.pool.address, POOL)
            calls.append((key_of(DEPOSITOR), here.token.address, approve))
            calls.append((key_of(DEPOSITOR), here.pool.address, calldata("RelayPool", "deposit", POOL, 0)))
            calls += [self._post(way) for way in self.ways if way.source == name]
            self._send_all(name, calls)

    def _providers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(way.provider for way in self.ways))

    def _post(self, way: Way) -> tuple[LocalAccount, str, bytes]:
        offer = offer_of(self, way)
        data = calldata("RouteOffers", "post", offer_arguments(offer))
        return key_of(way.provider), self.at[way.source].offers.address, data

    def post(self, *ways: Way) -> None:
        """Have providers post other terms."""
        for name in self.nodes:
            self._send_all(name, [self._post(way) for way in ways if way.source == name])

    def _send_all(self, name: str, calls: list[tuple[LocalAccount, str, bytes]]) -> None:
        """Each of them, in their order, in as few blocks as they fit in."""
        chain, nonces = self.nodes[name].chain, dict[str, int]()
        sent = []
        for key, to, data in calls:
            nonce = nonces.setdefault(key.address, chain.nonce(key.address))
            transaction = sign_transaction(chain=chain, account=key, nonce=nonce, to=to, data=data, gas_limit=_GAS)
            nonces[key.address] += 1
            chain.send_raw(transaction.raw, transaction.hash)
            sent.append(transaction)
        mine = self._mine(name)
        for transaction in sent:
            await_receipt(chain, transaction.hash, what="furnish a world", timeout_seconds=_WAIT_SECONDS, mine=mine)
            mine = None


def offer_of(world: World, way: Way) -> Offer:
    """The terms of a way, as its provider posts them."""
    here, there = world.places[way.source], world.places[way.target]
    field = "locks" if way.kind == "hash_lock" else "pool"
    return Offer(
        settler=getattr(here.addresses, field),
        token=here.addresses.token,
        target_chain_id=there.chain.chain_id,
        target_settler=getattr(there.addresses, field),
        target_token=there.addresses.token,
        fee_fixed=way.fee_fixed,
        fee_bps=way.fee_bps,
        least_amount=LEAST,
        most_amount=way.most,
        lock_seconds=0,
    )


@contextmanager
def opened_world(pace: Pace = DRIVEN, ways: tuple[Way, ...] = WAYS, *, cuttable: str | None = None) -> Iterator[World]:
    """A world that ends with the block."""
    world = World(pace, ways, cuttable=cuttable)
    try:
        yield world
    finally:
        world.close()
