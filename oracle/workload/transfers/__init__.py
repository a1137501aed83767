"""Requests to move assets between chains, invented in wordings of three sets that share none."""
