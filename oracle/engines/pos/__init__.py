"""Proof of stake: p is expected slots for a block."""
