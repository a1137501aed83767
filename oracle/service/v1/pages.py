"""Pages of long lists: how many, and from where on, by a cursor that clients pass on unread."""

import base64
import struct
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query, Request
from pydantic import BaseModel

from oracle.service.v1.cached import Rendered

Item = TypeVar("Item", bound=BaseModel)
MOST_ITEMS = 200
LARGEST_INTEGER = 2**63 - 1  # of SQLite
_FORM = struct.Struct(">BQ")  # version and position

Limit = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="The most items of the page.")]
# 9 bytes in base64: the first is the version, 1, and the others a position below 2^63, which every such string is.
Cursor = Annotated[
    str | None,
    Query(pattern=r"^A[Q-X][A-Za-z0-9_-]{10}$", description="`next` of the page before; without it, the first page."),
]


def cursor_of(position: int) -> str:
    """A cursor that leads to a position."""
    return base64.urlsafe_b64encode(_FORM.pack(1, position)).decode()


def position_of(cursor: str | None, first: int) -> int:
    """Where a cursor leads; `first` without one."""
    if cursor is None:
        return first
    _, position = _FORM.unpack(base64.urlsafe_b64decode(cursor))
    return int(position)


def page(request: Request, items: Sequence[BaseModel], limit: int, following: int | None) -> Rendered:
    """A page and the header that leads to the first and the next one (RFC 8288).

    Args:
        request: What is asked.
        items: Of the page.
        limit: The most there may be.
        following: Where the next page begins; None on the last one.
    """
    path = request.url.path
    links = [f'<{path}?limit={limit}>; rel="first"']
    end = "null"
    if following is not None:
        cursor = cursor_of(following)
        links.append(f'<{path}?limit={limit}&cursor={cursor}>; rel="next"')
        end = f'"{cursor}"'
    content = f'{{"items":[{",".join(item.model_dump_json() for item in items)}],"next":{end}}}'
    return Rendered(content.encode(), {"Link": ", ".join(links)})


def page_of_more(request: Request, found: Sequence[Item], limit: int, position: Callable[[Item], int]) -> Rendered:
    """As `page`, of what was found when one item more than a page has was asked for: it leads on where that came.

    Args:
        request: What is asked.
        found: The items, and perhaps one more.
        limit: The most items of the page.
        position: Of its last item, behind which the next page begins.
    """
    following = position(found[limit - 1]) if len(found) > limit else None
    return page(request, found[:limit], limit, following)
