"""Changes by the owner of the consensus contracts: scheduled at its timelock, open to objection, then executed."""
