"""The parameters of all nodes after an epoch, as the journal keeps them: eleven bytes for each node, in order.

A fixed length, so that one node of many epochs is read without the others.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from oracle.window.window import Nodes

_FORM = struct.Struct(">QhB")  # theta0 in WAD, the lane of phi, whether the node is active
BYTES = _FORM.size


class Parameters(NamedTuple):
    """Of one node."""

    theta0_wad: int
    lane: int
    active: bool


def packed(nodes: Nodes) -> bytes:
    """All nodes."""
    return b"".join(_FORM.pack(*row) for row in zip(nodes.theta0_wad, nodes.lanes, nodes.active, strict=True))


def unpacked(content: bytes) -> Iterator[Parameters]:
    """Nodes as they were packed, in order.

    Raises:
        ValueError: a part of a node is missing.
    """
    try:
        for theta0_wad, lane, active in _FORM.iter_unpack(content):
            yield Parameters(theta0_wad, lane, bool(active))
    except struct.error as error:
        raise ValueError(str(error)) from error
