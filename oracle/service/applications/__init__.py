"""What is built on the network, read of the chain when a reader asks, by what `/rpc` lets that reader have."""
