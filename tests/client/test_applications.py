"""What the API says of plans, files, transfers and routes, beside what the contracts themselves say."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import schemathesis
from schemathesis.core.result import Ok

from oracle.agreements.deployment import agreements_path
from oracle.chain.calls import ContractCalls
from oracle.chain.deployment import deployment_path, new_deployment, with_applications
from oracle.chain.owned import start_chain
from oracle.chain.reads import Reads
from oracle.chain.transactions import sign_transaction
from oracle.client import asks
from oracle.client.asks import Ask
from oracle.client.client import AskFailed, AsyncClient, Client
from oracle.control.feedback import FeedbackController
from oracle.keeping.registry import RegistryClient
from oracle.plans.plan import Plan, as_arguments
from oracle.plans.signing import plan_id
from oracle.service import rpc_proxy
from oracle.service.api import create_app
from oracle.service.applications import search
from oracle.service.daemon import Daemon
from oracle.service.http_server import HttpServer, take_port
from oracle.service.rate import Rate
from oracle.service.rpc_proxy import MAX_BATCH, RpcProxy
from oracle.service.v1.sources import Sources
from tests.agreements.stage import BUYER_KEY, CARRIER_KEY, SELLER_KEY, Stage
from tests.client.test_schemathesis import _ask, _modes
from tests.contracts.plan_stage import FEE, PRICE
from tests.e2e.built_on import CONTENT, OTHER_CHAIN, keep_a_file, send_elsewhere
from tests.small_network import make_network

UNKNOWN = "0x" + "00" * 31 + "01"
NOTE = bytes([7] * 32)


@dataclass
class Built:
    """A daemon over a network on which something is built."""

    url: str
    stage: Stage
    daemon: Daemon
    sources: Sources
    contracts: dict[str, Any]  # of the deployment that is served
    plans: list[Plan]  # in the order in which they were proposed
    file: bytes

    def seen(self) -> None:
        """Have the daemon look at an empty block more."""
        self.stage.later(10)
        self.daemon.cycle.lookout.look()

    def calls(self, name: str) -> ContractCalls:
        return ContractCalls(self.stage.chain, name, self.contracts[name]["address"])


@pytest.fixture(scope="module", params=["anvil", "eth-tester"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    path = tmp_path_factory.mktemp("built")
    with ExitStack() as cleanup:
        owned = start_chain(request.param)
        cleanup.callback(owned.close)
        record = new_deployment(owned.chain, deployment_path(path, owned.chain))
        network = make_network(owned, FeedbackController().model_hash, record=record)
        stage = Stage(owned, agreements_path(path, owned.chain))
        done, waiting = stage.sale(), stage.sale(arbiter=True, salt=1, kind="trade")
        stage.begin(done)
        stage.book(CARRIER_KEY).perform(done, 0, NOTE)
        stage.book().propose(waiting)
        file = keep_a_file(stage, path)
        send_elsewhere(stage, path)
        store = network.store(path / "oracle.sqlite")
        cleanup.callback(store.close)
        daemon = Daemon(network.cycle(None, store))
        deployment = with_applications(record)
        app = create_app(daemon, deployment)
        server = HttpServer(app, take_port("127.0.0.1", 0))
        server.start()
        cleanup.callback(server.stop)
        made = Built(server.url, stage, daemon, app.state.sources, deployment["contracts"], [done, waiting], file)
        made.seen()
        yield made


def test_plans_are_those_of_the_book(built: Built) -> None:
    with Client(built.url) as client:
        listed = list(client.each(asks.plans(limit=1)))
        active, proposed = (client.ask(asks.plan(_hex(plan_id(plan)))) for plan in built.plans)
    assert [each.id for each in listed] == [proposed.id, active.id]
    assert [(each.kind, each.status, each.step, each.verb, each.steps, each.parties) for each in listed] == [
        ("trade", "proposed", None, None, 3, 4),
        ("logistics", "active", 1, "accept", 3, 3),
    ]
    done, waiting = built.plans
    standing = built.stage.book().standing(plan_id(done))
    assert (active.step, active.since_seconds) == (standing.step, standing.since_seconds)
    assert active.activated_at_seconds == standing.activated_at_seconds
    assert proposed.activated_at_seconds is None
    assert [party.address for party in active.parties] == list(done.parties)
    assert [int(party.held) for party in active.parties] == list(built.stage.book().held(done)) == [0, 0, PRICE + FEE]
    assert [party.joined for party in active.parties] == [True] * 3
    assert [party.joined for party in proposed.parties] == [False] * 4
    assert (active.arbiter, proposed.arbiter, proposed.arbiter_seconds) == (None, 3, waiting.arbiter_seconds)
    assert (active.token, active.terms_hash, active.model_hash) == (done.token, _hex(done.terms_hash), None)
    receive, accept, settle = proposed.steps
    assert (receive.late_days, receive.penalty_per_day, receive.penalty_payer) == (10, "1200", 2)
    assert (receive.on_done, receive.on_timeout, receive.on_refusal, receive.needs_evidence) == (
        1,
        "refund",
        None,
        True,
    )
    assert (accept.on_refusal, settle.on_done) == ("arbiter", "done")
    assert [(each.payer, each.payee, each.amount) for each in settle.payments] == [(2, 1, str(FEE)), (2, 0, None)]
    assert active.proposed_block == listed[1].proposed_block == built.stage.book().history(plan_id(done))[0].block


def test_a_file_has_its_terms_its_holders_and_its_proofs(built: Built) -> None:
    with Client(built.url) as client:
        (listed,) = client.each(asks.files())
        file = client.ask(asks.file(_hex(built.file)))
        (proof,) = client.each(asks.proofs(_hex(built.file)))
    registry = RegistryClient(built.stage.chain, built.contracts["StorageRegistry"]["address"])
    terms, standing = registry.terms(built.file), registry.standing(built.file)
    assert listed.model_dump() == {name: getattr(file, name) for name in listed.model_fields_set}
    assert (file.cid, file.size_bytes) == (str(terms.cid), len(CONTENT))
    assert (file.temperature, file.privacy, file.regions) == ("hot", "public", ["eu-west"])
    assert (file.replicas_min, file.replicas_max, file.max_rent) == (2, 3, "1000000")
    assert (file.owner, file.steward, int(file.fund)) == (standing.owner, None, standing.fund)
    assert (file.agreements, file.held) == (1, 1)
    agreement = registry.agreement(built.file, SELLER_KEY.address)
    (holder,) = file.holders
    assert (holder.address, holder.region, holder.status) == (SELLER_KEY.address, "eu-west", "held")
    assert (int(holder.rent), int(holder.locked)) == (agreement.rent, agreement.locked)
    assert (holder.since_seconds, holder.challenged) == (agreement.since_seconds, False)
    assert (proof.holder, proof.outcome) == (SELLER_KEY.address, "answered")
    receipt = built.stage.chain.request("eth_getTransactionReceipt", [proof.transaction_hash])
    assert int(str(receipt["blockNumber"]), 0) == proof.block


def test_transfers_and_routes_are_those_of_their_contracts(built: Built) -> None:
    with Client(built.url) as client:
        order, lock = client.each(asks.transfers(limit=1))
        (route,) = client.each(asks.routes())
        assert client.ask(asks.transfer(lock.id)) == lock
        assert client.ask(asks.transfer(order.id)) == order
        assert client.ask(asks.route(route.id)) == route
        pool = client.ask(asks.pool())
    token, far = built.stage.token.address, "0x" + "77" * 20
    assert (lock.by, lock.status, lock.amount, lock.other_amount) == ("lock", "claimed", "5000", "4900")
    assert (lock.sender, lock.recipient, lock.token) == (BUYER_KEY.address, SELLER_KEY.address, token)
    assert (order.by, order.status, order.amount, order.other_amount) == ("pool", "open", "7000", "6900")
    assert (order.sender, order.recipient, order.token) == (BUYER_KEY.address, SELLER_KEY.address, token)
    assert {(each.other_chain_id, each.other_token) for each in (order, lock)} == {(OTHER_CHAIN, far)}
    assert built.calls("HashLock").read("statusOf", bytes.fromhex(lock.id[2:])) == 2
    assert built.calls("RelayPool").read("stateOf", bytes.fromhex(order.id[2:]))[0] == 1
    conditions = built.calls("RouteConditions").read("conditionsOf", bytes.fromhex(route.id[2:]))
    assert conditions == (
        *(route.sequence, route.observed_at_seconds, route.valid_until_seconds, route.p95_seconds),
        *(route.success_bps, route.fee_bps, int(route.fee_fixed), int(route.most_amount)),
    )
    assert route.status == "open"
    assert (int(pool.liquid), int(pool.lent), int(pool.shares)) == built.calls("RelayPool").read("pool")
    assert (pool.contract, pool.token) == (built.contracts["RelayPool"]["address"], token)


def test_what_nobody_knows_is_said_in_one_sentence(built: Built) -> None:
    refused: list[tuple[Ask[Any], str]] = [
        (asks.plan(UNKNOWN), f"the book has no plan {UNKNOWN}"),
        (asks.file(UNKNOWN), f"the registry has no file {UNKNOWN}"),
        (asks.proofs(UNKNOWN), f"the registry has no file {UNKNOWN}"),
        (asks.transfer(UNKNOWN), f"neither locks nor orders here have the id {UNKNOWN}"),
        (asks.route(UNKNOWN), f"operators have signed nothing of a route {UNKNOWN}"),
    ]
    with Client(built.url) as client:
        for ask, sentence in refused:
            with pytest.raises(AskFailed, match=f"{sentence}$") as caught:
                client.ask(ask)
            assert caught.value.status == 404


def test_tags_hold_until_a_block_changes_what_they_are_of(built: Built) -> None:
    with httpx.Client(base_url=built.url, timeout=120) as http:
        paths = [f"/v1/plans?limit={MAX_BATCH}", f"/v1/files/{_hex(built.file)}/proofs", "/v1/transfers", "/v1/routes"]
        tags = {path: http.get(path).headers["etag"] for path in paths}
        built.seen()
        plan = built.stage.sale(salt=2, kind="later")
        built.stage.book().propose(plan)
        built.plans.append(plan)
        for path in paths:
            again = http.get(path, headers={"If-None-Match": tags[path]})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tags[path])
        built.seen()
        answer = http.get(paths[0], headers={"If-None-Match": tags[paths[0]]})
        assert answer.status_code == 200
        assert answer.json()["items"][0]["kind"] == "later"
        assert http.get(paths[1], headers={"If-None-Match": tags[paths[1]]}).status_code == 304


def test_a_cursor_leads_through_few_blocks_at_a_time_to_all(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one request's blocks are over, its page ends early; the next one goes on, for single plans too."""
    with Client(built.url) as client:
        whole = list(client.each(asks.plans()))
        monkeypatch.setattr(search, "MOST_BLOCKS", 3)
        monkeypatch.setattr(search, "MOST_QUERIES", 2)
        monkeypatch.setattr(built.sources, "searches", search.Searches())
        for _ in range(6):
            built.stage.later(10)
        built.seen()
        empty = client.ask(asks.plans())
        assert empty.items == []
        assert empty.next is not None
        assert list(client.each(asks.plans())) == whole
        oldest = asks.plan(whole[-1].id)
        refusals = 0
        while refusals < 100:
            try:
                found = client.ask(oldest)
                break
            except AskFailed as error:
                assert (error.status, error.retry_after_seconds) == (503, 1)
                refusals += 1
        assert 0 < refusals < 100
        assert found.proposed_block == whole[-1].proposed_block


