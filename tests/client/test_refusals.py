"""Pages, tags and refusals of the API, by real requests."""

import httpx
import pytest

from oracle.service.v1.pages import LARGEST_INTEGER, cursor_of
from tests.client.conftest import Served

PROBLEM = "application/problem+json"


def test_pages_lead_on_by_cursor_and_by_link(http: httpx.Client) -> None:
    found, path = [], "/v1/nodes?limit=2"
    while path:
        answer = http.get(path)
        found += [node["node"] for node in answer.json()["items"]]
        path = answer.links["next"]["url"] if "next" in answer.links else ""
        assert (answer.json()["next"] is None) == (path == "")
        assert answer.links["first"]["url"] == "/v1/nodes?limit=2"
    assert found == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("path", ["/v1/nodes", "/v1/epochs", "/v1/history", "/v1/reports"])
@pytest.mark.parametrize("position", [0, LARGEST_INTEGER])
def test_a_page_beyond_the_end_is_empty(http: httpx.Client, path: str, position: int) -> None:
    answer = http.get(path, params={"cursor": cursor_of(position)}).json()
    beyond = position == 0 if path != "/v1/nodes" else position > 0
    assert (answer["items"] == []) == beyond
    assert answer["next"] is None


@pytest.mark.parametrize("cursor", ["", "0", "AQAAAAAAAAA", "AQAAAAAAAAAyA", "Af__________", "é" * 12, "A" * 60_000])
def test_what_is_no_cursor_is_refused(http: httpx.Client, cursor: str) -> None:
    answer = http.get("/v1/epochs", params={"cursor": cursor})
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert answer.json()["detail"].startswith("cursor in the query: ")
    assert len(answer.content) < 1_000


def test_a_tag_is_of_the_content_and_none_of_it_is_sent_twice(served: Served, http: httpx.Client) -> None:
    for path in (
        "/v1/network",
        "/v1/nodes",
        "/v1/nodes/1",
        "/v1/nodes/1/history",
        "/v1/committee",
        "/v1/epochs",
        "/v1/epochs/1",
        "/v1/epochs/1/nodes",
        "/v1/history",
        "/v1/rounds",
        "/v1/consensus",
        "/v1/reports",
        "/v1/reports/1",
        "/v1/signatures/1",
        "/v1/deployment",
    ):
        first = http.get(path)
        tag = first.headers["etag"]
        assert tag.startswith('"')
        for named in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = http.get(path, headers={"If-None-Match": named})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert http.get(path, headers={"If-None-Match": '"other"'}).content == first.content
    before = http.get("/v1/network").headers["etag"]
    served.network.blocks()
    served.daemon.step()
    assert http.get("/v1/network", headers={"If-None-Match": before}).status_code == 200
    one = http.get("/v1/epochs/1").headers["etag"]
    assert http.get("/v1/epochs/1", headers={"If-None-Match": one}).status_code == 304


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/epochs", 404),
        ("GET", "/dapp/nothing", 404),
        ("DELETE", "/v1/network", 405),
        ("POST", "/v1/nodes", 405),
        ("GET", "/rpc", 405),
        ("GET", "/v1/nodes/x", 422),
        ("POST", "/rpc", 415),
        ("POST", "/v1/control/resume", 401),
    ],
)
def test_every_refusal_is_a_problem(http: httpx.Client, method: str, path: str, status: int) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    problem = answer.json()
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["title"]
    assert problem["detail"]
    assert ("allow" in answer.headers) == (status == 405)


def test_a_batch_of_ten_thousand_and_huge_parameters_are_refused_unread(http: httpx.Client) -> None:
    batch = b"[" + b",".join([b'{"id":1}'] * 10_000) + b"]"
    refused = http.post("/rpc", content=batch, headers={"content-type": "application/json"})
    assert (refused.status_code, refused.headers["content-type"]) == (413, PROBLEM)
    small = [{"jsonrpc": "2.0", "id": 1, "method": "x"}] * 1_000
    assert http.post("/rpc", json=small).json()["error"]["message"] == "a batch holds 1 to 50 requests"
    assert http.get("/v1/epochs/" + "9" * 40_000).status_code == 422
    assert http.get("/v1/nodes", params={"limit": "1" * 40_000}).status_code == 422
    assert http.get("/v1/network").status_code == 200
