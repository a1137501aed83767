"""Elliptic-curve arithmetic that the tests of signatures need."""

from eth_keys.datatypes import PrivateKey, Signature

from oracle.report.signing import CompactSignature

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_PARITY_BIT = 1 << 255


def recovered(signature: CompactSignature, digest: bytes) -> str:
    """The address that a compact signature recovers to over `digest`."""
    vs = int.from_bytes(signature.vs, "big")
    r = int.from_bytes(signature.r, "big")
    whole = Signature(vrs=(vs >> 255, r, vs & ~_PARITY_BIT))
    return str(whole.recover_public_key_from_msg_hash(digest).to_checksum_address())


def malleable_pair(digest: bytes) -> tuple[PrivateKey, CompactSignature, CompactSignature]:
    """A key, its signature over `digest`, and the mirrored signature (high s) that the same key recovers from.

    EIP-2098 leaves 255 bits for s, so most high values of s cannot be written in it. Those just above half the order
    can: choose s first, then the key it belongs to, from s·k = z + r·key.
    """
    nonce = 0xC0FFEE
    r = int.from_bytes(PrivateKey(nonce.to_bytes(32, "big")).public_key.to_bytes()[:32], "big")
    low = ORDER // 2 - 5
    z = int.from_bytes(digest, "big")
    key = PrivateKey(((low * nonce - z) * pow(r, -1, ORDER) % ORDER).to_bytes(32, "big"))
    address = key.public_key.to_checksum_address()
    parity = next(p for p in (0, 1) if recovered(packed(r, low, p), digest) == address)
    return key, packed(r, low, parity), packed(r, ORDER - low, 1 - parity)


def packed(r: int, s: int, parity: int) -> CompactSignature:
    """EIP-2098 form of any r and s that fit, valid or not."""
    return CompactSignature(r=r.to_bytes(32, "big"), vs=(s | parity << 255).to_bytes(32, "big"))


def mirrored(signature: bytes) -> bytes:
    """Of an EIP-2098 signature, the other one that the same key recovers from (high s), in 65 bytes."""
    vs = int.from_bytes(signature[32:], "big")
    parity, s = vs >> 255, vs & ~_PARITY_BIT
    return signature[:32] + (ORDER - s).to_bytes(32, "big") + bytes([27 + (1 - parity)])
