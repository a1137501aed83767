"""Delegated proof of stake: p is the seconds of a turn."""
