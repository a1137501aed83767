"""The nodes of the laboratory: regions, prices and latencies that a world of storage nodes could have."""

from dataclasses import dataclass

REGIONS = ("eu-west", "eu-north", "us-east", "ap-south")
# Round trips between regions as public clouds state them, in ms, rounded to tens.
_LATENCY_MS = {
    "eu-west": {"eu-west": 10.0, "eu-north": 40.0, "us-east": 80.0, "ap-south": 120.0},
    "eu-north": {"eu-west": 40.0, "eu-north": 10.0, "us-east": 110.0, "ap-south": 150.0},
    "us-east": {"eu-west": 80.0, "eu-north": 110.0, "us-east": 10.0, "ap-south": 190.0},
    "ap-south": {"eu-west": 120.0, "eu-north": 150.0, "us-east": 190.0, "ap-south": 10.0},
}
_PRICES = (60, 90, 75, 50)  # a GiB and period, in thousands of units of the token, by region


@dataclass(frozen=True)
class Spot:
    """One node, as it is set up."""

    region: str
    price_per_gib_period: int
    capacity_bytes: int
    latency_ms: dict[str, float]
    failure_rate: float
    trusted_for_personal: bool
    disk_bytes: int  # that it has; more than it offers, but for one that promises too much


def spots(count: int, capacity_bytes: int) -> list[Spot]:
    """Nodes by turns in all regions; those of a region differ in price and in how often they fail."""
    found = []
    for index in range(count):
        at, again = index % len(REGIONS), index // len(REGIONS)
        found.append(
            Spot(
                region=REGIONS[at],
                price_per_gib_period=1_000 * (_PRICES[at] + 12 * again),
                capacity_bytes=capacity_bytes,
                latency_ms=_LATENCY_MS[REGIONS[at]],
                failure_rate=0.05 + 0.04 * (index % 3),
                trusted_for_personal=REGIONS[at].startswith("eu"),
                disk_bytes=capacity_bytes,
            )
        )
    return found
