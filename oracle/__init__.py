"""Catalyst's off-chain oracle: from the chain's transactions to a signed report of φ."""

import os

# Of the two libraries that eth-hash can hash with, this one takes a seventh of the other's time; all else is equal.
os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")

__version__ = "0.1.0"
