"""Where the files lie that the package carries but does not hold as code: contracts' artefacts, and the built page.

A wheel has them inside the package, where `setup.py` puts them; a checkout has them beside it.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_IN_WHEEL = _PACKAGE / "shipped_files"


def shipped(in_wheel: str, in_checkout: str) -> Path:
    """The folder of some files: below `oracle/shipped_files` of a wheel, or from the root of a checkout."""
    packaged = _IN_WHEEL / in_wheel
    return packaged if packaged.is_dir() else _PACKAGE.parent / in_checkout
