"""The laboratory: whole networks played, measured and compared, and what a newcomer runs first."""
