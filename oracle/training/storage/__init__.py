"""Trains the reader of files on invented ones."""
