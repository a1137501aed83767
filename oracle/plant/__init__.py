"""A fast model of the controlled chain: what controllers are tuned on, compared on and trained with."""
