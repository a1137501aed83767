"""A policy replayed on recorded history, in shadow: what it would have said, beside feedback."""
