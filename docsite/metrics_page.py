"""docs/reference/metrics.md: what a daemon exports to Prometheus, from what a real one answered."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

_HEAD = """\
# Metrics

What `/metrics` of a daemon exports, in Prometheus' text format. `make reference` makes this page from what a daemon of
a committee answers after its first reports. [Operating](../operating.md) names the alerts and the dashboard that read
them.

| metric | type | labels | meaning |
| --- | --- | --- | --- |
"""
# Of a histogram each bucket has the label, and readers ask for sums and counts.
_INNER = {"le"}


def page(text: str) -> str:
    """The whole page.

    Args:
        text: What a daemon answered.
    """
    return _HEAD + "".join(_row(each) for each in sorted(_families(text), key=lambda each: each.name))


def _families(text: str) -> Iterator[Metric]:
    """Metrics without the times at which counters were made."""
    for family in text_string_to_metric_families(text):
        if not family.name.endswith("_created"):
            yield family


def _row(family: Metric) -> str:
    labels = sorted({label for sample in family.samples for label in sample.labels} - _INNER)
    name = family.name + ("_total" if family.type == "counter" and not family.name.endswith("_total") else "")
    name += "_info" if family.type == "info" else ""
    shown = ", ".join(f"`{label}`" for label in labels)
    return f"| `{name}` | {family.type} | {shown} | {family.documentation.replace('|', chr(92) + '|')} |\n"
