"""From phi to a signed report: limits, lanes, EIP-712, the committee. Knows no network."""
