"""Off the chain: medical records shared under consent, and public reports that anyone can compute again."""
