"""The documentation: what is generated, whether it builds, and whether its commands work."""
