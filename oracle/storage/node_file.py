"""Nodes as a JSON file: a list of objects with the fields of `StorageNode`."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from oracle.errors import InputError
from oracle.storage.node import StorageNode

_MOST_BYTES = 4 * 2**20


def read_nodes(path: Path) -> list[StorageNode]:
    """The nodes of a file.

    Raises:
        InputError: it is no list of nodes; names the first field that is wrong.
    """
    raw = path.read_bytes()
    if len(raw) > _MOST_BYTES:
        raise InputError(f"{path} has more than {_MOST_BYTES} bytes: give a list of nodes")
    try:
        return TypeAdapter(list[StorageNode]).validate_json(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise InputError(f"{path} is no list of nodes: {where}: {first['msg']}") from None
