"""Five kinds of agreement: the terms that a text must settle, and the plan that they make."""

TEMPLATES = ("logistics", "clearing", "medical", "charity", "report")
