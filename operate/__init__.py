"""What stands around a daemon on an operator's machine: service, containers, alerts, dashboard."""
