"""Agreements carried out on a chain of their own, from the text to the last withdrawal, told in plain words."""
