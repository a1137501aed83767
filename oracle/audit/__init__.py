"""Recomputing what a committee reported, by anyone, from the chain, the deployment record and the bundle."""
