"""Real documents of this machine, found at run time, with what they are by rules written before any was read.

They are what Debian's packages bring (/usr/share/doc), Python's own library, and the machine's logs. None is copied.
"""

import random
import re
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oracle.errors import InputError
from oracle.storage.file_class import Privacy, Temperature
from oracle.storage.media import HEAD_BYTES

DOCUMENTS = 200
_MOST_BYTES = 4 * 2**20
_LEAST_BYTES = 64


@dataclass(frozen=True)
class Category:
    """Documents of one kind: which they are by their path, what they count as, and how many are taken."""

    name: str
    pattern: str  # of the path, matched from the start
    temperature: Temperature
    privacy: Privacy
    count: int


@dataclass(frozen=True)
class Document:
    """A document and its label."""

    path: Path
    category: str
    temperature: Temperature
    privacy: Privacy
    head: bytes
    size_bytes: int


# The first that matches counts.
CATEGORIES = (
    Category("rotated log", r"/var/log/.*(?:\.\d+|\.gz|\.xz|\.old)$", "archive", "private", 6),
    Category("log", r"/var/log/.*\.log$", "cold", "private", 6),
    Category("licence", r".*/(?:copyright|LICEN[CS]E[^/]*|COPYING[^/]*)$", "archive", "public", 34),
    Category("authors", r".*/(?:AUTHORS|THANKS|CREDITS)[^/]*$", "archive", "public", 10),
    Category("changelog", r".*/(?:changelog|ChangeLog|CHANGES|NEWS|HISTORY)[^/]*$", "cold", "public", 44),
    Category("read me", r".*/(?:README[^/]*|index\.html?|INSTALL[^/]*)$", "hot", "public", 34),
    Category("style sheet", r".*\.css$", "hot", "public", 6),
    Category("picture", r".*\.(?:png|gif|svg|jpe?g)$", "warm", "public", 12),
    Category("test", r".*/(?:test_[^/]*\.py|tests?/[^/]*\.py)$", "cold", "public", 12),
    Category("source", r".*\.(?:py|c|h|js)$", "warm", "public", 18),
    Category("manual", r".*\.(?:txt|rst|md|html?)(?:\.gz)?$", "warm", "public", 30),
)


def find_documents(count: int = DOCUMENTS, seed: int = 1, roots: Sequence[Path] | None = None) -> list[Document]:
    """Documents of this machine, drawn from each category; where one has too few, others give more.

    Raises:
        InputError: there are fewer than `count`; says what carries them.
    """
    found: dict[str, list[Path]] = {each.name: [] for each in CATEGORIES}
    for root in roots or _roots():
        for path in sorted(root.rglob("*")):
            category = _category(path)
            if category is not None:
                found[category.name].append(path)
    draw = random.Random(seed)  # noqa: S311 - nothing secret
    for paths in found.values():
        draw.shuffle(paths)
    chosen: list[Document] = []
    shares = {each.name: round(each.count * count / DOCUMENTS) for each in CATEGORIES}
    for category in CATEGORIES:
        paths = found[category.name]
        while paths and shares[category.name] > 0:
            shares[category.name] -= _took(paths.pop(), category, chosen)
    for category in CATEGORIES[::-1]:
        while len(chosen) < count and found[category.name]:
            _took(found[category.name].pop(), category, chosen)
    if len(chosen) < count:
        raise InputError(
            f"this machine has {len(chosen)} documents of Debian's packages and of Python, and {count} are needed: "
            "run it where /usr/share/doc is filled"
        )
    return chosen[:count]


def _roots() -> list[Path]:
    library = Path(sysconfig.get_path("stdlib"))
    return [Path("/usr/share/doc"), Path("/var/log"), Path("/usr/share/icons"), library]


def _category(path: Path) -> Category | None:
    if "site-packages" in path.parts or "__pycache__" in path.parts:
        return None
    return next((each for each in CATEGORIES if re.match(each.pattern, str(path))), None)


def _took(path: Path, category: Category, chosen: list[Document]) -> bool:
    """Take a document, if it can be read and is neither tiny nor huge."""
    try:
        if path.is_symlink() or not path.is_file():
            return False
        size = path.stat().st_size
        if not _LEAST_BYTES <= size <= _MOST_BYTES:
            return False
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:  # one that this user may not read
        return False
    chosen.append(Document(path, category.name, category.temperature, category.privacy, head, size))
    return True
