"""Faults, counted: operators as processes on Anvil, and all that goes wrong around them (`make faults`)."""
