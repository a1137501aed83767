"""Streams of events: how they resume, how many there may be, and that they end."""

import threading

import httpx
import pytest

from oracle.service.v1 import events
from tests.client.conftest import Served


def _lines(stream: httpx.Response, count: int) -> list[str]:
    found = []
    for line in stream.iter_lines():
        found.append(line)
        if len(found) == count:
            break
    return found


def test_a_stream_resumes_after_the_last_event(http: httpx.Client) -> None:
    with http.stream("GET", "/v1/events", headers={"Last-Event-ID": "1"}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = _lines(stream, 6)
    assert (lines[0], lines[1], lines[2], lines[3]) == ("retry: 1000", "", "id: 2", "event: epoch")
    assert lines[4] == f"data: {http.get('/v1/epochs/2').text}"


@pytest.mark.parametrize("last", ["x", "-1", "9" * 400])
def test_an_id_that_is_none_is_refused(http: httpx.Client, last: str) -> None:
    answer = http.get("/v1/events", headers={"Last-Event-ID": last})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_a_stream_without_news_shows_that_it_lives_and_ends_by_itself(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.0)
    monkeypatch.setattr(events, "STREAM_SECONDS", 1.0)
    with http.stream("GET", "/v1/events") as stream:
        lines = list(stream.iter_lines())
    assert lines[0] == "retry: 1000"
    assert ": still here" in lines
    assert not any(line.startswith("id:") for line in lines)


def test_one_client_may_hold_so_many_streams(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "CLIENT_STREAMS", 1)
    with http.stream("GET", "/v1/events") as held:
        lines = held.iter_lines()
        assert next(lines) == "retry: 1000"
        answer = http.get("/v1/events")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert http.get("/v1/network").status_code == 200


def _stop(served: Served, ended: threading.Event) -> None:
    served.server.stop()
    ended.set()


def test_streams_end_when_the_server_does(served: Served) -> None:
    ended = threading.Event()
    with httpx.Client(base_url=served.url, timeout=120) as client, client.stream("GET", "/v1/events") as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 1000"
        stopping = threading.Thread(target=_stop, args=(served, ended))
        stopping.start()
        assert list(lines) == [""]
        stopping.join(timeout=120)
    assert ended.is_set()