@pytest.mark.parametrize(("bound", "most"), [("MAX_LOG_BLOCKS", 2), ("MAX_ANSWER_BYTES", 8_000)])
def test_where_so_many_blocks_are_refused_fewer_are_asked_for(
    built: Built, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    with Client(built.url) as client:
        whole = list(client.each(asks.transfers()))
        monkeypatch.setattr(rpc_proxy, bound, most)
        built.seen()
        assert list(client.each(asks.transfers())) == whole
        monkeypatch.setattr(rpc_proxy, bound, 0)
        built.seen()
        with pytest.raises(AskFailed, match="the oracle's node does not give the logs of block") as caught:
            client.ask(asks.transfers())
        assert (caught.value.status, caught.value.retry_after_seconds) == (503, 1)


def test_the_client_of_asyncio_reads_the_same(built: Built) -> None:
    async def read() -> tuple[object, ...]:
        async with AsyncClient(built.url) as client:
            plans = [each async for each in client.each(asks.plans(limit=1))]
            return plans, await client.ask(asks.file(_hex(built.file))), await client.ask(asks.pool())

    with Client(built.url) as client:
        expected = list(client.each(asks.plans())), client.ask(asks.file(_hex(built.file))), client.ask(asks.pool())
    assert asyncio.run(read()) == expected


def test_any_bytes_for_a_kind_are_shown_and_hide_no_plan(built: Built) -> None:
    plan = built.stage.sale(salt=3)
    content = (b"\xff\x00kind".ljust(32, b"\0"), *as_arguments(plan)[1:])
    stage, book = built.stage, built.calls("PlanBook")
    transaction = sign_transaction(
        chain=stage.chain,
        account=BUYER_KEY,
        nonce=stage.chain.nonce(BUYER_KEY.address, pending=False),
        to=book.address,
        data=book.calldata("propose", content, []),
        gas_limit=1_000_000,
    )
    stage.chain.send_raw(transaction.raw, transaction.hash)
    stage.later(10)
    built.seen()
    with Client(built.url) as client:
        first = client.ask(asks.plans(limit=1)).items[0]
        assert first.kind == "\\xff\x00kind"
        assert client.ask(asks.plan(first.id)).kind == first.kind


def test_where_a_deployment_has_no_such_contract_it_is_said(http: httpx.Client) -> None:
    for path, sentence in (
        ("/v1/plans", "this deployment has no PlanBook, so there are no plans here"),
        (f"/v1/plans/{UNKNOWN}", "this deployment has no PlanBook, so there are no plans here"),
        ("/v1/files", "this deployment has no StorageRegistry, so there are no files here"),
        ("/v1/transfers", "this deployment has no HashLock, so there are no transfers here"),
        ("/v1/routes", "this deployment has no RouteConditions, so there are no routes here"),
        ("/v1/pool", "this deployment has no HashLock, so there are no transfers here"),
    ):
        answer = http.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert answer.json()["detail"] == sentence


@pytest.mark.parametrize("built", ["anvil"], indirect=True)
def test_every_operation_answers_as_it_is_described_where_something_is_built(built: Built) -> None:
    schema = schemathesis.openapi.from_url(f"{built.url}/v1/openapi.json").include(tag="applications")
    asked = []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        for mode in _modes(result.ok()):
            _ask(result.ok(), mode, {})
            asked.append(f"{result.ok().label} {mode.value}")
    assert len(asked) == 19


def test_nobody_gets_more_of_the_node_than_by_rpc(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each read of the node counts toward the client's rate; what was read is answered for nothing."""
    rate = Rate(per_second=0.001, burst=10)
    proxy = RpcProxy(Reads(built.stage.chain), client_rate=rate)
    monkeypatch.setattr(built.sources, "proxy", proxy)
    built.seen()
    with httpx.Client(base_url=built.url, timeout=120) as http:
        assert http.get("/v1/pool").status_code == 200  # two reads
        answers = [http.get(f"/v1/plans/0x{number:064x}") for number in range(1, 10)]
        assert [each.status_code for each in answers] == [404] * 8 + [429]
        assert answers[-1].json()["detail"].startswith("1 requests more are beyond")
        assert int(answers[-1].headers["retry-after"]) > 1
        assert http.get("/v1/pool").status_code == 200
    proxy.close()


def _hex(content: bytes) -> str:
    return "0x" + content.hex()
