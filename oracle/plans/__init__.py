"""Agreements as small state machines: read from text, checked on every path, signed. Knows no network."""
