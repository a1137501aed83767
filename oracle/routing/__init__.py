"""Routes between chains: what a transfer is for, the graph of chains and bridges, and the best way through it."""
