"""The oracle as a daemon: one cycle, its journal, triggers, HTTP API and metrics."""
