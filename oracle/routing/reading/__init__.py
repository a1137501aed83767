"""From a request in words to an objective, or to questions."""
