"""Paragraphs are filled, and nothing else is touched."""

from oracle.markdown import WIDTH, wrapped

PAGE = f"""# A title {"x " * 90}

{"word " * 60}
short

- {"item " * 40}
  goes on
- another, `code that {"stays " * 10}together`, and a dash {"- " * 80}
1. one
<!-- figures -->

| a | {"cell " * 40} |
| --- | --- |

    code {"x " * 90}

```sh
{"run " * 50}
```
<!-- end -->
"""


def test_paragraphs_and_items_are_filled_and_their_words_stay() -> None:
    page = wrapped(PAGE)
    assert page.split() == PAGE.split()
    lines = page.splitlines()
    assert len(next(line for line in lines if line.startswith("word"))) == 119
    assert "short" in next(line for line in lines if line.endswith("word short"))
    first = lines.index(next(line for line in lines if line.startswith("- item")))
    assert lines[first + 1].startswith("  item")
    assert "goes on" in page
    assert f"`code that {'stays ' * 10}together`," in page
    assert wrapped(page) == page


def test_titles_tables_code_and_comments_stay_as_they_are() -> None:
    own = [line for line in PAGE.splitlines() if line.startswith(("#", "|", "    ", "```", "run", "<!--"))]
    assert len(own) == 9
    lines = wrapped(PAGE).splitlines()
    assert all(line in lines for line in own)
    assert all(len(line) <= WIDTH or line in own or "- - -" in line for line in lines)


def test_no_word_becomes_a_mark_of_its_own_line() -> None:
    text = " ".join(["a" * 50, "b" * 60, "-", "c" * 60, "1.", "# d"])
    assert [line[:1] for line in wrapped(text).splitlines()] == ["a", "c"]
