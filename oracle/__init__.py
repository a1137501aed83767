"""Catalyst's off-chain oracle: from the chain's transactions to a signed report of φ."""

__version__ = "0.1.0"
