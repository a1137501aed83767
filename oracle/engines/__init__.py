"""What each consensus makes of p and theta: how a block is won, and what a node does for it."""
