"""The HTTP interface, by real requests to a real server over a real chain."""

import json
import logging
from collections.abc import Iterator

import httpx
import pytest
from web3 import HTTPProvider

from oracle.chain.calls import calldata
from oracle.chain.events import event
from oracle.chain.ports import free_port
from oracle.chain.redact import configure_logging, hide
from oracle.errors import ConnectionFailed
from oracle.formulas.lanes import WAD
from oracle.model.bundle import Bundle
from oracle.service import api
from oracle.service.api import create_app
from oracle.service.daemon import Daemon
from oracle.service.http_server import HttpServer, take_port
from oracle.service.rpc_proxy import MAX_BATCH, READ_METHODS
from oracle.service.store import Store
from tests.logs import logging_as_before
from tests.small_network import Network


@pytest.fixture
def daemon(network: Network, bundle: Bundle, store: Store) -> Daemon:
    """A daemon that has looked at the chain, and reported nothing yet."""
    daemon = Daemon(network.cycle(bundle, store))
    daemon.cycle.lookout.look()
    return daemon


@pytest.fixture
def client(network: Network, daemon: Daemon) -> Iterator[httpx.Client]:
    server = HttpServer(create_app(daemon, network.record.as_json()), take_port("127.0.0.1", 0))
    server.start()
    with httpx.Client(base_url=server.url, timeout=120) as opened:
        yield opened
    server.stop()


def _apply_one(network: Network, daemon: Daemon) -> None:
    for _ in range(20):
        if daemon.step().outcome == "applied":
            return
        network.blocks()
    raise AssertionError("no report was applied")


def test_reports_tell_what_became_of_each_report(network: Network, daemon: Daemon, client: httpx.Client) -> None:
    assert client.get("/v1/reports").json() == {"items": [], "next": None}
    _apply_one(network, daemon)
    (epoch,) = client.get("/v1/reports").json()["items"]
    assert (epoch["epoch"], epoch["status"], epoch["signers"]) == (1, "applied", [0, 1])
    assert "lanes" not in epoch
    assert set(epoch["milliseconds"]) == {"encode", "decide", "sign", "submit"}
    assert "raw_transaction" not in epoch
    whole = client.get("/v1/reports/1").json()
    assert len(whole.pop("lanes")) == 5
    assert whole == epoch
    assert client.get("/v1/reports/2").status_code == 404


def test_what_the_oracle_has_not_read_yet_is_not_answered(network: Network, bundle: Bundle, store: Store) -> None:
    server = HttpServer(
        create_app(Daemon(network.cycle(bundle, store)), network.record.as_json()), take_port("127.0.0.1", 0)
    )
    server.start()
    with httpx.Client(base_url=server.url, timeout=120) as client:
        for path in ("/v1/nodes/0", "/v1/nodes", "/v1/network", "/v1/committee"):
            assert client.get(path).status_code == 503
        assert client.get("/health").json()["problems"] == ["the oracle has not read the chain yet"]
        assert client.get("/v1/epochs").json()["items"] == []
    server.stop()


def test_integers_out_of_range_are_refused_in_one_sentence(client: httpx.Client) -> None:
    for limit in ("0", "201", "many", str(2**63), "1" * 5000):
        answer = client.get("/v1/epochs", params={"limit": limit})
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith("limit in the query: "), answer.json()
    for epoch in (str(2**63), "-1", "one", "1" * 5000):
        answer = client.get(f"/v1/reports/{epoch}")
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith("epoch in the path: "), answer.json()
    for known in (1, 2**63 - 1):
        answer = client.get(f"/v1/reports/{known}")
        assert answer.status_code == 404
        assert answer.json()["detail"] == f"the journal has no report of epoch {known}"


def test_who_polls_is_told_of_nothing_new_in_few_bytes(network: Network, daemon: Daemon, client: httpx.Client) -> None:
    for path in ("/v1/nodes/3", "/v1/network", "/v1/reports"):
        first = client.get(path)
        again = client.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    tags = {path: client.get(path).headers["etag"] for path in ("/v1/nodes/3", "/v1/network", "/v1/reports")}
    assert daemon.step().outcome == "sent"  # at the same block: the journal changes, the parameters do not
    codes = {path: client.get(path, headers={"if-none-match": tag}).status_code for path, tag in tags.items()}
    assert codes == {"/v1/nodes/3": 304, "/v1/network": 304, "/v1/reports": 200}
    _apply_one(network, daemon)
    assert all(client.get(path, headers={"if-none-match": tag}).status_code == 200 for path, tag in tags.items())


