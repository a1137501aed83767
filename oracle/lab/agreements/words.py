"""Times of terms in words."""

from oracle.plans.terms import When, end_of_day_seconds
from oracle.plans.wording import moment_words, span_words


def when_words(when: When, since: str) -> str:
    """`within 5 days after all have signed`, or `by the end of 14 May 2027 (UTC)`."""
    if when.day is not None:
        return f"by {moment_words(end_of_day_seconds(when.day))}"
    return f"within {span_words(when.seconds or 0)} after {since}"
