"""The two readmes say the same in the same order, and are short."""

import re

from tests.conftest import ROOT

_ENGLISH, _CHINESE = ((ROOT / name).read_text() for name in ("README.md", "README.zh.md"))
# One screen and a half.
_MOST_LINES = 75


def _of(text: str, pattern: str) -> list[str]:
    return re.findall(pattern, text, re.MULTILINE)


def test_both_have_the_same_sections_code_and_links() -> None:
    for name, pattern in {
        "levels of headings": r"^(#+) ",
        "code": r"^ {4}.*$",
        "code in lines": r"`[^`]+`",
        "rows": r"^(\|).*\|$",
        "links": r"\]\(([^)]+)\)",
    }.items():
        english, chinese = (
            [each for each in _of(text, pattern) if not each.startswith("README")] for text in (_ENGLISH, _CHINESE)
        )
        assert english == chinese, f"README.md and README.zh.md differ in {name}"
        assert english, f"the readmes have no {name}"


def test_each_links_to_the_other() -> None:
    assert "](README.zh.md)" in _ENGLISH
    assert "](README.md)" in _CHINESE


def test_they_are_short() -> None:
    assert len(_ENGLISH.splitlines()) <= _MOST_LINES
    assert len(_CHINESE.splitlines()) <= _MOST_LINES
