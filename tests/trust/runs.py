"""How long the tests of this room run: TRUST_FACTOR times what `make test` takes (`make trust` sets it)."""

import os

FACTOR = int(os.environ.get("TRUST_FACTOR", "1"))


def spaced(count: int) -> str:
    """A count with its thousands apart."""
    return f"{count:,}".replace(",", " ")
