"""docs/encoders.md, from what `catalyst bench encoders` has written."""

import json
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from oracle.markdown import wrapped


def page(measured: dict[str, Any]) -> str:
    """The page."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 - our own numbers
    template = resources.files("oracle.lab.bench").joinpath("encoders.md.jinja").read_text()
    return environment.from_string(template).render(**measured)


if __name__ == "__main__":
    sys.stdout.write(wrapped(page(json.loads(Path(sys.argv[1]).read_text())) + "\n"))
