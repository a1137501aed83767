"""Merkle tree over the chunks of a file: twin of `contracts/libraries/ChunkTree.sol`.

    leaf(chunk)       = keccak256(0x00 ‖ chunk)
    node(left, right) = keccak256(0x01 ‖ left ‖ right)

A node without a right sibling goes up one level as it is (as in RFC 6962).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eth_abi.abi import encode
from eth_hash.auto import keccak

CHUNK_BYTES = 1_024


@dataclass(frozen=True)
class ChunkProof:
    """One chunk and the siblings on its way to the root, from the leaf upwards, without those that are missing."""

    chunk: bytes
    path: tuple[bytes, ...]

    def arguments(self) -> tuple[bytes, list[bytes]]:
        """As the contract takes it."""
        return self.chunk, list(self.path)


def chunk_count(size_bytes: int) -> int:
    """How many chunks a file of this size has; 0 for an empty one."""
    return -(-size_bytes // CHUNK_BYTES)


def chunk_span(size_bytes: int, index: int) -> tuple[int, int]:
    """First byte of a chunk, and its length."""
    first = index * CHUNK_BYTES
    return first, min(CHUNK_BYTES, size_bytes - first)


def leaf(chunk: bytes) -> bytes:
    """Hash of a chunk."""
    return bytes(keccak(b"\x00" + chunk))


def leaves_of(pieces: Iterable[bytes]) -> list[bytes]:
    """Leaves of a file that comes in pieces of any size, so that a large one need not lie in memory."""
    leaves, rest = [], b""
    for piece in pieces:
        rest += piece
        whole = len(rest) - len(rest) % CHUNK_BYTES
        leaves += [leaf(rest[at : at + CHUNK_BYTES]) for at in range(0, whole, CHUNK_BYTES)]
        rest = rest[whole:]
    return [*leaves, leaf(rest)] if rest else leaves


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Root of at least one leaf (ValueError for none)."""
    if not leaves:
        raise ValueError("an empty file has no root")
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path_of(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Siblings of a leaf on its way to the root (IndexError beyond the last leaf)."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"there is no chunk {index} of {len(leaves)}")
    level, path = list(leaves), []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level, index = _above(level), index >> 1
    return tuple(path)


def holds(root: bytes, size_bytes: int, index: int, proof: ChunkProof) -> bool:
    """Whether a proof shows chunk `index` of the file of that size and root."""
    chunks = chunk_count(size_bytes)
    if not 0 <= index < chunks or len(proof.chunk) != chunk_span(size_bytes, index)[1]:
        return False
    found, used, last = leaf(proof.chunk), 0, chunks - 1
    while last:
        if index & 1 or index < last:
            if used == len(proof.path):
                return False
            sibling = proof.path[used]
            found = _node(sibling, found) if index & 1 else _node(found, sibling)
            used += 1
        index, last = index >> 1, last >> 1
    return used == len(proof.path) and found == root


def drawn_chunk(seed: bytes, file: bytes, holder: str, sample: int, size_bytes: int) -> int:
    """The chunk that a challenge draws: keccak256(seed ‖ file ‖ holder ‖ sample) mod chunks (`StorageRules.drawn`)."""
    hashed = keccak(encode(["bytes32", "bytes32", "address", "uint256"], [seed, file, holder, sample]))
    return int.from_bytes(hashed, "big") % chunk_count(size_bytes)


def _node(left: bytes, right: bytes) -> bytes:
    return bytes(keccak(b"\x01" + left + right))


def _above(level: Sequence[bytes]) -> list[bytes]:
    paired = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return [*paired, level[-1]] if len(level) % 2 else paired
