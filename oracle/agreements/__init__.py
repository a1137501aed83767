"""What speaks to the chain about agreements: the book of plans, clearing, and what parties sign for them."""
