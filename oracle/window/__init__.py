"""What the model reads: the canonical x_t, its hash, and the texts and numbers read from it. Knows no network."""
