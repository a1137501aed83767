"""What a block's header commits to, computed anew from what a node answered: its hash, its transactions, its logs."""