def test_a_nodes_parameters_are_those_of_the_contract(network: Network, daemon: Daemon, client: httpx.Client) -> None:
    _apply_one(network, daemon)
    node = client.get("/v1/nodes/3").json()
    nodes = network.contracts.nodes(network.owned.chain.head())
    assert int(node["theta_wad"]) == int(node["theta0_wad"]) + int(node["phi_wad"])
    assert int(node["phi_wad"]) == nodes.lanes[3] * WAD // 2**15
    assert node["retired"] is False


@pytest.mark.parametrize("node", ["5", "99999999999"])
def test_a_node_that_is_not_there_is_not_found(client: httpx.Client, node: str) -> None:
    answer = client.get(f"/v1/nodes/{node}")
    assert answer.status_code == 404
    assert "indices run from 0 to 4" in answer.json()["detail"]


def test_difficulty_is_that_of_the_contract(network: Network, client: httpx.Client) -> None:
    answer = client.get("/v1/network").json()["difficulty"]
    reading = network.contracts.difficulty()
    assert (answer["difficulty"], answer["base_difficulty"]) == (str(reading.difficulty), str(reading.base_difficulty))
    assert answer["sum_exp_wad"] == str(5 * WAD)


def test_health_degrades_with_a_stale_report_and_says_so(
    network: Network, daemon: Daemon, client: httpx.Client
) -> None:
    assert client.get("/health").json()["status"] == "ok"
    network.owned.next_block(network.contracts.oracle_state().limits.max_age_seconds + 100)
    daemon.step()
    answer = client.get("/health")
    assert answer.status_code == 503
    assert "stale" in answer.json()["problems"][0]


def test_health_degrades_while_the_contract_refuses_reports_and_says_why(
    network: Network, bundle: Bundle, daemon: Daemon, client: httpx.Client
) -> None:
    network.steps.call("PhiOracle", "setModelHash", b"\x09" * 32)
    network.blocks(8)
    assert daemon.step().outcome == "refused"
    answer = client.get("/health")
    assert answer.status_code == 503
    assert "epoch 1: the contract refuses the report: WrongModel" in answer.json()["refusal"]
    assert answer.json()["refusal"] in answer.json()["problems"]
    network.steps.call("PhiOracle", "setModelHash", bundle.model_hash)
    network.blocks()
    _apply_one(network, daemon)
    assert client.get("/health").json()["refusal"] is None


def test_metrics_count_reports(network: Network, daemon: Daemon, client: httpx.Client) -> None:
    _apply_one(network, daemon)
    text = client.get("/metrics").text
    assert 'catalyst_reports_total{outcome="applied"} 1.0' in text
    assert "catalyst_epoch 1.0" in text
    assert 'catalyst_stage_seconds_count{stage="encode"} 1.0' in text


def test_the_page_finds_the_contracts(network: Network, client: httpx.Client) -> None:
    deployment = client.get("/v1/deployment").json()
    assert deployment["contracts"]["PhiOracle"]["address"] == network.contracts.addresses.oracle
    assert deployment["chainId"] == network.owned.chain.chain_id


def _rpc(client: httpx.Client, method: str, *params: object) -> dict:  # type: ignore[type-arg]
    return client.post("/rpc", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).json()  # type: ignore[no-any-return]


def test_rpc_answers_as_a_node_does(network: Network, client: httpx.Client) -> None:
    assert int(_rpc(client, "eth_chainId")["result"], 16) == network.owned.chain.chain_id
    head = _rpc(client, "eth_blockNumber")["result"]
    assert int(head, 16) == network.owned.chain.head()
    block = _rpc(client, "eth_getBlockByNumber", head, False)["result"]
    assert int(block["timestamp"], 16) == network.owned.chain.timestamp(int(head, 16))
    data = "0x" + calldata("PhiOracle", "sumExpWad").hex()
    call = _rpc(client, "eth_call", {"to": network.contracts.addresses.oracle, "data": data}, head)
    assert int(call["result"], 16) == 5 * WAD


