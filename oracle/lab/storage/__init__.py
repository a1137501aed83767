"""Places for files on a simulated network, and on IPFS nodes that run here: measured, shown, and tried by faults."""
