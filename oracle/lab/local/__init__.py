"""The main job: chain, contracts, traffic, oracle and checks in one process."""
