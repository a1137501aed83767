"""A text as sentences: paragraphs that were wrapped by hand are joined, list items and fields stand alone."""

import re

_ITEM = re.compile(
    r"^\s*(?:[-*•–]\s|\(?[a-z0-9ivx]{1,4}[.)]\s|\(?[a-z0-9]{1,2}\)\s|\d+(?:\.\d+)*\.?\s+(?=[A-Z])|>\s)", re.IGNORECASE
)
_FIELD = re.compile(r"^\s*[A-Z][\w /&'’-]{1,40}:\s")
_LATER_FIELD = re.compile(r"[a-z][\w ]{1,24}:\s")
_MARKER = re.compile(
    r"^\s*(?:[-*•–>]\s*|\(?[a-z0-9ivx]{1,4}[.)]\s+|\(?[a-z0-9]{1,2}\)\s+|\d+(?:\.\d+)*\.?\s+)", re.IGNORECASE
)
_SHORT = (
    "no|nos|co|ltd|inc|corp|llc|bros|dr|mr|mrs|ms|st|prof|rev|approx|e\\.g|i\\.e|vs|art|arts|cl|sec|p|pp|s\\.p\\.a"
    "|a\\.s|s\\.a|s\\.r\\.l|b\\.v|n\\.v|d\\.o\\.o|s\\.l|sp"
    "|ehf|hf|kft|d\\.d|r\\.l|e\\.v|e\\.k|s\\.r\\.o|s\\.a\\.s|s\\.a\\.c|s\\.a\\.e|e\\.p\\.e|o\\.o|pty|pte|bhd"
    "|jr|sr|fig|ref|tel|dept|est|incl|excl|max|min"
    "|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
_AFTER_SHORT = re.compile(rf"(?:\b(?:{_SHORT})|\b[A-Z])\.$", re.IGNORECASE)
_BEGINNER = re.compile(
    r"(?:The|This|These|That|If|In|On|At|For|Each|Every|Any|All|No|Should|When|Where|After|Before|Once|Upon|What|Who"
    r"|Whoever|It|We|You|He|She|They|Our|Your|As|By|From|With|Without|Nothing|Payment|Delivery|Both|Either|There)\b"
)
_END = re.compile(r"[.!?][\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9À-Þ£$€])")
_HEADING, _FRAGMENT = 3, 5  # words, up to which a sentence is a heading, and what stands by a semicolon no sentence
MAX_SENTENCE = 600  # characters; what is longer is cut at its semicolons and commas


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, in order, without list markers."""
    found: list[str] = []
    for part in _parts(text):
        found.extend(_sentences(part))
    return [each for each in found if any(letter.isalnum() for letter in each)]


def _parts(text: str) -> list[str]:
    """Paragraphs, list items and fields, each as one line."""
    parts: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        current: list[str] = []
        lines = paragraph.split("\n")
        longest = max(len(line) for line in lines)
        for at, line in enumerate(lines):
            # A line that ends well before the longest was not wrapped.
            ended = at > 0 and len(lines[at - 1]) < 0.6 * longest and bool(re.search(r"[.:;!?,]\s*$", lines[at - 1]))
            if current and (_ITEM.match(line) or _FIELD.match(line) or ended):
                parts.append(" ".join(current))
                current = []
            current.append(line.strip())
        parts.append(" ".join(current))
    return [re.sub(r"\s+", " ", _MARKER.sub("", part)).strip() for part in parts if part.strip()]


def _sentences(part: str) -> list[str]:
    found, begin = [], 0
    for match in _END.finditer(part):
        before = part[begin : match.start() + 1]
        rest = part[match.end() :]
        if match[0][0] == "?":
            continue  # a question and its answer are one
        if match[0][0] == "." and _AFTER_SHORT.search(before) and not _BEGINNER.match(rest):
            continue
        found.append(part[begin : match.end()].strip())
        begin = match.end()
    found.append(part[begin:].strip())
    return [piece for sentence in _headed(found) for piece in _cut(sentence)]


def _headed(sentences: list[str]) -> list[str]:
    """Sentences with the few words that stand as a heading before them."""
    found: list[str] = []
    heading = ""
    for sentence in filter(None, sentences):
        joined = f"{heading} {sentence}".strip()
        if len(sentence.split()) <= _HEADING and sentence.endswith("."):
            heading = joined
        else:
            found.append(joined)
            heading = ""
    return [*found, heading] if heading else found


def _cut(sentence: str) -> list[str]:
    pieces: list[str] = []
    for piece in filter(None, (each.strip() for each in sentence.split(";"))):
        # "Donor: Ann Lee; gift: 40 euros" is one.
        short = pieces and min(len(pieces[-1].split()), len(piece.split())) <= _FRAGMENT
        if pieces and (short or _LATER_FIELD.match(piece)):
            pieces[-1] = f"{pieces[-1]}; {piece}"
        else:
            pieces.append(piece)
    return [short for piece in pieces for short in _short(piece)]


def _short(piece: str) -> list[str]:
    if len(piece) <= MAX_SENTENCE:
        return [piece]
    at = piece.rfind(", ", 0, MAX_SENTENCE)
    at = at + 2 if at > 0 else MAX_SENTENCE
    return [piece[:at].strip(), *_short(piece[at:].strip())]
