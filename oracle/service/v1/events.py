"""New epochs as server-sent events (the HTML standard): each once, and again after a reorganisation."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.responses import StreamingResponse

from oracle.client.answers import EpochAnswer
from oracle.errors import JournalFailed
from oracle.service.v1 import examples
from oracle.service.v1.pages import LARGEST_INTEGER, MOST_ITEMS
from oracle.service.v1.problems import described
from oracle.service.v1.sources import From, Sources

router = APIRouter(tags=["epochs"])

CLIENT_STREAMS, TOTAL_STREAMS = 8, 64
# Shorter than the server's limit on the time of an answer; clients come again by themselves, and say where they were.
STREAM_SECONDS = 50.0
_LOOK_SECONDS = 0.25
HEARTBEAT_SECONDS = 15.0


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses=examples.EVENTS | described(422, 429, 503),
)
async def events(
    request: Request,
    sources: From,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=LARGEST_INTEGER, description="Epoch of the last event that came.")
    ] = None,
) -> StreamingResponse:
    """New epochs as they come in force, as events `epoch`; `Last-Event-ID` resumes after an epoch.

    A stream ends after 50 s, and with the daemon; come again with the id of the last event, as browsers do.
    """
    client = request.client.host if request.client else ""
    if sources.ending.is_set():
        raise HTTPException(503, "the daemon ends; come again in 5 s", {"Retry-After": "5"})
    if sources.streams.get(client, 0) >= CLIENT_STREAMS or sum(sources.streams.values()) >= TOTAL_STREAMS:
        raise HTTPException(429, f"more than {CLIENT_STREAMS} streams are open; close one", {"Retry-After": "5"})
    newest = sources.journal.epochs(LARGEST_INTEGER, 1)
    seen = newest[0] if newest else None
    return StreamingResponse(
        _stream(sources, client, seen, last_event_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(
    sources: Sources, client: str, seen: EpochAnswer | None, last_event_id: int | None
) -> AsyncIterator[str]:
    sources.streams[client] = sources.streams.get(client, 0) + 1
    try:
        yield "retry: 1000\n\n"
        if last_event_id is not None:
            missed = sources.journal.epochs(LARGEST_INTEGER, MOST_ITEMS)
            for each in reversed([each for each in missed if each.epoch > last_event_id]):
                yield _event(each)
            seen = missed[0] if missed else None
        end = time.monotonic() + STREAM_SECONDS
        beat = time.monotonic()
        while time.monotonic() < end and not sources.ending.is_set():
            await asyncio.sleep(_LOOK_SECONDS)
            for each in _new(sources, seen):
                seen, beat = each, time.monotonic()
                yield _event(each)
            if time.monotonic() - beat >= HEARTBEAT_SECONDS:
                beat = time.monotonic()
                yield ": still here\n\n"
    except JournalFailed:
        return  # the client comes again
    finally:
        sources.streams[client] -= 1
        if not sources.streams[client]:
            del sources.streams[client]


def _new(sources: Sources, seen: EpochAnswer | None) -> list[EpochAnswer]:
    """Epochs that came since, oldest first; those that a reorganisation brought anew are among them."""
    found = sources.journal.epochs(LARGEST_INTEGER, 1)
    if not found or (seen is not None and _same(found[0], seen)):
        return []
    after = -1 if seen is None else seen.epoch
    latest = sources.journal.epochs(LARGEST_INTEGER, MOST_ITEMS)
    if seen is not None and not any(_same(each, seen) for each in latest):
        after = min(after, latest[0].epoch) - 1  # the epoch last told was undone
    return [each for each in reversed(latest) if each.epoch > after]


def _same(one: EpochAnswer, other: EpochAnswer) -> bool:
    return (one.epoch, one.block.hash) == (other.epoch, other.block.hash)


def _event(epoch: EpochAnswer) -> str:
    return f"id: {epoch.epoch}\nevent: epoch\ndata: {epoch.model_dump_json()}\n\n"