def test_rpc_finds_the_logs_of_an_applied_report(network: Network, daemon: Daemon, client: httpx.Client) -> None:
    _apply_one(network, daemon)
    query = {"address": network.contracts.addresses.oracle, "fromBlock": "0x0", "toBlock": hex(10_000 - 1)}
    logs = _rpc(client, "eth_getLogs", query)["result"]
    topic = "0x" + event("PhiOracle", "ReportApplied").topic.hex()
    assert sum(log["topics"][0] == topic for log in logs) == 1


@pytest.mark.parametrize(
    "change",
    [{"address": None}, {"toBlock": "latest"}, {"toBlock": hex(10_000)}, {"fromBlock": "0x1", "toBlock": "0x0"}],
)
def test_rpc_wants_logs_by_address_and_a_short_range(
    network: Network, client: httpx.Client, change: dict[str, str | None]
) -> None:
    query = {"address": network.contracts.addresses.oracle, "fromBlock": "0x0", "toBlock": hex(9_999)}
    assert "result" in _rpc(client, "eth_getLogs", query)
    wider = {name: value for name, value in (query | change).items() if value is not None}
    assert _rpc(client, "eth_getLogs", wider)["error"]["code"] == -32602


def test_rpc_gives_blocks_without_whole_transactions(network: Network, client: httpx.Client) -> None:
    network.blocks(2)
    block = _rpc(client, "eth_getBlockByNumber", "latest", True)["result"]
    assert block["transactions"]
    assert all(isinstance(each, str) for each in block["transactions"])


def test_no_secret_of_the_nodes_url_reaches_the_log(
    network: Network,
    daemon: Daemon,
    client: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The node goes away: the step fails, `/health` says so, and what was known is told on."""
    with logging_as_before():
        configure_logging(logging.INFO)
        url = f"http://127.0.0.1:{free_port()}/?apikey=TOPSECRETKEY"
        hide(url)
        monkeypatch.setattr(network.owned.chain._w3, "provider", HTTPProvider(url, request_kwargs={"timeout": 1}))
        with pytest.raises(ConnectionFailed):
            daemon.step()
        for path, status_code in (("/health", 503), ("/v1/nodes/0", 200), ("/v1/network", 200)):
            answer = client.get(path)
            assert answer.status_code == status_code, path
            assert "TOPSECRETKEY" not in answer.text
        assert "TOPSECRETKEY" not in json.dumps(_rpc(client, "eth_blockNumber"))
        captured = capfd.readouterr()
        assert "TOPSECRETKEY" not in captured.err + captured.out
        assert "Traceback" not in captured.err


@pytest.mark.parametrize("method", ["eth_sendRawTransaction", "eth_accounts", "evm_mine", "debug_traceCall", ""])
def test_rpc_offers_reads_only(client: httpx.Client, method: str) -> None:
    assert method not in READ_METHODS
    assert _rpc(client, method)["error"]["code"] == -32601


@pytest.mark.parametrize(
    "body",
    [
        *("{", "[]", "3", "[1]", "[" * 60_000, '{"method": []}', '{"id": NaN, "method": "eth_chainId"}'),
        *('{"id": [1], "method": "eth_chainId"}', '{"id": 1}'),
        json.dumps({"method": "eth_chainId", "params": "x"}),
    ],
)
def test_rpc_answers_malformed_requests_with_an_error(client: httpx.Client, body: str) -> None:
    answer = client.post("/rpc", content=body, headers={"content-type": "application/json"}).json()
    assert "error" in (answer[0] if isinstance(answer, list) else answer)


def test_rpc_bounds_bodies_batches_and_types(client: httpx.Client) -> None:
    assert client.post("/rpc", content="{}", headers={"content-type": "text/plain"}).status_code == 415
    huge = " " * 70_000
    assert client.post("/rpc", content=huge, headers={"content-type": "application/json"}).status_code == 413
    batch = [{"jsonrpc": "2.0", "id": i, "method": "eth_chainId"} for i in range(MAX_BATCH + 1)]
    assert "error" in client.post("/rpc", json=batch).json()
    assert len(client.post("/rpc", json=batch[1:]).json()) == MAX_BATCH


def test_the_api_names_the_page_where_it_is_built(client: httpx.Client) -> None:
    if not api.DAPP_DIRECTORY.is_dir():
        pytest.skip("the page is not built: run `make dapp`")
    assert "<html" in client.get("/dapp/").text.lower()
