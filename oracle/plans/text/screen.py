"""What makes a text unfit to be read at all: hidden characters, words to the reader, too many words.

A text that shows people one thing and a machine another is refused, not cleaned: what its writer wanted is unknown.
"""

import re
import unicodedata

MAX_CHARACTERS = 60_000  # about 25 pages
_HIDDEN = {
    "Cf": "a character that is not shown",
    "Co": "a character of private use",
    "Cs": "half a character",
    "Cn": "a character that is none",
    "Cc": "a control character",
}
_ALLOWED = frozenset("\n\r\t")
_MARKUP = re.compile(r"<!--|-->|</?\w+[^>]*>|\bdisplay\s*:\s*none|\bfont-size\s*:\s*0|&#?\w+;|\]\(|```")
_TO_THE_READER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\s+(?:\w+\s+){0,4}(?:instructions?|prompts?|rules|(?:previous|prior|above)\s+(?:clauses?|text|terms))"
    r"|^\s*(?:system|assistant|user|developer)\s*(?:prompt|message|note)?\s*[:>\]]"
    r"|\b(?:you are|as)\s+(?:an?\s+)?(?:ai|language model|assistant|llm|parser)\b"
    r"|\bnote to (?:the )?(?:ai|model|parser|reader of this file|machine|system)\b"
    r"|\b(?:ai|model|parser|machine|llm|assistant)\s+(?:reading|processing|parsing)\s+this\b"
    r"|\bsystem\s*:\s|\bprompt\b\s*:",
    re.IGNORECASE | re.MULTILINE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_DIGIT = re.compile(r"\d+")


def unfit(text: str) -> list[str]:
    """Why a text is not read, one sentence for each reason; empty where it is."""
    found = []
    if not text.strip():
        found.append("The text is empty.")
    if len(text) > MAX_CHARACTERS:
        found.append(
            f"The text has {len(text)} characters, and at most {MAX_CHARACTERS} are read: "
            "give the pages that state the deal."
        )
        return found
    hidden = [character for character in text if _is_hidden(character)]
    if hidden:
        category = unicodedata.category(hidden[0])
        found.append(
            f"The text holds {_HIDDEN[category]} (U+{ord(hidden[0]):04X}), so it may say another thing than it shows."
        )
    mixed = next((word for word in _WORD.findall(text) if _scripts(word) > 1), None)
    if mixed:
        found.append(f'The word "{mixed}" mixes letters of several alphabets, so it may not be the word that it seems.')
    strange = next((digits for digits in _DIGIT.findall(text) if not digits.isascii()), None)
    if strange:
        found.append(f'The number "{strange}" is written in digits that may look like others.')
    markup = _MARKUP.search(text)
    if markup:
        found.append(f'The text holds markup ("{markup[0][:20]}"), parts of which may not be shown: give plain text.')
    spoken = _TO_THE_READER.search(text)
    if spoken:
        found.append(f'The words "{spoken[0].strip()}" speak to whoever reads the text by machine; no agreement does.')
    return found


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN and character not in _ALLOWED


def _scripts(word: str) -> int:
    """How many alphabets the letters of a word are of; combined Latin letters are one."""
    return len({unicodedata.name(letter, "?").split()[0] for letter in word if letter.isalpha()} - {"MODIFIER"})
