"""Make a policy bundle from the project's own workload."""
