"""Keeping files: the registry on chain, IPFS nodes as processes, holders that answer, and who sees to it all."""
