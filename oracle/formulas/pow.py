"""Work and weight of blocks; twin of `contracts/PowLedger.sol`."""

from eth_hash.auto import keccak

from oracle.formulas.lanes import WAD


def block_hash(challenge: bytes, node: int, body: bytes, nonce: int) -> bytes:
    """keccak256(challenge || n || body || nonce): four words of 32 bytes, n and nonce big-endian."""
    return bytes(keccak(challenge + node.to_bytes(32, "big") + body + nonce.to_bytes(32, "big")))


def meets(work: bytes, difficulty: int) -> bool:
    """Whether a block hash is below 2^256 / p, exactly."""
    return int.from_bytes(work, "big") * difficulty < 1 << 256


def weight_limit(theta_wad: int, capacity: int) -> int:
    """Most weight of a block of a node at theta, rounded down."""
    return theta_wad * capacity // WAD
