"""What the model reads: canonical x_t, its hash, the text and the numbers drawn from it. Knows no network."""
