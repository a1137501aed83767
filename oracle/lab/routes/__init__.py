"""Worlds of three chains with bridges between them: a demonstration, faults, and their measurements."""
