"""Training the reader of agreements on invented ones."""
