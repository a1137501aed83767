"""What is built on a network for the page to show: a file with a holder and a proof, and transfers to another chain."""

from pathlib import Path

from eth_account import Account

from oracle.bridges.conditions import RouteLeg, RouteReport, report_arguments, report_document, route_id
from oracle.bridges.locks import Counterpart, Lock, hash_of, lock_arguments
from oracle.bridges.orders import CrossOrder, onchain_arguments
from oracle.chain.calls import ContractCalls
from oracle.crossing.deployment import deploy_routes, routes_path
from oracle.keeping.registry import RegistryClient, deploy_registry, registry_path
from oracle.keeping.terms import GIB, NOBODY, RegistrySetup, Terms
from oracle.report.signing import sign_document
from oracle.storage.cid import cid_of
from oracle.storage.merkle import ChunkProof, chunk_span, leaves_of, path_of, root_of
from tests.agreements.stage import BUYER_KEY, SELLER_KEY, Stage
from tests.contracts.route_stage import PREIMAGE, TERMS

OTHER_CHAIN = 99
CONTENT = b"a file that someone holds " * 200


def keep_a_file(stage: Stage, folder: Path) -> bytes:
    """Register a file, have a holder accept it and prove that it has it; its id."""
    setup = RegistrySetup(stage.token.address, draw_delay_blocks=1, rest_blocks=1, bond_periods=1)
    address = deploy_registry(stage.sender(stage.faucet), setup, registry_path(folder, stage.chain))
    owner = RegistryClient(stage.chain, address, stage.sender(BUYER_KEY))
    holder = RegistryClient(stage.chain, address, stage.sender(SELLER_KEY))
    stage.mint(SELLER_KEY.address)
    leaves = leaves_of([CONTENT])
    terms = Terms(cid_of(CONTENT), root_of(leaves), len(CONTENT), "hot", "public", 2, 3, NOBODY, 10**6, ("eu-west",))
    file, _ = owner.register(terms)
    owner.fund(file, 10**6)
    holder.set_holder("eu-west", GIB, 10**6)
    holder.bond(10**6)
    owner.offer(file, holder.account, stage.now + 3_600)
    holder.accept(file)
    owner.challenge(file, holder.account)
    stage.later(10)
    stage.later(10)
    spans = [(index, *chunk_span(len(CONTENT), index)) for index in holder.drawn(file, holder.account)]
    holder.answer(
        file, [ChunkProof(CONTENT[first : first + length], path_of(leaves, index)) for index, first, length in spans]
    )
    return file


def send_elsewhere(stage: Stage, folder: Path) -> None:
    """Lock money for another chain, open an order there, and have operators sign the route's conditions."""
    operators = sorted((Account.from_key(bytes([number] * 32)) for number in (1, 2)), key=lambda key: key.address)
    addresses = deploy_routes(
        stage.sender(stage.faucet),
        routes_path(folder, stage.chain),
        token=stage.token.address,
        operators=[key.address for key in operators],
        threshold=2,
        terms=TERMS,
    )
    sender, user, far = stage.sender(BUYER_KEY), BUYER_KEY.address, "0x" + "77" * 20
    for spender in (addresses.locks, addresses.pool):
        stage.token.approve(sender, spender, 10**9)
    there = Counterpart(OTHER_CHAIN, far, far, user, 4_900)
    lock = Lock(stage.token.address, user, SELLER_KEY.address, 5_000, hash_of(PREIMAGE), stage.now + 3_600, there)
    locks = ContractCalls(stage.chain, "HashLock", addresses.locks)
    sender.call(locks, {}, "lock", lock_arguments(lock))
    stage.sender(SELLER_KEY).call(locks, {}, "claim", lock_arguments(lock), PREIMAGE)
    here = stage.chain.chain_id
    order = CrossOrder(
        here, addresses.pool, user, 1, stage.now + 3_600, 7_000, OTHER_CHAIN, far, far, 6_900, SELLER_KEY.address
    )
    sender.call(ContractCalls(stage.chain, "RelayPool", addresses.pool), {}, "open", onchain_arguments(order))
    leg = RouteLeg(here, addresses.locks, stage.token.address, OTHER_CHAIN, far, far)
    report = RouteReport(route_id([leg]), 1, stage.now, stage.now + 3_600, 45, 9_900, 20, 3, 10**6, bytes(32))
    document = report_document(report, chain_id=here, contract=addresses.conditions)
    signatures = [(each.r, each.vs) for each in sign_document(document, operators)]
    conditions = ContractCalls(stage.chain, "RouteConditions", addresses.conditions)
    sender.call(conditions, {}, "publish", report_arguments(report), signatures)
