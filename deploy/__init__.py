"""Compile the contracts, put them on a chain, and keep the record of where they are."""
