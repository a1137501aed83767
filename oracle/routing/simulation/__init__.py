"""Bridges that fail, change their fees and run dry, simulated from a seed; and ways to choose routes among them."""
