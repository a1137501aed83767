"""From what the reader tells of sentences to the terms of an agreement, or to questions."""
