"""Faults on purpose: what committees and their nodes meet, seeded and counted."""
