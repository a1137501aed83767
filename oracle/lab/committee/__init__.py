"""Committees of operators that share nothing but a chain: each a `catalyst oracle` of its own."""
