"""Names of parties: what is written with capitals, and what a text says that it is called."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from oracle.plans.text.lists import CURRENCY_CODES, FUNCTION_WORDS, JOINTS, NO_NAMES, OFFICES, OPENERS, ROLE_WORDS

# Legal forms that are not written as one word with a capital.
_FORM = (
    r"S\.\s?à\s?r\.\s?l\.|S\.p\.A\.|S\.r\.l\.|s\.r\.o\.|z\s?o\.\s?o\.|d\.o\.o\.|d\.d\.|a\.s\.|e\.\s?[VKG]\.|o\.p\.s\."
    r"|z\.s\.|A/S|K/S|P/F|I/S|ehf\.?|hf\.|plc|mbH|gGmbH|asbl|vzw|bvba|mbB"
)
_WORD = (
    rf"(?:(?:{_FORM})(?!\w)|[A-Z]\.(?:[a-zA-Z]\.)+|[A-ZÀ-ÞĀ-Ž][\w’'-]*\.?"
    r"|\((?:Pvt|Private|Pty|Pte|Holdings?|UK|US|EU)\))"
)
_JOINT = rf"(?:(?:\s(?:&|{'|'.join(sorted(JOINTS))}))+(?=\s[A-ZÀ-Þ]))"
_NAME = re.compile(rf"(?<!\w)(?:{_WORD})(?:(?:{_JOINT})?,?\s(?:{_WORD})){{0,40}}")
_FIRM = re.compile(
    r",?\s(?:(?:Ltd|Limited|LLC|LLP|LP|Inc|Corp|Co|GmbH|AG|SA|S\.A|S\.A\.S|S\.A\.C|S\.A\.E|SpA"
    rf"|S\.p\.A|S\.r\.l|S\.R\.L|SRL|BV|B\.V|NV|N\.V|Oy|OÜ|UAB|EOOD|OOD|AB|AS|ApS|KG|Kft|Sp\. z o\.o|Pty|Pte|PLC|SAS"
    rf"|SARL|SUARL|Lda|Ltda|JSC|CJSC|CC|K\.K)\b\.?|(?:{_FORM})(?!\w))"
)
_ROLE = "|".join(sorted((re.escape(word) for word in ROLE_WORDS), key=len, reverse=True))
# Harbour Tools Ltd (the "Seller"), or: Harbour Tools Ltd, hereinafter "the Seller".
_DEFINED = re.compile(
    rf"(?P<name>{_NAME.pattern}(?:(?!\s(?:and|as|the)\s)[^.;()\"“”]){{0,60}})[(,–-]\s?"
    r"(?:hereinafter|hereafter|from here on|below|called|referred to as|in the following)?[^\"“”'()]{0,24}"
    rf"[\"“'‘](?i:the\s)?(?P<role>(?i:{_ROLE}))[\"”'’]"
)
_FIELD = re.compile(rf"^(?:the\s)?(?P<role>{_ROLE})\s?(?::|=|–|-)\s?(?P<name>.+)$", re.IGNORECASE)


# Between names: of a list, and behind a firm or a word too long to be cut short, where they end a sentence.
_GAP = re.compile(
    r",\s(?!(?:Ltd|Inc|LLC|Co)\b)|\sand\s|(?<=Ltd)\.\s(?=[A-Z])|(?<=Inc)\.\s(?=[A-Z])|(?<=[a-zß-ÿ]{5})\.\s(?=[A-Z])"
)
# "On behalf of Acme Ltd I confirm", but not "Seaport Fund I shall pay".
_AFTER_PRONOUN = re.compile(r"\s\w+[^s\W](?<!ed)\b|[’'](?:m|ll|ve|d)\b")
_MODALS = frozenset(("shall", "will", "may", "must", "can", "would", "should", "could"))
_TITLES = frozenset(("mr", "mrs", "ms", "messrs"))
_PLURALS = frozenset(f"{word}s" for word in NO_NAMES | ROLE_WORDS.keys())


@dataclass(frozen=True)
class Mention:
    """A name where it stands in a sentence."""

    name: str  # as it is written in full
    start: int
    end: int


def mentions_of(sentence: str, names: Iterable[str]) -> list[Mention]:
    """Where known names stand, also by their last or first part alone; the longest first, none overlapping."""
    found: list[Mention] = []
    taken = [False] * len(sentence)
    for written, name in sorted(_spellings(tuple(names)), key=lambda each: -len(each[0])):
        for match in re.finditer(rf"(?<!\w){re.escape(written)}(?!\w)", sentence):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                found.append(Mention(name, match.start(), match.end()))
    return sorted(found, key=lambda each: each.start)


@cache
def _spellings(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """What stands for each name: itself, and its parts that are of no other."""
    parts: dict[str, set[str]] = {}
    for name in names:
        core = _FIRM.sub("", name).strip()
        words = [word.rstrip(".,") for word in core.split()]
        for part in {core, *(word for word in (words[:1] + words[-1:]) if len(word) > 3)}:
            parts.setdefault(part, set()).add(name)
    whole = {name: name for name in names}
    single = {part: next(iter(owners)) for part, owners in parts.items() if len(owners) == 1 and part not in whole}
    usable = {
        part: name for part, name in single.items() if part.lower() not in NO_NAMES and part.lower() not in ROLE_WORDS
    }
    return tuple((whole | usable).items())


def names_in(sentences: Iterable[str]) -> list[str]:
    """What may be names of parties, in order of appearance: words with capitals, but for a sentence's first."""
    read = list(sentences)
    lowercase = {word for sentence in read for word in re.findall(r"(?<=\s)[a-z]+\b", sentence)}
    found: dict[str, bool] = {}  # whether it stands within a sentence somewhere
    for sentence in read:
        for match in _NAME.finditer(sentence):
            for name, within in _parts(sentence, match, lowercase):
                found[name] = found.get(name, False) or within
    sure = {name for name, within in found.items() if within}
    told = [_without_opener(name, sure) if not within else name for name, within in found.items()]
    text = "\n".join(read)
    told = [_owner(name, sure) if "’s " in name or "'s " in name else _grown(name, text) for name in told]
    kept = _joined([name for name in dict.fromkeys(told) if name in sure or " " in name], text)
    return _longest(kept)


