"""Chooses workers by what `--workers` says."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from oracle.errors import SettingsError
from oracle.workers.pool import Workers, processes

_RAY = "ray"
_MOST = 8  # processes that nobody asked for: one that has loaded an encoder takes about a gigabyte


@contextmanager
def workers(asked: str | None) -> Iterator[Workers]:
    """As many processes as `asked` says, by default one on each core up to 8; or a Ray cluster: ray, or ray=ADDRESS.

    Raises:
        SettingsError: it says neither, the cluster does not answer, or Ray is not installed.
    """
    if asked is None or asked.isdecimal():
        count = min(_MOST, os.cpu_count() or 1) if asked is None else int(asked)
        if count < 1:
            raise SettingsError("--workers is 0; give at least 1")
        with processes(count) as found:
            yield found
        return
    name, _, address = asked.partition("=")
    if name != _RAY:
        raise SettingsError(f"--workers is {asked!r}; give a number of processes, ray, or ray=HOST:PORT")
    from oracle.workers.ray_pool import AUTO, cluster  # noqa: PLC0415 - an extra, and seconds to import

    with cluster(address or AUTO) as found:
        yield found
