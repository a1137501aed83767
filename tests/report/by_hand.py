"""The digest of EIP-712 by hand, from the standard's own words: what our signing is compared with."""

from eth_hash.auto import keccak

_DOMAIN = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


def digest_by_hand(kind: bytes, numbers: tuple[int, ...], hashes: bytes, *, chain_id: int, address: str) -> bytes:
    """Of a struct of `kind`, whose numbers come ahead of its hashes, signed for a PhiOracle at `address`."""
    fields = b"".join(number.to_bytes(32, "big") for number in (chain_id, int(address, 16)))
    domain = keccak(keccak(_DOMAIN) + keccak(b"PhiOracle") + keccak(b"1") + fields)
    content = keccak(kind) + b"".join(number.to_bytes(32, "big") for number in numbers) + hashes
    return bytes(keccak(b"\x19\x01" + domain + keccak(content)))
