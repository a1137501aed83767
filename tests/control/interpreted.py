"""Compiled functions as plain Python, to compare the bits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from numba.core.dispatcher import Dispatcher


@contextmanager
def interpreted(function: Any, *modules: ModuleType) -> Iterator[Callable[..., Any]]:
    """A compiled function as Python, with all compiled functions that these modules hold as Python too."""
    compiled = {
        (module, name): value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Dispatcher)
    }
    for (module, name), value in compiled.items():
        setattr(module, name, value.py_func)
    try:
        yield function.py_func
    finally:
        for (module, name), value in compiled.items():
            setattr(module, name, value)