def _without_opener(name: str, sure: set[str]) -> str:
    """A name that begins a sentence, without what stands before a name that is known from within sentences."""
    words = name.split()
    return next((rest for at in range(1, len(words)) if (rest := " ".join(words[at:])) in sure), name)


def _owner(name: str, sure: set[str]) -> str:
    """Of "Ann Lee's Yard" Ann Lee, where she is known, and else all of it, as of an Ann Lee's Hospital."""
    owner = re.split(r"[’']s ", name)[0]
    return owner if owner in sure else name


def _grown(name: str, text: str) -> str:
    """A name with the capitalised word before it, where it never stands without."""
    before = re.findall(rf"(?:(\b[A-ZÀ-Þ][\w-]+) )?(?<!\w){re.escape(name)}(?!\w)", text)
    if len(before) > 1 and len(set(before)) == 1 and before[0] and before[0].lower() in NO_NAMES - FUNCTION_WORDS:
        return f"{before[0]} {name}"
    return name


def _joined(names: list[str], text: str) -> list[str]:
    """Names of which two are always said together, "Bread and Roses Relief", as one."""
    found = list(names)
    for one, other in pairwise(names):
        both = f"{one} and {other}"
        together = text.count(both)
        if together > 1 and text.count(one) == text.count(other) == together:
            found[found.index(one)] = both
            found.remove(other)
    return found


def defined_roles(sentences: Iterable[str]) -> dict[str, str]:
    """Role by name, where a text itself says so: a definition, or a field of a form."""
    found: dict[str, str] = {}
    for sentence in sentences:
        for match in _DEFINED.finditer(sentence):
            named = names_in([f"{'x ' if match.start() else ''}{match['name'].strip(' ,')}"])
            # The nearest one, but for a place ("Acme Ltd, Berlin"), which is one word.
            whole = [name for name in named if " " in name] or named
            if whole:
                found[whole[-1]] = ROLE_WORDS[match["role"].lower()]
        field = _FIELD.match(sentence)
        if field:
            names = names_in([f"x {field['name']}"])
            if len(names) == 1:
                found.setdefault(names[0], ROLE_WORDS[field["role"].lower()])
    return found


def _parts(sentence: str, match: re.Match[str], lowercase: set[str]) -> list[tuple[str, bool]]:
    """Names within a run of capitalised words, and whether each stands within its sentence; lists are taken apart."""
    text, start = match[0], match.start()
    found = []
    at = 0
    for gap in [*_GAP.finditer(text), None]:
        end = gap.start() if gap else len(text)
        before = sentence[: start + at]
        # A list's number before it is no sentence that it stands in.
        within = bool(re.search(r"[^\W\d]", before) and re.search(r"[\w,(&/’”\"]\s?[\"“(]?$", before))
        run = text[at:end] if gap else _without_pronoun(text[at:end], sentence[match.end() :])
        name = _trimmed(run.split(), lowercase, within=within)
        if name is not None:
            found.append((name, within))
        at = gap.end() if gap else end
    return found


def _without_pronoun(run: str, after: str) -> str:
    """A run of capitalised words without the I of who speaks next."""
    bare = run.removesuffix(" I")
    if bare == run:
        return run
    word = _AFTER_PRONOUN.match(after)
    speaks = word is not None and word[0].strip() not in FUNCTION_WORDS | _MODALS
    return bare if speaks or re.search(rf"(?:{_FIRM.pattern})$", bare) else run


def _trimmed(words: list[str], lowercase: set[str], *, within: bool) -> str | None:
    """Words with capitals without those at their ends that belong to no name; None where nothing is left."""
    while words and not _begins(words, lowercase, within=within):
        words = words[1:]
        while words and words[0] in JOINTS:
            words = words[1:]
    while words and (
        words[-1] in JOINTS
        or (words[-1].lower().rstrip(".,") in FUNCTION_WORDS and not words[-1].isupper())
        or words[-1].strip(".,") in CURRENCY_CODES
    ):
        words = words[:-1]
    name = re.sub(r"[’']s?$", "", " ".join(words).strip(" ,"))
    bare = [re.sub(r"[’']s?$", "", word.lower().rstrip(".,")) for word in name.split()]
    if not name or name.isdigit() or all(word in NO_NAMES | ROLE_WORDS.keys() or word in _PLURALS for word in bare):
        return None
    if (bare[-1] in ROLE_WORDS and "the" in bare) or len(name) < 3 or (name.isupper() and len(words) == 1):
        return None
    return name if _FIRM.search(f" {name}") else name.rstrip(".")


def _begins(words: list[str], lowercase: set[str], *, within: bool) -> bool:
    """Whether a name begins with the first word, and not with what merely begins a sentence or calls a role."""
    first = words[0].lower().rstrip(".,")
    if words[0] in CURRENCY_CODES:
        return False
    if len(words) > 1 and words[1] in {"of", "for"} and first in OFFICES:
        return True
    if within:
        return first not in FUNCTION_WORDS and first not in ROLE_WORDS and first not in _TITLES
    return first not in lowercase and first not in NO_NAMES and first not in OPENERS


def _longest(names: list[str]) -> list[str]:
    """Names without those that are only a part of another."""
    return [
        name
        for name in dict.fromkeys(names)
        if not any(name != other and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", other) for other in names)
    ]
