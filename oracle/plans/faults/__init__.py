"""What is wrong with a plan, or should be known before it is signed, found on its paths."""
