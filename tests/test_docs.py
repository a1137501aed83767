"""What the documentation names exists, and says what the sources say."""

import ast
import re
from pathlib import Path

import pytest

from oracle.markdown import WIDTH
from oracle.model.bundle import DEFAULT_BUNDLE, model_hash, read_manifest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
GUARANTEE = re.compile(r"^/// (\d+)\. ", re.MULTILINE)


def functions_of(file: Path) -> set[str]:
    """Names of the test functions of a file."""
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    for name in re.findall(r"`([\w/]*test_\w+\.py(?:::\w+)?)`", page.read_text()):
        path, _, function = name.partition("::")
        file = ROOT / path if "/" in path else ROOT / "tests/contracts" / path
        assert file.is_file(), f"{page.name} names {path}, which does not exist"
        assert not function or function in functions_of(file), f"{page.name} names {name}, which does not exist"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_links_to_exists(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}, which does not exist"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_lines_are_short_but_for_tables_and_changes_of_code(page: Path) -> None:
    text = re.sub(r"^```diff$.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    long = [line for line in text.splitlines() if len(line) > WIDTH and not line.startswith("|")]
    assert long == [], f"{page.name} has lines of more than {WIDTH} characters"


@pytest.mark.parametrize(("page", "target"), [("benchmark.md", "bench-control"), ("compare.md", "compare")])
def test_what_was_measured_of_the_policy_is_of_the_bundle_in_the_package(page: str, target: str) -> None:
    shipped = "0x" + model_hash(read_manifest(DEFAULT_BUNDLE)).hex()
    text = " ".join((ROOT / "docs" / page).read_text().split())
    assert f"modelHash `{shipped}`" in text, f"docs/{page} is of another bundle; run `make {target}`"


def test_every_guarantee_of_an_interface_has_its_tests() -> None:
    pages = "".join(page.read_text() for page in sorted(ROOT.glob("docs/*.md")))
    for interface in sorted((ROOT / "contracts/interfaces").glob("*.sol")):
        contract = interface.stem.removeprefix("I")
        section = pages.partition(f"## {contract}\n")[2].partition("\n## ")[0]
        numbers = GUARANTEE.findall(interface.read_text())
        assert numbers, f"{interface.name} numbers no guarantee"
        rows = re.findall(r"^\| (\d+) \|.*`test_\w+\.py::test_\w+` \|$|^\| (\d+) \|.*$", section, re.MULTILINE)
        assert [row[0] for row in rows] == numbers, f"docs, section {contract}: a guarantee has no test"
