"""All JSON-RPC: connect, watch blocks, wrap the contracts, submit."""
