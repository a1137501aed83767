"""A second reader of agreements: a causal language model that may answer only what a grammar allows."""
