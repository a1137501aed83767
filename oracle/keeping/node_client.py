"""IPFS nodes over HTTP: what anyone reads of one, checked against the CID, and what its own holder has it do."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from oracle.chain.idle_connections import kept_without_locks
from oracle.errors import NodeAway, WrongBytes
from oracle.storage.cid import Cid, cid_of, parse_cid

_MOST_JSON_BYTES = 1 << 22
_PIECE_BYTES = 1 << 16


@dataclass(frozen=True)
class NodeStanding:
    """What a node says of itself."""

    peer: str
    addresses: tuple[str, ...]  # multiaddresses of libp2p
    capacity_bytes: int
    used_bytes: int


class PublicNode:
    """A node as anyone sees it."""

    def __init__(self, url: str, *, timeout_seconds: float = 10.0) -> None:
        self.url = url.rstrip("/")
        self._timeout_seconds = timeout_seconds
        self._pool = kept_without_locks(urllib3.PoolManager(retries=False, timeout=timeout_seconds))

    def standing(self) -> NodeStanding:
        """Who it is, where, and how full.

        Raises:
            NodeAway: it does not answer.
        """
        told = self._json("GET", "/ipfs")
        try:
            addresses = tuple(str(each) for each in told["addresses"])
            return NodeStanding(str(told["peer"]), addresses, int(told["capacity_bytes"]), int(told["used_bytes"]))
        except (KeyError, TypeError, ValueError):
            raise NodeAway(f"{self.url} does not answer as a node of this network; correct its address") from None

    def read(self, cid: Cid, offset: int, length: int) -> bytes:
        """Bytes of a file as the node serves them, unchecked; fewer where the file ends.

        Raises:
            NodeAway: it does not answer, or does not have the file.
        """
        return self._request("GET", f"/ipfs/{cid}?offset={offset}&length={length}", most_bytes=length)

    def fetch(self, cid: Cid, size_bytes: int) -> bytes:
        """A whole file, checked against its CID.

        Raises:
            NodeAway: the node does not answer, or does not have the file.
            WrongBytes: what it serves is not the file.
        """
        content = self.read(cid, 0, size_bytes)
        if len(content) != size_bytes or cid_of(content) != cid:
            raise WrongBytes(f"{self.url} serves {len(content)} bytes that are not {cid}; read it from another holder")
        return content

    def _json(self, method: str, path: str, **request: Any) -> Any:
        try:
            return json.loads(self._request(method, path, most_bytes=_MOST_JSON_BYTES, **request))
        except ValueError:
            raise NodeAway(f"{self.url} does not answer as a node of this network; correct its address") from None

    def _request(
        self, method: str, path: str, *, most_bytes: int, timeout_seconds: float | None = None, **request: Any
    ) -> bytes:
        """The body of a good answer, at most so many bytes of it."""
        timeout = urllib3.Timeout(timeout_seconds or self._timeout_seconds)
        try:
            answer = self._pool.request(
                method, self.url + path, preload_content=False, timeout=timeout, redirect=False, **request
            )
            limit = most_bytes if answer.status == 200 else _MOST_JSON_BYTES
            try:
                body = bytearray()
                for piece in answer.stream(_PIECE_BYTES):
                    body += piece
                    if len(body) > limit:
                        raise NodeAway(f"{self.url} answers with more than {limit} bytes; leave it out")
            finally:
                answer.release_conn()
        except HTTPError as error:
            raise NodeAway(f"{self.url} does not answer ({type(error).__name__}); is the node running?") from None
        if answer.status != 200:
            raise NodeAway(f"{self.url} refuses {method} {path}: {_reason(body)}", answer.status)
        return bytes(body)


class OwnNode(PublicNode):
    """A node as its holder sees it, with the token of its control API."""

    def __init__(self, url: str, token: str, *, timeout_seconds: float = 10.0) -> None:
        super().__init__(url, timeout_seconds=timeout_seconds)
        self._authorization = {"authorization": f"Bearer {token}"}

    def files(self) -> dict[str, int]:
        """Sizes of the files that it has, by CID.

        Raises:
            NodeAway: it does not answer.
        """
        told = self._json("GET", "/v0/files", headers=self._authorization)
        return {str(each["cid"]): int(each["size_bytes"]) for each in told}

    def add(self, content: bytes) -> Cid:
        """Have it take a file in; its CID, which is checked.

        Raises:
            NodeAway: it does not answer, or has no room.
            WrongBytes: it names another CID than that of the bytes.
        """
        headers = {**self._authorization, "content-length": str(len(content))}
        told = self._json("POST", "/v0/files", headers=headers, body=content)
        cid = cid_of(content)
        if told.get("cid") != str(cid):
            raise WrongBytes(f"{self.url} names a file of the CID {cid} otherwise: {str(told.get('cid'))[:80]}")
        return cid

    def pin(self, cid: Cid, size_bytes: int, addresses: Sequence[str], *, timeout_seconds: float) -> None:
        """Have it fetch a file by bitswap from nodes at multiaddresses.

        Raises:
            NodeAway: the blocks did not come in time, there is no room, or the node does not answer.
        """
        asked = {
            "cid": str(cid),
            "size_bytes": size_bytes,
            "addresses": list(addresses),
            "timeout_ms": round(timeout_seconds * 1_000),
        }
        self._json(
            "POST",
            "/v0/pins",
            headers=self._authorization,
            body=json.dumps(asked).encode(),
            timeout_seconds=timeout_seconds + self._timeout_seconds,
        )

    def remove(self, cid: Cid) -> None:
        """Have it forget a file.

        Raises:
            NodeAway: it does not answer, or does not have it.
        """
        self._json("DELETE", f"/v0/files/{cid}", headers=self._authorization)

    def cids(self) -> list[Cid]:
        """Of the files that it has."""
        return [parse_cid(each) for each in self.files()]


def _reason(body: bytes | bytearray) -> str:
    try:
        return str(json.loads(body)["error"])[:200]
    except (ValueError, KeyError, TypeError):
        return "without a reason"
