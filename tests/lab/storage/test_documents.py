"""Real documents of a machine, by rules of their paths."""

from pathlib import Path

import pytest

from oracle.errors import InputError
from oracle.lab.storage.documents import CATEGORIES, find_documents

FILES = {
    "doc/netkit/README.md": "read me",
    "doc/netkit/index.html": "read me",
    "doc/netkit/copyright": "licence",
    "doc/netkit/changelog.Debian.gz": "changelog",
    "doc/netkit/guide.rst": "manual",
    "doc/netkit/logo.png": "picture",
    "doc/netkit/AUTHORS": "authors",
    "doc/netkit/main.css": "style sheet",
    "lib/test_netkit.py": "test",
    "lib/netkit.py": "source",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x" * 100)
    (tmp_path / "doc/netkit/README").write_text("tiny")
    (tmp_path / "doc/netkit/NEWS").symlink_to(tmp_path / "lib/netkit.py")
    (tmp_path / "doc/netkit/binary").write_text("of no kind" * 20)
    return tmp_path


def test_documents_are_labelled_by_their_paths(root: Path) -> None:
    found = find_documents(len(FILES), roots=[root])
    assert {str(each.path.relative_to(root)): each.category for each in found} == FILES
    labels = {each.name: (each.temperature, each.privacy) for each in CATEGORIES}
    assert all((each.temperature, each.privacy) == labels[each.category] for each in found)
    assert all(each.size_bytes == 100 == len(each.head) for each in found)


def test_a_machine_without_documents_is_told_what_is_needed(root: Path) -> None:
    with pytest.raises(InputError, match=r"has 10 documents .* and 200 are needed: run it where /usr/share/doc"):
        find_documents(roots=[root])


def test_the_same_are_found_again(root: Path) -> None:
    assert find_documents(5, roots=[root]) == find_documents(5, roots=[root])
