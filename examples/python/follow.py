"""Print the network's state, as long as its values are fresh, and wait for one new epoch.

Run: `python follow.py API_URL`.
"""

import sys

from oracle.client import asks
from oracle.client.client import Client


def main(url: str) -> None:
    """Read all that a consumer needs."""
    with Client(url) as client:
        network = client.ask(asks.network())
        if network.report.stale:
            raise SystemExit("the report in force is stale: its values are not to be used")
        p = "undefined" if network.difficulty is None else network.difficulty.difficulty
        print(f"epoch {network.report.epoch}, p {p}")  # noqa: T201
        thetas = [node.theta for node in client.each(asks.nodes(limit=2)) if not node.retired]
        print(f"mean theta of {len(thetas)} nodes {sum(thetas) / len(thetas):.6f}")  # noqa: T201
        for epoch in client.events(after=network.report.epoch - 1):
            print(f"epoch {epoch.epoch} by operators {epoch.signers}")  # noqa: T201
            return


if __name__ == "__main__":
    main(sys.argv[1])
