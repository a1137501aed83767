"""Work and weight of blocks; twin of `contracts/PowLedger.sol`."""

from eth_hash.auto import keccak

from oracle.formulas.lanes import WAD

_HASH_BLOCKS = 256


def block_hash(challenge: bytes, node: int, body: bytes, nonce: int) -> bytes:
    """keccak256(challenge || n || body || nonce): four words of 32 bytes, n and nonce big-endian."""
    return bytes(keccak(challenge + node.to_bytes(32, "big") + body + nonce.to_bytes(32, "big")))


def round_challenge(seed: bytes, round_: int, entropy: bytes) -> bytes:
    """Challenge of a round: keccak256(seed || round || entropy).

    Args:
        seed: Block hash of the last winner; for round 1 keccak256(chain id || address of the ledger).
        round_: Number of the round.
        entropy: Hash of the chain's block that `challenge_block` returns.
    """
    return bytes(keccak(seed + round_.to_bytes(32, "big") + entropy))


def challenge_block(opened_in_block: int, submitted_in_block: int) -> int:
    """The chain's block whose hash a challenge takes: the one that opened the round, or each 256th from there.

    Contracts see only the hashes of the last 256 blocks.
    """
    return opened_in_block + (submitted_in_block - opened_in_block - 1) // _HASH_BLOCKS * _HASH_BLOCKS


def meets(work: bytes, difficulty: int) -> bool:
    """Whether a block hash is below 2^256 / p, exactly."""
    return int.from_bytes(work, "big") * difficulty < 1 << 256


def weight_limit(theta_wad: int, capacity: int) -> int:
    """Most weight of a block of a node at theta, rounded down."""
    return theta_wad * capacity // WAD
