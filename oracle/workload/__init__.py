"""Seeded synthetic traffic and the replay of recorded blocks, as calls to be signed and sent."""
