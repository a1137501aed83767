"""IPFS nodes as processes: what they take, name, serve, fetch from each other by bitswap, and refuse."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import urllib3

from oracle.cli.commands import EXIT_TERMINATED
from oracle.errors import NodeAway, WrongBytes
from oracle.keeping.node_client import OwnNode, PublicNode
from oracle.keeping.node_process import NodeProcess
from oracle.lab.storage.live_world import FAULTY_NODE
from oracle.storage.cid import LEAF_BYTES, cid_of

CAPACITY_BYTES = 4_000_000
SIZES = (1, 1_024, LEAF_BYTES, LEAF_BYTES + 1, 2 * LEAF_BYTES + 77)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nodes")


@pytest.fixture(scope="module")
def nodes(folder: Path) -> Iterator[list[OwnNode]]:
    """Two nodes of the laboratory."""
    processes = [
        NodeProcess(folder / str(index), capacity_bytes=CAPACITY_BYTES, program=FAULTY_NODE) for index in range(2)
    ]
    try:
        yield [each.await_ready() for each in processes]
    finally:
        for each in processes:
            each.close()


def content_of(size_bytes: int) -> bytes:
    return Random(size_bytes).randbytes(size_bytes)


def pin(taker: OwnNode, giver: OwnNode, content: bytes, *, seconds: float = 10.0) -> None:
    taker.pin(cid_of(content), len(content), giver.standing().addresses, timeout_seconds=seconds)


@pytest.mark.parametrize("size_bytes", SIZES)
def test_a_file_has_the_cid_that_is_computed_here_and_moves_by_bitswap(nodes: list[OwnNode], size_bytes: int) -> None:
    first, second = nodes
    content = content_of(size_bytes)
    cid = first.add(content)  # which compares the node's CID with ours
    pin(second, first, content)
    assert second.files()[str(cid)] == size_bytes
    assert PublicNode(second.url).fetch(cid, size_bytes) == content
    assert second.read(cid, size_bytes - 1, 100) == content[-1:]
    assert second.standing().used_bytes == size_bytes
    for node in nodes:
        node.remove(cid)
        assert node.standing().used_bytes == 0
        with pytest.raises(NodeAway, match="does not have that file"):
            node.fetch(cid, size_bytes)


def test_what_does_not_fit_is_refused(nodes: list[OwnNode]) -> None:
    first, second = nodes
    content = content_of(CAPACITY_BYTES + 1)
    with pytest.raises(NodeAway, match="do not fit") as refused:
        first.add(content)
    assert refused.value.status == 507
    with pytest.raises(NodeAway, match="do not fit"):
        pin(second, first, content)


def test_a_file_that_is_larger_than_announced_is_not_kept(nodes: list[OwnNode]) -> None:
    first, second = nodes
    content = content_of(500_000)
    cid = first.add(content)
    with pytest.raises(NodeAway, match="larger than 1000 bytes"):
        second.pin(cid, 1_000, first.standing().addresses, timeout_seconds=120.0)
    assert second.files() == {}
    first.remove(cid)


def test_wrong_bytes_reach_nobody_by_bitswap_and_are_seen_by_who_reads(nodes: list[OwnNode], folder: Path) -> None:
    first, second = nodes
    content = content_of(3_000)
    cid = first.add(content)
    (folder / "0" / "corrupt").touch()
    with pytest.raises(WrongBytes, match="are not"):
        first.fetch(cid, len(content))
    with pytest.raises(NodeAway, match="did not come"):
        pin(second, first, content, seconds=1.0)
    assert second.files() == {}
    (folder / "0" / "corrupt").unlink()
    assert first.fetch(cid, len(content)) == content
    first.remove(cid)


def test_a_file_that_the_disk_has_spoilt_is_forgotten_and_the_node_lives(nodes: list[OwnNode], folder: Path) -> None:
    node, content = nodes[0], content_of(LEAF_BYTES + 1)  # which has a block that leads to others
    cid = node.add(content)
    (folder / "0" / "corrupt").touch()
    node.remove(cid)
    assert node.files() == {}
    (folder / "0" / "corrupt").unlink()
    assert node.add(content) == cid
    assert node.fetch(cid, len(content)) == content
    node.remove(cid)


def test_only_the_token_changes_anything(nodes: list[OwnNode]) -> None:
    node = nodes[0]
    stranger = OwnNode(node.url, "x" * 40)
    for act in (stranger.files, lambda: stranger.add(b"x"), lambda: stranger.remove(cid_of(b"x"))):
        with pytest.raises(NodeAway, match="wrong token") as refused:
            act()
        assert refused.value.status == 401
    assert PublicNode(node.url).standing().peer  # who it is, anyone may ask


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v0/pins", b"{", 400),
        ("POST", "/v0/pins", b"null", 400),
        ("POST", "/v0/pins", b'{"cid": "x", "size_bytes": 1, "addresses": ["/ip4/1.2.3.4/udp/1"]}', 400),
        ("POST", "/v0/pins", b'{"cid": "x", "size_bytes": -1, "addresses": [], "timeout_ms": 1}', 400),
        ("POST", "/v0/pins", b'{"cid": "x", "size_bytes": 1, "addresses": [], "timeout_ms": 1}', 400),
        ("POST", "/v0/pins", b" " * 70_000, 413),
        ("DELETE", "/v0/files/bafkreihevih7zdy2t7tjepdludmkc3q4v532a3t5ltrnb2oult5c2wnile", None, 404),
        ("GET", "/v0/files/../secret", None, 404),
        ("PUT", "/v0/files", b"x", 404),
    ],
)
def test_what_is_no_request_is_refused(
    nodes: list[OwnNode], method: str, path: str, body: bytes | None, status: int
) -> None:
    node = nodes[0]
    answer = urllib3.request(method, node.url + path, body=body, headers=node._authorization, retries=False)
    assert answer.status == status
    assert set(answer.json()) == {"error"}


def test_a_node_has_its_files_and_its_name_again_after_a_kill(tmp_path: Path) -> None:
    process = NodeProcess(tmp_path / "node", capacity_bytes=CAPACITY_BYTES)
    node = process.await_ready()
    content = content_of(10_000)
    cid, peer = node.add(content), node.standing().peer
    process.kill()
    with pytest.raises(NodeAway, match="does not answer"):
        node.standing()
    again = NodeProcess(tmp_path / "node", capacity_bytes=CAPACITY_BYTES)
    try:
        node = again.await_ready()
        assert (node.standing().peer, node.fetch(cid, len(content))) == (peer, content)
        assert (tmp_path / "node" / "token").stat().st_mode & 0o077 == 0
    finally:
        again.close()


def test_a_node_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("short")
    with pytest.raises(NodeAway, match="shorter than 32 characters"):
        NodeProcess(tmp_path, capacity_bytes=1).await_ready()


def test_a_node_of_the_command_line_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "oracle", "store", "node", "--directory", "node", "--capacity-bytes", "4000"]
    with subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url, said = process.stdout.readline().split(" ", 1)
            assert said == "serves; its token is in node/token\n"
            node = OwnNode(url, (tmp_path / "node/token").read_text())
            assert node.standing().capacity_bytes == 4_000
            content = content_of(1_000)
            assert node.fetch(node.add(content), len(content)) == content
            process.terminate()
            assert process.wait(30) == EXIT_TERMINATED
        finally:
            process.terminate()  # leaving the block waits for it
    with pytest.raises(NodeAway, match="does not answer"):
        node.standing()
