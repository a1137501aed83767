"""`python -m tests.mutants` reads what `mutmut run` left under mutants/ and writes docs/mutants.md.

Ends with 1 where a room's score is too low, a survivor has no reason in explained.json, or a reason no survivor; and
where no test noticed a change to the contracts (`tests/mutants/contracts.py`).
"""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files

from tests.mutants.contracts import outcomes
from tests.mutants.page import Mutant, complaints, page, reasons, rooms_of

PAGE = Path("docs/mutants.md")


def _mutants() -> list[Mutant]:
    found = []
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        for key, exit_code in data.exit_code_by_key.items():
            status = status_by_exit_code[exit_code]
            # xǁClassǁmethod__mutmut_3 and x_function__mutmut_3
            module, _, mangled = key.rpartition("__mutmut_")[0].rpartition(".")
            name = mangled.removeprefix("x").replace("ǁ", ".").removeprefix(".").removeprefix("_")
            shown = not Mutant(function="", diff="", status=status).killed  # a diff takes a while to make
            diff = get_diff_for_mutant(key, path=path).splitlines()[2:] if shown else []
            changed = [line[0] + " " + line[1:].strip() for line in diff if line[:1] in ("-", "+")]
            found.append(Mutant(function=f"{module}.{name}", diff="\n".join(changed), status=status))
    return found


def main() -> None:
    """Write the page; say what is wrong."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - whichever git is there
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    rooms, why, of_contracts = rooms_of(_mutants()), reasons(), outcomes()
    PAGE.write_text(page(rooms, why, of_contracts, commit=commit, tool=f"mutmut {version('mutmut')}"))
    wrong = complaints(rooms, why, of_contracts)
    for complaint in wrong:
        sys.stderr.write(complaint + "\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
