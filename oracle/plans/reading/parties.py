"""Who is who: the names of a text by their roles."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from oracle.plans.meanings import NONE
from oracle.plans.reader import Read
from oracle.plans.reading.evidence import Evidence
from oracle.plans.text.names import Mention

_DEFINED_VOTES = 3.0  # of a text that itself says who is who
_LEAST_VOTES = 0.8
_MOST_OF_ANOTHER = 0.3  # of the first one's votes


def votes_of(reads: Iterable[Read], defined: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """How much speaks for each role of each name: the chances of its mentions, added up."""
    votes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for read in reads:
        for each in read.meanings:
            if isinstance(each.target, Mention):
                for meaning, chance in each.chances.items():
                    if meaning not in (NONE, "unknown"):
                        votes[each.target.name][meaning] += chance
    for name, role in defined.items():
        votes[name][role] += _DEFINED_VOTES
    return votes


def assign(
    evidence: Evidence, votes: Mapping[str, Mapping[str, float]], roles: Iterable[str], given: Mapping[str, str]
) -> dict[str, str]:
    """Name by role, for roles that one party has; asks for what is in doubt.

    Args:
        evidence: Takes the questions.
        votes: By name and role.
        roles: That must be filled.
        given: Name by role, as the user gave it.
    """
    found: dict[str, str] = {}
    for role in roles:
        if role in given:
            found[role] = given[role]
            continue
        ranked = sorted(((each.get(role, 0.0), name) for name, each in votes.items()), reverse=True)
        best, name = ranked[0] if ranked else (0.0, "")
        second = ranked[1][0] if len(ranked) > 1 else 0.0
        other = max((amount for other, amount in votes[name].items() if other != role), default=0.0) if name else 0.0
        if best < _LEAST_VOTES or second > _MOST_OF_ANOTHER * best or other > _MOST_OF_ANOTHER * best:
            likely = [candidate for amount, candidate in ranked[:3] if amount > 0.1]
            hint = f" It may be {' or '.join(likely)}." if likely else ""
            evidence.ask(role, f"Who is the {role}?{hint}", _sentences(evidence, likely))
            continue
        found[role] = name
        evidence.sources[role] = tuple(_sentences(evidence, [name])[:1])
    filled = list(found.values())
    for role, name in found.items():
        if filled.count(name) > 1:
            evidence.ask(
                role, f"Who is the {role}? The text seems to give {name} two parts.", _sentences(evidence, [name])
            )
    return found


def _sentences(evidence: Evidence, names: Iterable[str]) -> list[str]:
    wanted = set(names)
    return [
        read.sentence
        for read in evidence.reads
        if any(isinstance(each.target, Mention) and each.target.name in wanted for each in read.meanings)
    ]
