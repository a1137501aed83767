"""Transfers over real chains: clients of bridges, what is seen of them, relayers, an executor with a journal."""
