"""Say what a file is: its class, by a reader, by rules for personal data, and by what its owner declares.

The text of a file is hostile: whoever wrote it may want it kept in the open. So reading can only protect more than the
owner declares, "private" where nothing is declared: privacy is the most protected of the declared one, what the reader
makes of it, and what rules find. A file that reads as public while nothing is declared stays private, with a question.
Regions that a text demands only narrow those that are declared; where nothing would be left, the owner's stand, with a
question. A text can make its own file dearer to keep, and slower to read until its reads are counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from oracle.storage.file_class import (
    PRIVACIES,
    TEMPERATURES,
    FileClass,
    FileFacts,
    Privacy,
    Temperature,
    Wishes,
    common_regions,
    more_protected,
)
from oracle.storage.media import Excerpt, excerpt
from oracle.storage.personal import FindsPersonal, personal_signs
from oracle.storage.reader import LABELS, NO_REGION, FileReader, Readings

DEFAULT_PRIVACY: Privacy = "private"
UNSURE_TEMPERATURE: Temperature = "warm"


@dataclass(frozen=True)
class Thresholds:
    """Least margins at which what is read is believed without a question."""

    temperature: float = 0.2
    privacy: float = 0.2
    region: float = 0.5


@dataclass(frozen=True)
class Content:
    """A file that is to be read."""

    name: str
    head: bytes  # its first `media.HEAD_BYTES`
    size_bytes: int
    wishes: Wishes = field(default_factory=Wishes)


def read_files(
    files: Sequence[Content],
    reader: FileReader,
    thresholds: Thresholds,
    finds_personal: FindsPersonal | None = None,
) -> list[tuple[FileFacts, FileClass]]:
    """Facts and class of each file.

    Args:
        files: What to read.
        reader: Of a bundle.
        thresholds: Of the same bundle.
        finds_personal: Says whether a text holds personal data, beside the rules of `personal`.
    """
    excerpts = [excerpt(each.name, each.head) for each in files]
    read = reader.read(excerpts)
    return [
        (
            FileFacts(each.name, seen.media_type, each.size_bytes, {}, each.wishes),
            file_class(seen, readings, each.wishes, thresholds, finds_personal),
        )
        for each, seen, readings in zip(files, excerpts, read, strict=True)
    ]


def file_class(
    seen: Excerpt,
    readings: Readings,
    wishes: Wishes,
    thresholds: Thresholds,
    finds_personal: FindsPersonal | None = None,
) -> FileClass:
    """The class of one file by what was read of it."""
    questions: list[str] = []
    temperature = _temperature(readings, thresholds, questions)
    privacy = _privacy(seen, readings, wishes, thresholds, finds_personal, questions)
    regions = _regions(readings, wishes, thresholds, questions)
    margin = min(readings.margin(what) for what in LABELS)
    return FileClass(temperature, privacy, regions, margin, tuple(questions))


def _temperature(readings: Readings, thresholds: Thresholds, questions: list[str]) -> Temperature:
    if readings.margin("temperature") < thresholds.temperature:
        questions.append("how often will it be read? Its text does not tell, so it counts as warm")
        return UNSURE_TEMPERATURE
    best = readings.best("temperature")
    return next(each for each in TEMPERATURES if each == best)


def _privacy(
    seen: Excerpt,
    readings: Readings,
    wishes: Wishes,
    thresholds: Thresholds,
    finds_personal: FindsPersonal | None,
    questions: list[str],
) -> Privacy:
    declared = wishes.privacy or DEFAULT_PRIVACY
    best = next(each for each in PRIVACIES if each == readings.best("privacy"))
    is_sure = readings.margin("privacy") >= thresholds.privacy
    read = best if is_sure else declared
    signs = personal_signs(seen.text)
    is_personal = bool(signs) or (finds_personal is not None and bool(seen.text) and finds_personal(seen.text))
    found: Privacy = "personal" if is_personal else "public"
    if not is_sure and more_protected(best, declared) != declared:
        questions.append(f"is it {best}? It may be, by its text")
    if wishes.privacy is None and best == "public" and is_sure and not is_personal:
        questions.append("is it public? It reads so, and stays private until it is declared public")
    if is_personal and declared != "personal":
        questions.append(
            f"are these of a person: {', '.join(signs) or 'what a recogniser found'}? It counts as personal"
        )
    return more_protected(more_protected(declared, read), found)


def _regions(readings: Readings, wishes: Wishes, thresholds: Thresholds, questions: list[str]) -> frozenset[str] | None:
    best = readings.best("region")
    if best == NO_REGION:
        return wishes.regions
    if readings.margin("region") < thresholds.region:
        questions.append(f"must it stay within {best}? Its text may say so")
        return wishes.regions
    common = common_regions(frozenset({best}), wishes.regions)
    if not common:
        questions.append(f"must it stay within {best}? Its text says so, and the wish is for other regions")
        return wishes.regions
    return common
