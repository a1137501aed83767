"""The terms of donations that milestones release."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from oracle.plans.reader import Read
from oracle.plans.reading.evidence import Evidence, doubtful_names, mentioned, number
from oracle.plans.reading.logistics import one_currency
from oracle.plans.reading.parties import assign
from oracle.plans.text.names import Mention
from oracle.plans.text.values import Day, Found, Money, Share, Span, Unclear

_WHOLE_BPS = 10_000


def read_charity(
    evidence: Evidence, votes: Mapping[str, Mapping[str, float]], given: Mapping[str, str]
) -> dict[str, Any]:
    """Settle the terms or ask; charity, donors with their amounts, and reviewers."""
    donors = _donors(evidence)
    one_currency(evidence, ("donation",))
    _milestones(evidence)
    reviewers = _reviewers(evidence)
    quorum = evidence.value("quorum", "quorum", "How many reviewers must attest?", number)
    if quorum is not None and not 0 < quorum <= len(reviewers):
        evidence.ask("quorum", f"How many reviewers must attest? {quorum} of {len(reviewers)} cannot.")
    charity = assign(evidence, votes, ["charity"], given).get("charity")
    if charity in donors or charity in reviewers:
        evidence.ask("charity", f"Who is the charity? The text seems to give {charity} two parts.")
    return {"donors": donors, "charity": charity, "reviewers": reviewers}


def _donors(evidence: Evidence) -> dict[str, int]:
    """Each amount given belongs to the donor that is named beside it."""
    found: dict[str, int] = {}
    asked = "Who gives how much?"
    for read in evidence.reads:
        sure = evidence.thresholds.sure
        given = [each.target for each in read.meanings if each.chances.get("donation", 0) >= sure]
        targets = sorted([*given, *mentioned(read, "donor", sure)], key=lambda each: each.start)
        amounts = [each for each in targets if isinstance(each, Found)]
        doubtful = any(evidence.thresholds.doubt <= each.chances.get("donation", 0) < sure for each in read.meanings)
        if doubtful or (amounts and doubtful_names(read, "donor", evidence.thresholds)):
            evidence.ask("donors", asked, [read.sentence])
            continue
        if not amounts:
            continue
        names = [each for each in targets if isinstance(each, Mention)]
        in_turn = all(isinstance(a, Found) != isinstance(b, Found) for a, b in pairwise(targets))
        if len(names) != len(amounts) or not in_turn:
            evidence.ask("donors", asked, [read.sentence])
            continue
        for name, amount in zip(names, amounts, strict=True):
            if not isinstance(amount.value, Money) or found.get(name.name, amount.value.minor) != amount.value.minor:
                evidence.ask("donors", asked, [read.sentence])
                continue
            found[name.name] = amount.value.minor
            evidence.sources.setdefault("donors", ())
            evidence.sources["donors"] = (*evidence.sources["donors"], read.sentence)
    if not found:
        evidence.ask("donors", f"{asked} The text does not say.")
    return found


def _reviewers(evidence: Evidence) -> list[str]:
    found: dict[str, None] = {}
    for read in evidence.reads:
        for mention in mentioned(read, "reviewer", evidence.thresholds.sure):
            found[mention.name] = None
            evidence.sources.setdefault("reviewers", (read.sentence,))
        if doubtful_names(read, "reviewer", evidence.thresholds):
            evidence.ask("reviewers", "Who are the reviewers?", [read.sentence])
    if not found:
        evidence.ask("reviewers", "Who are the reviewers? The text does not say.")
    return list(found)


def _milestones(evidence: Evidence) -> None:
    """Each sentence with a share has one time, or they come in pairs."""
    asked = "Which share is released for what, and until when?"
    milestones: list[dict[str, Any]] = []
    sentences: list[str] = []
    left = Fraction(1)
    for read in evidence.reads:
        pairs = _pairs(evidence, read)
        if pairs is None:
            evidence.ask("milestones", asked, [read.sentence])
            continue
        for share, time in pairs:
            part = left if share.rest else share.part
            left -= part
            key = ("due_date", time.day.isoformat()) if isinstance(time, Day) else ("due_seconds", time.seconds)
            milestones.append({"share_bps": round(part * _WHOLE_BPS), "event": read.sentence, key[0]: key[1]})
            sentences.append(read.sentence)
    if not milestones:
        evidence.ask("milestones", f"{asked} The text does not say.")
        return
    if left < 0:
        evidence.ask("milestones", f"{asked} The shares exceed the whole.", sentences)
        return
    if left == 0:  # thirds do not add up in hundredths of a percent
        milestones[-1]["share_bps"] += _WHOLE_BPS - sum(each["share_bps"] for each in milestones)
    evidence.settle("milestones", milestones, sentences)


def _pairs(evidence: Evidence, read: Read) -> list[tuple[Share, Span | Day]] | None:
    """Shares with their times; None where that is in doubt."""
    thresholds = evidence.thresholds
    targets = {
        meaning: [each.target for each in read.meanings if each.chances.get(meaning, 0) >= thresholds.sure]
        for meaning in ("share", "milestone_due")
    }
    doubtful = any(
        thresholds.doubt <= each.chances.get(meaning, 0) < thresholds.sure
        for each in read.meanings
        for meaning in targets
    )
    shares = [each.value for each in targets["share"] if isinstance(each, Found)]
    times = [each.value for each in targets["milestone_due"] if isinstance(each, Found)]
    kind = max(read.kinds["charity/milestone_span"], read.kinds["charity/milestone_date"])
    if doubtful or any(isinstance(each, Unclear) for each in (*shares, *times)) or len(shares) != len(times):
        return None
    if not shares:
        return None if kind >= thresholds.sure else []
    return [
        (share, time)
        for share, time in zip(shares, times, strict=True)
        if isinstance(share, Share) and isinstance(time, Span | Day)
    ]
