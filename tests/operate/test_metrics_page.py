"""The reference of metrics is what a real daemon exports."""

from docsite import metrics_page
from tests.docsite.generated import compare


def test_the_page_on_metrics_is_what_a_daemon_exports(metrics_text: str) -> None:
    compare("docs/reference/metrics.md", metrics_page.page(metrics_text))
