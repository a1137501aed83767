"""Jobs that tests give to workers; other processes import them by name."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from oracle.control.choice import Expected

if TYPE_CHECKING:
    from oracle.model.reader import Said


def squared(number: int) -> int:
    """The later ones are done sooner."""
    time.sleep(0.02 * (4 - number % 4))
    return number * number


def process() -> int:
    """Who ran it."""
    time.sleep(0.2)
    return os.getpid()


def refused(number: int) -> int:
    """Raises at 3."""
    if number == 3:
        raise ValueError("three is refused")
    return number


def read(bundle: Path, text: str) -> "Said":
    """What a text says, by the bundle's reader."""
    # Here, since torch takes seconds: most processes read nothing.
    from oracle.control.policy import PolicyController

    controller = Expected(b"", bundle, None).controller()
    assert isinstance(controller, PolicyController)
    return controller.bundle.reader.read(text)


def left_behind(path: Path) -> None:
    """Works for a minute, and says so."""
    path.write_text(str(os.getpid()))
    time.sleep(60)
