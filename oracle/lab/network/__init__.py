"""Nodes that mine under phi, and the network they make: pending transactions, bodies, work, rounds, measurements."""
