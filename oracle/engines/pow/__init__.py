"""Proof of work: p is expected hashes for a block."""
