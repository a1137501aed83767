"""From the text of an agreement to clauses, values and names, by rules."""
