"""`python -m tests.vectors` writes the vector files anew, after a change that is meant to change them."""

import json
import re
from pathlib import Path
from typing import Any

from tests.vectors import cases, engine_cases, phi_cases

FOLDER = Path(__file__).parent
FILES = cases.FILES | engine_cases.FILES | {"phi.json": phi_cases.phi}
_PLAIN_LIST = re.compile(r"\[[^\[\]{}]*\]")


def text_of(content: dict[str, Any]) -> str:
    """JSON with two blanks a level and lists of plain values on one line."""

    def on_one_line(found: re.Match[str]) -> str:
        return re.sub(r"\n\s*", " ", found[0]).replace("[ ", "[").replace(" ]", "]")

    return _PLAIN_LIST.sub(on_one_line, json.dumps(content, indent=2)) + "\n"


if __name__ == "__main__":
    for name, content in FILES.items():
        (FOLDER / name).write_text(text_of(content()))
